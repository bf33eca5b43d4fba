import { optionInvalid } from '../../errors.ts'
import { evictedLabels } from '../../snapshot/kinds/evict-series.ts'
import { mapFamilies } from '../../snapshot/map-families.ts'
import { mergeApart } from '../../snapshot/merge/merge.ts'
import type { FamilySnapshot, Labels, Snapshot } from '../../snapshot/snapshot.ts'

/**
 * Unix time in seconds at which the last process that had a series ended, by the labels object of that series in an
 * archive. A series that is not in it was not looked at: it is as old as the archive.
 */
export type LastSeen = ReadonlyMap<Labels, number>

export const defaultArchiveDays = 30
export const secondsPerDay = 86_400
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
export function visitSeries(
  { families, conflicts = [] }: Snapshot,
  visit: (labels: Labels, name: string) => void,
): void {
  for (const { name, series } of [...families, ...conflicts.map(({ family }) => family)]) {
    for (const { labels } of series) visit(labels, name)
  }
}

/** Adds what is too old to the `evicted` series of its family, so that totals stay; `isOld` is asked for no others. */
export function evictOld(snapshot: Snapshot, isOld: (labels: Labels) => boolean): Snapshot {
  return mapFamilies(snapshot, (family) => {
    // A series that stands for others has none of the labels, and one of a family without labels is all there is.
    const goes = ({ labels }: { readonly labels: Labels }): boolean =>
      family.labelNames.some((name) => Object.hasOwn(labels, name)) && isOld(labels)
    if (!family.series.some(goes)) return family
    const series = family.series.map((one) => (goes(one) ? { ...one, labels: evictedLabels } : one))
    const families = [{ ...family, series } as FamilySnapshot]
    return mergeApart([{ version: 1, takenAt: 0, pages: [], families }]).families[0]
  })
}
