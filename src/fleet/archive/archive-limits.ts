import { maxFamilies } from '../../snapshot/limits.ts'
import { mergeApart } from '../../snapshot/merge/merge.ts'
import { definitionKey } from '../../snapshot/merge/merged-family.ts'
import type { FamilySnapshot, Labels, Snapshot } from '../../snapshot/snapshot.ts'
import { mapFamilies } from '../../snapshot/totals.ts'
import { maxArchiveBytes } from './archive.ts'

/** Most series of a family, and of all families together, that an archive takes; further ones go to an overflow series. */
export const maxSeries = 10_000
export const maxSeriesInAll = 100_000
/** About how long the text of all series may become before no further ones are taken: a quarter of the longest archive. */
export const maxTextInAll: number = maxArchiveBytes / 4

const overflow: Labels = { overflow: 'true' }

/** Counts the series that are in no total because the archive takes no further families. */
const dropped = 'plimsoll.archive.dropped'

/**
 * An archive that stays within bounds, whatever comes and goes: what `before` had stays as it was; of the rest, series past a
 * limit are added up in one series of their family that is marked as overflow, as in a registry. Families past a limit are left
 * out and counted. Exemplars are left out.
 */
export function bounded(before: Snapshot, after: Snapshot): Snapshot {
  const kept = new Map(definitionsOf(before).map((family) => [definitionKey(family), family.series.length]))
  // A merge keeps the order of series.
  const knownOf = (family: FamilySnapshot): number | undefined => {
    const known = kept.get(definitionKey(family))
    return known && Math.min(known, family.series.length)
  }
  const spare = { series: maxSeriesInAll, text: maxTextInAll }
  for (const family of definitionsOf(after)) for (let i = 0; i < (knownOf(family) ?? 0); i++) take(spare, family, i)
  let spareFamilies = maxFamilies - kept.size
  let left = 0
  const limited = mapFamilies(after, (family) => {
    const known = knownOf(family)
    if (known === undefined && family.name !== dropped && --spareFamilies < 0) {
      left += family.series.length
      return undefined
    }
    let most = known ?? 0
    while (most < family.series.length && most < maxSeries && spare.series > 0 && spare.text > 0) {
      take(spare, family, most++)
    }
    return withLimit(withoutExemplars(family), most)
  })
  return left === 0 ? limited : withDropped(limited, left)
}

function withDropped(snapshot: Snapshot, count: number): Snapshot {
  const known = snapshot.families.find(({ name }) => name === dropped)
  const before = known?.kind === 'counter' ? known.series.reduce((sum, { value }) => sum + value, 0) : 0
  const family: FamilySnapshot = {
    name: dropped,
    kind: 'counter',
    unit: '',
    help: 'Series of ended processes that are in no total, as the archive takes no further metrics',
    labelNames: [],
    series: [{ labels: {}, value: before + count }],
  }
  return { ...snapshot, families: [...snapshot.families.filter((one) => one !== known), family] }
}

/** All definitions of all metrics. */
function definitionsOf({ families, conflicts = [] }: Snapshot): FamilySnapshot[] {
  return [...families, ...conflicts.map(({ family }) => family)]
}

function take(spare: { series: number; text: number }, family: FamilySnapshot, i: number): void {
  const series = family.series[i] as FamilySnapshot['series'][number]
  let text = textOfNumbers
  for (const name in series.labels) text += name.length + (series.labels[name] as string).length + 6
  if ('buckets' in series) text += series.buckets.counts.length * textOfCount
  spare.series--
  spare.text -= text
}

/** About what JSON takes for a series without its labels and buckets, and for a bucket, of which most are empty or small. */
const textOfNumbers = 100
const textOfCount = 4

function withLimit(family: FamilySnapshot, most: number): FamilySnapshot {
  if (family.series.length <= most) return family
  const series = family.series.map((one, i) => (i < most ? one : { ...one, labels: overflow }))
  const limited = { ...family, series } as FamilySnapshot
  return mergeApart([{ version: 1, takenAt: 0, pages: [], families: [limited] }]).families[0] as FamilySnapshot
}

function withoutExemplars(family: FamilySnapshot): FamilySnapshot {
  const series = family.series.map((one) => {
    if (!('exemplars' in one)) return one
    const { exemplars: _, ...rest } = one
    return rest
  })
  return { ...family, series } as FamilySnapshot
}
