import { systemClock } from '../clock.ts'
import { PlimsollError } from '../errors.ts'
import { defaultRegistry } from '../metrics/registry/default-registry.ts'
import { unpublishedRegistries } from '../metrics/registry/unpublished.ts'
import { findDirectory } from '../os/trusted-directory.ts'
import { whoOf } from '../page/log.ts'
import { appName, writerLine } from '../page/write/identity.ts'
import type { PageInfo, Snapshot } from '../snapshot/snapshot.ts'

/** What this process counts that no page shows, and why none does. */
interface UnpublishedSnapshot {
  readonly snapshot: Snapshot
  readonly error: PlimsollError
}

/** When this process first noticed that its default registry has no page: before that it may have counted nothing. */
const startedAt: number = systemClock.unixTime()

/** The registries of this thread without a page that would be in a directory, and that are wanted. */
export function unpublishedParts(directory: string, isWanted: (page: PageInfo) => boolean): UnpublishedSnapshot[] {
  const noted = unpublishedRegistries()
  const parts = noted
    .filter((one) => isWanted(one.page) && one.directory() === directory)
    .map(({ registry, page, error }) => ({ snapshot: { ...registry.read(), pages: [page] }, error }))
  const isKnown = noted.some(({ registry }) => registry === defaultRegistry)
  if (isKnown || defaultRegistry.currentPage !== undefined || findDirectory() !== directory) return parts
  const page = { ...whoOf(writerLine(appName(), startedAt)), file: null, state: 'live', heartbeatAge: null } as const
  if (!isWanted(page)) return parts
  const snapshot = { ...defaultRegistry.read(), pages: [page] }
  // A process that only reads has nothing to show.
  if (snapshot.families.length === 0) return parts
  return [...parts, { snapshot, error: new PlimsollError('PLIMSOLL_NOT_PUBLISHED', { pid: page.pid }) }]
}
