import { rowOf } from './kinds/rows.ts'
import { mapFamilies } from './map-families.ts'
import type { FamilySnapshot, Snapshot } from './snapshot.ts'

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
