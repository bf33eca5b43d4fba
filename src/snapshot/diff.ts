import { rowOf } from './kinds/rows.ts'
import type { FamilySnapshot, Labels, Snapshot } from './snapshot.ts'
import { mapFamilies } from './totals.ts'

/**
 * What came to the counters, meters, averages and distributions of one source between two of its snapshots, and for how
 * long it was in each state: the change since the reader's last read, which affects no other reader. What is about the
 * present, or about a window that the source keeps itself, is as it is in `after`: gauges, texts, infos, the present state,
 * rates, recent windows; so are `takenAt` and the pages.
 *
 * What was not there before has all its growth in between. Nothing is ever negative: a value that fell counts as no
 * growth. `min` and `max` of a distribution are the edges of the buckets that grew, within the smallest and largest value
 * ever seen, so they are at most one bucket off. Cost: linear in the number of series.
 */
export function diffSnapshots(before: Snapshot, after: Snapshot): Snapshot {
  const known = new Map<string, FamilySnapshot[]>()
  for (const family of [...before.families, ...(before.conflicts ?? []).map((conflict) => conflict.family)]) {
    const head = headOf(family)
    known.set(head, [...(known.get(head) ?? []), family])
  }
  return mapFamilies(after, (family) => familyGrowth(known.get(headOf(family)) ?? [], family))
}

/** What families must share for their numbers to be the same ones. */
function headOf(family: FamilySnapshot): string {
  const { name, kind, unit } = family
  return JSON.stringify([name, kind, unit, rowOf(kind).traits?.(family)])
}

/** The growth since the one of these families whose series are like those of `after`. */
function familyGrowth(known: readonly FamilySnapshot[], after: FamilySnapshot): FamilySnapshot {
  const { areAlike, align, totals } = rowOf(after.kind)
  const [sample] = after.series
  const alike = known.find(
    ({ series: [one] }) => one === undefined || sample === undefined || areAlike?.(one, sample) !== false,
  )
  // The bounds of a sum are those that all processes share, so they change when processes come.
  const pair = alike === undefined ? known.map((one) => align?.(one, after)).find((each) => each) : [alike, after]
  if (totals === undefined || pair === undefined) return after
  const [before, now] = pair as [FamilySnapshot, FamilySnapshot]
  return { ...now, series: growthOf(before.series, now.series, totals.subtract) } as FamilySnapshot
}

function growthOf<S extends { readonly labels: Labels }>(
  before: readonly S[],
  after: readonly S[],
  growth: (before: S, after: S) => S,
): S[] {
  let known: Map<string, S> | undefined
  return after.map((series, i) => {
    // Two snapshots of one source have their series in the same order: then no lookup by label is needed.
    const opposite = before[i]
    if (opposite !== undefined && sameLabels(opposite.labels, series.labels)) return growth(opposite, series)
    known ??= new Map(before.map((one) => [labelKey(one.labels), one]))
    const earlier = known.get(labelKey(series.labels))
    return earlier === undefined ? series : growth(earlier, series)
  })
}

function sameLabels(a: Labels, b: Labels): boolean {
  let more = 0
  for (const name in a) {
    if (a[name] !== b[name]) return false
    more++
  }
  for (const _ in b) more--
  return more === 0
}

/** The same for the same labels in any order: a merge takes that of the first page, which may be another one next time. */
function labelKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}
