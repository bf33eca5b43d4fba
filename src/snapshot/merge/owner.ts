import { rowOf } from '../kinds/rows.ts'
import type { Conflict, FamilySnapshot, PageInfo } from '../snapshot.ts'
import { MergedFamily } from './merged-family.ts'
import { isBefore } from './rank.ts'
import { SeriesIndex } from './series-index.ts'

/** The family that owns a name, and the definitions that are left out. */
export interface Owned {
  readonly family: FamilySnapshot
  readonly conflicts: readonly Conflict[]
}

/**
 * One family of several definitions of a name: the first by rank, with those that can be added to it. `apart`: nothing is
 * added to it. The same whatever the order of the definitions.
 */
export function ownedFamily(
  definitions: readonly MergedFamily[],
  apart: boolean,
  pagesOf: (source: unknown) => readonly PageInfo[],
): Owned {
  const [only] = definitions
  if (definitions.length === 1 && only !== undefined) return { family: only.family(apart), conflicts: [] }
  const [first, ...others] = ranked(definitions, apart)
  const conflicts: Conflict[] = []
  let family = first.family
  for (const other of others) {
    const joined = apart ? undefined : joinAligned(family, other)
    if (joined !== undefined) family = joined
    else conflicts.push({ family: other.family, pages: [...other.merged.index.usedSources()].flatMap(pagesOf) })
  }
  return { family, conflicts }
}

interface Definition {
  readonly merged: MergedFamily
  readonly family: FamilySnapshot
}

function ranked(definitions: readonly MergedFamily[], apart: boolean): [Definition, ...Definition[]] {
  const known = definitions.filter(({ isUnknown }) => !isUnknown).sort(order)
  const others: MergedFamily[] = []
  for (const unknown of definitions) {
    if (!unknown.isUnknown) continue
    const family = unknown.family()
    // Without series it does not say which bounds it has: most likely those of the newest.
    const like = known.find((one) => one.hasHeadOf(family))
    if (like === undefined) others.push(unknown)
    else like.add(family, 0, undefined, unknown.rank)
  }
  const sorted = [...known, ...others].sort(order)
  return sorted.map((merged) => ({ merged, family: merged.family(apart) })) as [Definition, ...Definition[]]
}

/** By rank; of equal ranks in the order of a text, so that none depends on which page comes first. */
function order(a: MergedFamily, b: MergedFamily): number {
  if (isBefore(a.rank, b.rank)) return -1
  if (isBefore(b.rank, a.rank)) return 1
  return a.text < b.text ? -1 : 1
}

/** Both as one, where series of the one can be made like those of the other. */
function joinAligned(a: FamilySnapshot, b: Definition): FamilySnapshot | undefined {
  const { merged, family } = b
  const pair = merged.hasHeadOf(a) ? rowOf(a.kind).align?.(a, family) : undefined
  if (pair === undefined) return undefined
  const sum = new MergedFamily(pair[0], merged.rank, new SeriesIndex())
  for (const each of pair) sum.add(each, 0, undefined, merged.rank)
  return sum.family()
}
