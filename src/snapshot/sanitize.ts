import { rowOf } from './kinds/rows.ts'
import { mapFamilies } from './map-families.ts'
import type { FamilySnapshot, Snapshot } from './snapshot.ts'

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
