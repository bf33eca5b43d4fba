import { rowOf } from './kinds/rows.ts'
import type { FamilySnapshot, Snapshot } from './snapshot.ts'

/** The snapshot with what `map` makes of each family, those of conflicts included; without those it makes nothing of. */
export function mapFamilies(snapshot: Snapshot, map: (family: FamilySnapshot) => FamilySnapshot | undefined): Snapshot {
  const { conflicts = [], ...rest } = snapshot
  const families = snapshot.families.map(map).filter((family) => family !== undefined)
  const kept = conflicts.flatMap((conflict) => {
    const family = map(conflict.family)
    return family === undefined ? [] : [{ ...conflict, family }]
  })
  return { ...rest, families, ...(kept.length > 0 && { conflicts: kept }) }
}

/**
 * What of a family stays true when its processes are gone: all that only goes up. Rates, recent windows, the last value and
 * the present state are left out; `undefined` for a family that only states how things are now.
 */
export function cumulativeFamily(family: FamilySnapshot): FamilySnapshot | undefined {
  const { totals } = rowOf(family.kind)
  return totals && ({ ...family, series: family.series.map(totals.cumulative) } as FamilySnapshot)
}

/** A snapshot with only what stays valid when its processes have ended; see {@link cumulativeFamily}. */
export function cumulativeOnly(snapshot: Snapshot): Snapshot {
  return mapFamilies(snapshot, cumulativeFamily)
}

/**
 * A snapshot in which all that adds up can be added up for good: what no writer counts, such as NaN, less than nothing or half
 * a value in a bucket, is 0, and a sum beyond all numbers the largest number. A damaged page has such numbers, and one of them
 * in a sum would stay there for ever. The inputs are not changed. Cost: linear in the number of buckets.
 */
export function sanitize(snapshot: Snapshot): Snapshot {
  return mapFamilies(snapshot, sanitizeFamily)
}

function sanitizeFamily(family: FamilySnapshot): FamilySnapshot {
  const { totals } = rowOf(family.kind)
  return totals === undefined ? family : ({ ...family, series: family.series.map(totals.sanitize) } as FamilySnapshot)
}
