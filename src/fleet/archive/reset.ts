import type { Clock } from '../../clock.ts'
import { PlimsollError, reasonOf } from '../../errors.ts'
import type { PageFailure } from '../../page/read/open-pages.ts'
import { matchSelector } from '../../snapshot/selector-match.ts'
import type { Selector } from '../../snapshot/selector-type.ts'
import type { FamilySnapshot, Snapshot } from '../../snapshot/snapshot.ts'
import { mapFamilies } from '../../snapshot/totals.ts'
import { type Archive, archiveFile } from './archive.ts'
import { Archives } from './archives.ts'
import { compactDirectory } from './compact.ts'
import { lockCompaction } from './compaction-lock.ts'
import { writeArchive } from './write-archive.ts'

/** What a reset did. */
export interface Reset {
  /** How many series of ended processes are not in the totals any more. */
  readonly series: number
  readonly error: PlimsollError | undefined
}

/**
 * Removes from the totals of an app what its ended processes counted: all of it, or the series that a selector chooses. Their
 * pages are archived first, so that none of them counts again. Living processes keep what they have counted. Throws nothing.
 */
export function resetArchive(directory: string, app: string, selectors: readonly Selector[], clock: Clock): Reset {
  const archives = new Archives(directory, app)
  try {
    const options = { clock, retentionSeconds: undefined, silentSeconds: 0, wait: true }
    const { error } = compactDirectory(archives, options)
    return error === undefined ? removeFrom(archives, app, selectors, clock) : { series: 0, error }
  } catch (cause) {
    const values = { directory, reason: reasonOf(cause) }
    return { series: 0, error: new PlimsollError('PLIMSOLL_ARCHIVE_NOT_WRITTEN', values, { cause }) }
  } finally {
    archives.close()
  }
}

function removeFrom(archives: Archives, app: string, selectors: readonly Selector[], clock: Clock): Reset {
  const { directory } = archives
  const lock = lockCompaction(directory)
  if (lock === undefined) throw new Error('another process compacts it without a pause')
  try {
    const failures: PageFailure[] = []
    archives.read(failures)
    const before = archives.of(app)
    if (before === undefined) return { series: 0, error: failures[0]?.error }
    const snapshot = without(before.snapshot, selectors)
    const after = { ...before, snapshot: selectors.length > 0 ? snapshot : startedNow(snapshot, clock.unixTime()) }
    archives.replace(writeArchive(lock, archiveFile(directory, app), after satisfies Archive))
    return { series: countOf(before.snapshot) - countOf(snapshot), error: undefined }
  } finally {
    lock.release()
  }
}

/** Nothing is left of what was counted, so the sum begins now. */
function startedNow(snapshot: Snapshot, startedAt: number): Snapshot {
  return { ...snapshot, pages: snapshot.pages.map((page) => ({ ...page, startedAt })) }
}

/** The snapshot without what the selectors choose; without anything where there are none. */
function without(snapshot: Snapshot, selectors: readonly Selector[]): Snapshot {
  const families = familiesOf(snapshot)
  const matches = selectors.flatMap((selector) => matchSelector(selector, { ...snapshot, families }))
  const gone = new Set<object>(matches.flatMap((match) => match.series.map(({ series }) => series)))
  return mapFamilies(snapshot, (family) => {
    const kept = selectors.length === 0 ? [] : family.series.filter((one) => !gone.has(one))
    return kept.length === 0 ? undefined : ({ ...family, series: kept } as FamilySnapshot)
  })
}

function familiesOf({ families, conflicts = [] }: Snapshot): readonly FamilySnapshot[] {
  return [...families, ...conflicts.map(({ family }) => family)]
}

function countOf(snapshot: Snapshot): number {
  return familiesOf(snapshot).reduce((sum, { series }) => sum + series.length, 0)
}
