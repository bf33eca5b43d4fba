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
  const pairOf = continuations(before)
  return mapFamilies(after, (family) => {
    const { totals } = rowOf(family.kind)
    const pair = pairOf(family)
    if (totals === undefined || pair === undefined) return family
    const [earlier, now] = pair
    return { ...now, series: pairedSeries(earlier.series, now.series, totals.subtract) } as FamilySnapshot
  })
}

type Pair = readonly [before: FamilySnapshot, after: FamilySnapshot]

/** Finds for families of a later snapshot those that they continue, both changed where that makes their series alike. */
export function continuations(before: Snapshot): (after: FamilySnapshot) => Pair | undefined {
  const known = new Map<string, FamilySnapshot[]>()
  for (const family of [...before.families, ...(before.conflicts ?? []).map((conflict) => conflict.family)]) {
    const head = familyHead(family)
    known.set(head, [...(known.get(head) ?? []), family])
  }
  return (after) => pairOf(known.get(familyHead(after)) ?? [], after)
}

/** What families must share for their numbers to be the same ones. */
export function familyHead(family: FamilySnapshot): string {
  const { name, kind, unit } = family
  return JSON.stringify([name, kind, unit, rowOf(kind).traits?.(family)])
}

/** The one of these families whose series are like those of `after`, and `after`. */
function pairOf(known: readonly FamilySnapshot[], after: FamilySnapshot): Pair | undefined {
  const { areAlike, align } = rowOf(after.kind)
  const [sample] = after.series
  const alike = known.find(
    ({ series: [one] }) => one === undefined || sample === undefined || areAlike?.(one, sample) !== false,
  )
  // The bounds of a sum are those that all processes share, so they change when processes come.
  return alike === undefined ? known.map((one) => align?.(one, after)).find((each) => each) : [alike, after]
}

/** What becomes of each series with the one before it that has the same labels; a series without one stays as it is. */
export function pairedSeries<S extends { readonly labels: Labels }>(
  before: readonly S[],
  after: readonly S[],
  join: (before: S, after: S) => S,
): S[] {
  let known: Map<string, S> | undefined
  return after.map((series, i) => {
    // Two snapshots of one source have their series in the same order: then no lookup by label is needed.
    const opposite = before[i]
    if (opposite !== undefined && sameLabels(opposite.labels, series.labels)) return join(opposite, series)
    known ??= new Map(before.map((one) => [labelKey(one.labels), one]))
    const earlier = known.get(labelKey(series.labels))
    return earlier === undefined ? series : join(earlier, series)
  })
}

/** Whether these are the same labels. */
export function sameLabels(a: Labels, b: Labels): boolean {
  let more = 0
  for (const name in a) {
    if (a[name] !== b[name]) return false
    more++
  }
  for (const _ in b) more--
  return more === 0
}

/** The same for the same labels in any order: a merge takes that of the first page, which may be another one next time. */
export function labelKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}
