import { mergeSnapshots } from '../snapshot/merge.ts'
import type { FamilySnapshot, Labels, Snapshot } from '../snapshot/snapshot.ts'

/** Most series of a family, and of all families together, that a ledger takes; further ones go to an overflow series. */
export const mostSeries = 10_000
export const mostSeriesInAll = 100_000
/** Most families; what further ones counted is lost with their processes. */
export const mostFamilies = 10_000

const overflow: Labels = { overflow: 'true' }

/**
 * A ledger that stays within bounds, whatever comes and goes: what `before` had stays as it was; of the rest, series past a
 * limit are added up in one series of their family that is marked as overflow, as in a registry. Exemplars are left out.
 */
export function bounded(before: Snapshot, after: Snapshot): Snapshot {
  const kept = new Map<string, number[]>()
  for (const { name, series } of before.families) kept.set(name, [...(kept.get(name) ?? []), series.length])
  let spare = mostSeriesInAll
  let spareFamilies = mostFamilies
  for (const { series } of before.families) spare -= series.length
  spareFamilies -= before.families.length
  const families: FamilySnapshot[] = []
  for (const family of after.families) {
    // Those of the same name keep their order in a merge, and so do their series.
    const own = kept.get(family.name)?.shift()
    if (own === undefined && --spareFamilies < 0) continue
    const known = own ?? 0
    const room = Math.max(0, Math.min(family.series.length, mostSeries) - known)
    const taken = Math.min(room, Math.max(0, spare))
    spare -= taken
    families.push(...withLimit(withoutExemplars(family), known + taken))
  }
  return { ...after, families }
}

function withLimit(family: FamilySnapshot, most: number): readonly FamilySnapshot[] {
  if (family.series.length <= most) return [family]
  const series = family.series.map((one, i) => (i < most ? one : { ...one, labels: overflow }))
  const limited = { ...family, series } as FamilySnapshot
  return mergeSnapshots([{ version: 1, takenAt: 0, pages: [], families: [limited] }]).families
}

function withoutExemplars(family: FamilySnapshot): FamilySnapshot {
  const series = family.series.map((one) => {
    if (!('exemplars' in one)) return one
    const { exemplars: _, ...rest } = one
    return rest
  })
  return { ...family, series } as FamilySnapshot
}
