import { downscale, exponentialBound, isExplicit, totalCount } from './buckets/buckets.ts'
import { windowText } from './merge/merge-average.ts'
import { ofState } from './merge/merge-state.ts'
import type {
  AverageSeries,
  Buckets,
  CounterSeries,
  DistributionSeries,
  ExplicitBuckets,
  ExponentialBuckets,
  FamilySnapshot,
  Labels,
  MeterSeries,
  Snapshot,
  StateSeries,
} from './snapshot.ts'

/**
 * What came to the counters, meters, averages and distributions of one source between two of its snapshots, and for how
 * long it was in each state: a reader's own "since my last look", which disturbs no other reader. What is about the
 * present, or about a window that the source keeps itself, is as it is in `after`: gauges, texts, infos, the present state,
 * rates, recent windows; so are `takenAt` and the pages.
 *
 * What was not there before has all its growth in between. Nothing is ever negative: a value that fell counts as no
 * growth. `min` and `max` of a distribution are the edges of the buckets that grew, within the smallest and largest value
 * ever seen, so they are at most one bucket off. Cost: linear in the number of series.
 */
export function diffSnapshots(before: Snapshot, after: Snapshot): Snapshot {
  const known = new Map(before.families.map((family) => [headOf(family), family]))
  return { ...after, families: after.families.map((family) => familyGrowth(known.get(headOf(family)), family)) }
}

/** What families must share for their numbers to be the same ones; all series of a family have the same bounds. */
function headOf(family: FamilySnapshot): string {
  const { name, kind, unit } = family
  if (kind === 'average') return `${kind} ${unit} ${name} ${windowText(family.over)}`
  if (kind === 'state') return `${kind} ${unit} ${name} ${JSON.stringify(family.states)}`
  const buckets = kind === 'histogram' || kind === 'timer' ? family.series[0]?.buckets : undefined
  const bounds = buckets !== undefined && isExplicit(buckets) ? buckets.bounds : []
  return `${kind} ${unit} ${name} ${bounds.join()}`
}

function familyGrowth(before: FamilySnapshot | undefined, after: FamilySnapshot): FamilySnapshot {
  if (before === undefined) return after
  switch (after.kind) {
    case 'gauge':
    case 'text':
    case 'info':
      return after
    case 'counter':
      return { ...after, series: growthOf(before.series as readonly CounterSeries[], after.series, counterGrowth) }
    case 'meter':
      return { ...after, series: growthOf(before.series as readonly MeterSeries[], after.series, meterGrowth) }
    case 'average':
      return { ...after, series: growthOf(before.series as readonly AverageSeries[], after.series, averageGrowth) }
    case 'state':
      return { ...after, series: growthOf(before.series as readonly StateSeries[], after.series, stateGrowth) }
    case 'histogram':
    case 'timer': {
      const series = before.series as readonly DistributionSeries[]
      return { ...after, series: growthOf(series, after.series, distributionGrowth) }
    }
    default:
      return after satisfies never
  }
}

function growthOf<S extends { readonly labels: Labels }>(
  before: readonly S[],
  after: readonly S[],
  growth: (before: S, after: S) => S,
): S[] {
  let known: Map<string, S> | undefined
  return after.map((series, i) => {
    // Two snapshots of one source have their series in the same order: then no label needs to be looked up.
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

function counterGrowth(before: CounterSeries, after: CounterSeries): CounterSeries {
  return { labels: after.labels, value: Math.max(0, after.value - before.value) }
}

function meterGrowth(before: MeterSeries, after: MeterSeries): MeterSeries {
  return { ...after, value: Math.max(0, after.value - before.value) }
}

function averageGrowth(before: AverageSeries, after: AverageSeries): AverageSeries {
  const count = after.count - before.count
  return { ...after, ...(count > 0 ? { count, sum: after.sum - before.sum } : { count: 0, sum: 0 }) }
}

function stateGrowth(before: StateSeries, after: StateSeries): StateSeries {
  const grown = Object.entries(after.seconds).map(([state, seconds]) => {
    return [state, Math.max(0, seconds - ofState(before.seconds, state))]
  })
  return { ...after, seconds: Object.fromEntries(grown) }
}

function distributionGrowth(before: DistributionSeries, after: DistributionSeries): DistributionSeries {
  const buckets = bucketGrowth(before.buckets, after.buckets)
  if (buckets === undefined) return after
  const count = totalCount(buckets)
  const { labels, rates, recent, last, exemplars } = after
  const present = { ...(rates !== undefined && { rates }), ...(recent !== undefined && { recent }) }
  if (count === 0) return { labels, count, sum: 0, buckets, ...present }
  const [min, max] = edges(buckets, after)
  const latest = { ...(last !== undefined && { last }), ...(exemplars !== undefined && { exemplars }) }
  return { labels, count, sum: after.sum - before.sum, min, max, buckets, ...present, ...latest }
}

/** `undefined` for buckets of different kinds or bounds, which have nothing to do with each other. */
function bucketGrowth(before: Buckets, after: Buckets): Buckets | undefined {
  if (!isExplicit(before) && !isExplicit(after)) return exponentialGrowth(before, after)
  if (!isExplicit(before) || !isExplicit(after) || !sameBounds(before, after)) return undefined
  return { bounds: after.bounds, counts: after.counts.map((n, i) => Math.max(0, n - (before.counts[i] ?? 0))) }
}

function exponentialGrowth(before: ExponentialBuckets, after: ExponentialBuckets): ExponentialBuckets {
  const scale = Math.min(before.scale, after.scale)
  const earlier = downscale(before, scale)
  const later = downscale(after, scale)
  const shift = later.offset - earlier.offset
  const counts = later.counts.map((n, i) => Math.max(0, n - (earlier.counts[i + shift] ?? 0)))
  return { scale, zero: Math.max(0, after.zero - before.zero), offset: later.offset, counts }
}

function sameBounds(a: ExplicitBuckets, b: ExplicitBuckets): boolean {
  return a.bounds.length === b.bounds.length && a.bounds.every((bound, i) => bound === b.bounds[i])
}

function edges(buckets: Buckets, { min = 0, max = Number.POSITIVE_INFINITY }: DistributionSeries): [number, number] {
  const { counts } = buckets
  const first = counts.findIndex((n) => n > 0)
  const last = counts.findLastIndex((n) => n > 0)
  const below = isExplicit(buckets) ? (buckets.bounds[first - 1] ?? min) : lowerEdge(buckets, first)
  const above = isExplicit(buckets) ? (buckets.bounds[last] ?? max) : upperEdge(buckets, last)
  return [Math.min(Math.max(below, min), max), Math.max(Math.min(above, max), min)]
}

function lowerEdge({ zero, offset, scale }: ExponentialBuckets, first: number): number {
  return zero > 0 || first < 0 ? 0 : exponentialBound(offset + first, scale)
}

function upperEdge({ offset, scale }: ExponentialBuckets, last: number): number {
  return last < 0 ? 0 : exponentialBound(offset + last + 1, scale)
}
