import { optionInvalid } from '../../errors.ts'
import { evictedLabels } from '../../snapshot/kinds/evict-series.ts'
import { mergeApart } from '../../snapshot/merge/merge.ts'
import { isOwnSeries, seriesLimitOf } from '../../snapshot/merge/series-limit.ts'
import type { FamilySnapshot, Labels, Snapshot } from '../../snapshot/snapshot.ts'
import { mapFamilies } from '../../snapshot/totals.ts'

/**
 * Unix time in seconds at which the last process that had a series ended, by the labels object of that series in an
 * archive. A series that is not in it was not looked at: it is as old as the archive.
 */
export type LastSeen = ReadonlyMap<Labels, number>

export const defaultArchiveDays = 30
const secondsPerDay = 86_400
const variable = 'PLIMSOLL_ARCHIVE_DAYS'

/** Days for which an archive keeps series apart that no process has. Throws PLIMSOLL_OPTION_INVALID for an invalid variable. */
export function archiveDaysOf(given: number | undefined): number {
  if (given !== undefined) return given
  const text = process.env[variable] || undefined
  const days = text === undefined ? defaultArchiveDays : Number(text)
  if (days > 0) return days
  throw optionInvalid(variable, 'the environment', text, 'days, more than 0')
}

/** The same text for the same series, of whatever definition. */
export function seriesKey(name: string, labels: Labels): string {
  return JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))])
}

/** Calls `visit` for each series of an archive, in the order in which its file has them. */
export function visitSeries(snapshot: Snapshot, visit: (labels: Labels, name: string) => void): void {
  for (const { name, series } of familiesOf(snapshot)) {
    for (const { labels } of series) visit(labels, name)
  }
}

/** Minimum time after which a series that its app removes when idle is removed from the archive, as each removal rewrites it. */
const minSeconds = 60

/** For how long an archive keeps a series of a family apart that no process has. */
function keptSeconds({ expireAfterSeconds = Infinity }: FamilySnapshot, archiveDays: number): number {
  return Math.min(archiveDays * secondsPerDay, Math.max(minSeconds, expireAfterSeconds))
}

/** When the first series of an archive is to go to `evicted`, unless a process has it by then. */
export function firstDueAt(snapshot: Snapshot, lastSeen: LastSeen, archiveDays: number): number {
  let first = Infinity
  for (const family of familiesOf(snapshot)) {
    const kept = keptSeconds(family, archiveDays)
    for (const { labels } of family.series) {
      if (isOwnSeries(family, labels)) first = Math.min(first, (lastSeen.get(labels) ?? snapshot.takenAt) + kept)
    }
  }
  return first
}

/** The series that are to go to `evicted`: the oldest of those that are too many, and those that no process has had for long. */
export function leavingSeries(snapshot: Snapshot, lastSeen: LastSeen, archiveDays: number): ReadonlySet<Labels> {
  const leaving = new Set<Labels>()
  const now = snapshot.takenAt
  for (const family of familiesOf(snapshot)) {
    const oldest = now - keptSeconds(family, archiveDays)
    const seen = family.series
      .filter(({ labels }) => isOwnSeries(family, labels))
      .map(({ labels }) => ({ labels, at: lastSeen.get(labels) ?? now }))
    const excess = seen.length - seriesLimitOf(family)
    if (excess > 0) seen.sort((a, b) => a.at - b.at)
    for (const [i, { labels, at }] of seen.entries()) if (i < excess || at < oldest) leaving.add(labels)
  }
  return leaving
}

function familiesOf({ families, conflicts = [] }: Snapshot): readonly FamilySnapshot[] {
  return [...families, ...conflicts.map(({ family }) => family)]
}

/** Adds series to the `evicted` series of their family, so that totals stay. */
export function evict(snapshot: Snapshot, leaving: ReadonlySet<Labels>): Snapshot {
  return mapFamilies(snapshot, (family) => {
    if (!family.series.some(({ labels }) => leaving.has(labels))) return family
    const series = family.series.map((one) => (leaving.has(one.labels) ? { ...one, labels: evictedLabels } : one))
    const families = [{ ...family, series } as FamilySnapshot]
    return mergeApart([{ version: 1, takenAt: 0, pages: [], families }]).families[0]
  })
}
