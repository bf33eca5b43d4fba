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
  const groups: Group[] = []
  for (const merged of ranked(definitions)) {
    const own: Group = { merged: [merged], family: merged.family(apart) }
    if (apart || !groups.some((group) => join(group, own))) groups.push(own)
  }
  const [owner, ...others] = groups as [Group, ...Group[]]
  const conflicts = others.map(({ merged, family }) => {
    const sources = new Set(merged.flatMap(({ index }) => [...index.usedSources()]))
    return { family, pages: [...sources].flatMap(pagesOf) }
  })
  return { family: owner.family, conflicts }
}

/** Definitions that are added up. */
interface Group {
  readonly merged: MergedFamily[]
  family: FamilySnapshot
}

/** Adds `other` to a group, where series of the one can be made like those of the other. */
function join(group: Group, other: Group): boolean {
  const [merged] = other.merged as [MergedFamily]
  const { family } = group
  const [{ traits }] = group.merged as [MergedFamily]
  const pair = merged.hasHeadOf(family, traits) ? rowOf(family.kind).align?.(family, other.family) : undefined
  if (pair === undefined) return false
  const sum = new MergedFamily(pair[0], traits, merged.rank, new SeriesIndex())
  for (const each of pair) sum.add(each, 0, undefined, merged.rank)
  group.family = sum.family()
  group.merged.push(merged)
  return true
}

function ranked(definitions: readonly MergedFamily[]): MergedFamily[] {
  const known = definitions.filter(({ isUnknown }) => !isUnknown).sort(order)
  const others: MergedFamily[] = []
  for (const unknown of definitions) {
    if (!unknown.isUnknown) continue
    const family = unknown.family()
    // Without series it does not say which bounds it has: most likely those of the newest.
    const like = known.find((one) => one.hasHeadOf(family, unknown.traits))
    if (like === undefined) others.push(unknown)
    else like.add(family, 0, undefined, unknown.rank)
  }
  return [...known, ...others].sort(order)
}

/** By rank; of equal ranks in the order of a text, so that none depends on which page comes first. */
function order(a: MergedFamily, b: MergedFamily): number {
  if (isBefore(a.rank, b.rank)) return -1
  if (isBefore(b.rank, a.rank)) return 1
  return a.key < b.key ? -1 : 1
}
