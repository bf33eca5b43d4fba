import { addConflictCounts } from '../../snapshot/conflicts.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { exposedFamilies } from './names.ts'

/**
 * A snapshot that counts in `plimsoll.conflicts` the families that the Prometheus formats leave out, as their names come out
 * like that of another one; unchanged where none does.
 */
export function withCollisionCounts(snapshot: Snapshot): Snapshot {
  const leftOut: string[] = []
  exposedFamilies(snapshot.families, ({ name }) => leftOut.push(name))
  if (leftOut.length === 0) return snapshot
  return addConflictCounts(
    snapshot,
    leftOut.map((family) => ({ family })),
  )
}
