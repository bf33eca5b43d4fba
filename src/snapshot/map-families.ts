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
