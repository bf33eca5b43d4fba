import { rowOf } from './kinds/rows.ts'
import { withFamilies } from './process-families.ts'
import type { FamilySnapshot, GaugeFamilySnapshot, Labels, PageInfo, Snapshot } from './snapshot.ts'

/** So many processes are named. */
const maxNamed = 3
const countName = 'plimsoll.conflicts'

/** Why a family is left out. */
interface ConflictReason {
  readonly name: string
  /** How many series it has. */
  readonly series: number
  /** What is left out, whose it is, and why, in one line. */
  readonly reason: string
}

/** Why the conflicts of a snapshot are left out of its families. */
export function conflictReasons({ conflicts = [], families }: Snapshot): ConflictReason[] {
  if (conflicts.length === 0) return []
  const owners = new Map(families.map((family) => [family.name, family]))
  return conflicts.map(({ family, pages }) => {
    const { name, series } = family
    const owner = owners.get(name)
    const [its, other] = owner === undefined ? [family.kind, 'another metric'] : distinguished(family, owner)
    const reason = `the ${its} of ${processes(pages)} cannot be added to the ${other} of newer processes`
    return { name, series: series.length, reason }
  })
}

/** The message about a conflict. */
export function conflictText({ name, reason }: ConflictReason): string {
  return `${name}: ${reason}; "plimsoll show --all" shows it.`
}

/** What two families that conflict are, with what distinguishes them where their kind is the same. */
function distinguished(a: FamilySnapshot, b: FamilySnapshot): [string, string] {
  if (a.kind !== b.kind) return [a.kind, b.kind]
  const describe = (family: FamilySnapshot): string => {
    const { kind, unit } = family
    if (a.unit !== b.unit) return unit === '' ? `${kind} without a unit` : `${kind} in "${unit}"`
    return `${kind} ${rowOf(kind).distinction?.(family) ?? 'with other options'}`
  }
  return [describe(a), describe(b)]
}

function processes(pages: readonly PageInfo[]): string {
  const pids = [...new Set(pages.filter(({ state }) => state !== 'archived').map(({ pid }) => pid))]
  const more = pids.length - maxNamed
  const named = `pid ${pids.slice(0, maxNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  const isArchived = pages.some(({ state }) => state === 'archived')
  const parts = [...(pids.length > 0 ? [named] : []), ...(isArchived ? ['the archive'] : [])]
  return parts.length === 0 ? 'an earlier process' : parts.join(' and ')
}

/**
 * The snapshot with the gauge `plimsoll.conflicts`: how many definitions of each metric are left out; unchanged where none
 * is. What it has of that gauge for other metrics stays: it was counted within the parts of a sum.
 */
export function withConflictCounts(snapshot: Snapshot): Snapshot {
  const { conflicts = [], families } = snapshot
  if (conflicts.length === 0) return snapshot
  const known = knownCounts(families)
  const counted = new Set(conflicts.map(({ family }) => family.name))
  const before = known.filter(({ labels }) => !counted.has(labels.family ?? ''))
  return withFamilies(snapshot, [
    countsOf(
      before,
      conflicts.map(({ family }) => ({ family: family.name })),
    ),
  ])
}

/** A snapshot with the gauge `plimsoll.conflicts`, to which each of these sets of labels adds one. */
export function addConflictCounts(snapshot: Snapshot, added: readonly Labels[]): Snapshot {
  return withFamilies(snapshot, [countsOf(knownCounts(snapshot.families), added)])
}

type Counts = GaugeFamilySnapshot['series']

function knownCounts(families: readonly FamilySnapshot[]): Counts {
  const known = families.find(({ name, kind }) => name === countName && kind === 'gauge')
  return (known?.series as Counts | undefined) ?? []
}

function countsOf(before: Counts, added: readonly Labels[]): GaugeFamilySnapshot {
  const keyOf = (labels: Labels): string => JSON.stringify(Object.entries(labels).sort())
  const counts = new Map(before.map((one) => [keyOf(one.labels), one]))
  for (const labels of added) {
    const known = counts.get(keyOf(labels)) ?? { labels, value: 0 }
    counts.set(keyOf(labels), { ...known, value: known.value + 1 })
  }
  const series = [...counts.values()]
  return {
    name: countName,
    kind: 'gauge',
    unit: '',
    help: 'Definitions of a metric that are left out, as they cannot be added to another one or have its name',
    labelNames: [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))],
    aggregation: 'sum',
    series,
  }
}
