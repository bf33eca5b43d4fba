import { systemClock } from '../clock.ts'
import { PlimsollError } from '../errors.ts'
import { defaultRegistry } from '../metrics/registry/default-registry.ts'
import { unpublishedRegistries } from '../metrics/registry/unpublished.ts'
import { findDirectory } from '../os/trusted-directory.ts'
import { whoOf } from '../page/log.ts'
import { appName, writerLine } from '../page/write/identity.ts'
import type { Selection } from '../snapshot/selector-type.ts'
import type { PageInfo, Snapshot } from '../snapshot/snapshot.ts'

/** What this process counts that no page shows, and why none does. */
interface UnpublishedSnapshot {
  readonly snapshot: Snapshot
  readonly error: PlimsollError
}

/** When this process first noticed that its default registry has no page: before that it may have counted nothing. */
const startedAt: number = systemClock.unixTime()

/** The registries of this thread without a page that would be in a directory, and that are wanted. */
export function unpublishedParts(
  directory: string,
  isWanted: (page: PageInfo) => boolean,
  selection?: Selection,
): UnpublishedSnapshot[] {
  const noted = unpublishedRegistries()
  const parts = noted
    .filter((one) => isWanted(one.page) && one.directory() === directory)
    .map(({ registry, page, error }) => ({ snapshot: { ...registry.read(selection), pages: [page] }, error }))
  const isKnown = noted.some(({ registry }) => registry === defaultRegistry)
  if (isKnown || defaultRegistry.currentPage !== undefined || findDirectory() !== directory) return parts
  const page = { ...whoOf(writerLine(appName(), startedAt)), file: null, state: 'live', heartbeatAge: null } as const
  if (!isWanted(page)) return parts
  // A process that only reads has nothing to show.
  if (defaultRegistry.isEmpty) return parts
  const snapshot = { ...defaultRegistry.read(selection), pages: [page] }
  return [...parts, { snapshot, error: new PlimsollError('PLIMSOLL_NOT_PUBLISHED', { pid: page.pid }) }]
}
