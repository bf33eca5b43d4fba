import { addSums } from '../amounts.ts'
import { downscale, exponentialBound, isExplicit, totalCount } from '../buckets/buckets.ts'
import type { Buckets, DistributionSeries, ExplicitBuckets, ExponentialBuckets } from '../snapshot.ts'

/**
 * What came to a distribution between two snapshots. Smallest and largest value are the edges of the buckets that grew.
 */
export function subtractDistribution(before: DistributionSeries, after: DistributionSeries): DistributionSeries {
  const buckets = bucketGrowth(before.buckets, after.buckets)
  if (buckets === undefined) return after
  const count = totalCount(buckets)
  const { labels, rates, recent, last, exemplars } = after
  const present = { ...(rates !== undefined && { rates }), ...(recent !== undefined && { recent }) }
  if (count === 0) return { labels, count, sum: 0, buckets, ...present }
  const [min, max] = edges(buckets, after)
  const latest = { ...(last !== undefined && { last }), ...(exemplars !== undefined && { exemplars }) }
  return { labels, count, sum: addSums(after.sum, -before.sum), min, max, buckets, ...present, ...latest }
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
  const counts = new Array<number>(later.counts.length).fill(0)
  // By number, not with a function for each: numbers would become objects on their way there.
  for (let i = 0; i < counts.length; i++) {
    const at = i + shift
    const known = at >= 0 && at < earlier.counts.length ? (earlier.counts[at] as number) : 0
    counts[i] = Math.max(0, (later.counts[i] as number) - known)
  }
  return { scale, zero: Math.max(0, after.zero - before.zero), offset: later.offset, counts }
}

function sameBounds(a: ExplicitBuckets, b: ExplicitBuckets): boolean {
  return a.bounds.length === b.bounds.length && a.bounds.every((bound, i) => bound === b.bounds[i])
}

function edges(buckets: Buckets, { min = 0, max = Number.POSITIVE_INFINITY }: DistributionSeries): [number, number] {
  const { counts } = buckets
  let first = 0
  while (first < counts.length && !((counts[first] as number) > 0)) first++
  if (first === counts.length) first = -1
  let last = counts.length - 1
  while (last >= 0 && !((counts[last] as number) > 0)) last--
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
