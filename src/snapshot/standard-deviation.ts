import { exponentialBound, isExplicit, mean } from './buckets.ts'
import type { Distribution } from './snapshot.ts'

/**
 * The standard deviation of all values (of the values themselves, not of a sample), estimated from the buckets; `undefined` while there is none.
 *
 * Each value counts as the middle of its bucket, and its distance from the exact mean is taken. So the result is never
 * further from the true one than the root mean square of what the values lie off those middles: for exponential buckets
 * at scale 5 at most 1.09 % of the root mean square of the values (which is the root of mean² + deviation²), at each lower
 * scale about twice that; for explicit bounds at most half the width of the widest bucket that has values.
 * Cost: one walk over the buckets.
 */
export function standardDeviation(series: Distribution): number | undefined {
  const average = mean(series)
  if (average === undefined) return undefined
  const { counts } = series.buckets
  const distances = counts.map((n, i) => (n === 0 ? 0 : Math.abs(middleOf(series, i) - average)))
  const zero = isExplicit(series.buckets) ? 0 : series.buckets.zero
  // Distances are squared as shares of the largest: else those above 1e154 would be infinite, those below 1e-162 nothing.
  const largest = distances.reduce((most, distance) => Math.max(most, distance), zero === 0 ? 0 : Math.abs(average))
  if (!(largest > 0)) return largest
  const squares = counts.reduce(
    (sum, n, i) => sum + n * ((distances[i] ?? 0) / largest) ** 2,
    zero * (average / largest) ** 2,
  )
  return largest * Math.sqrt(squares / series.count)
}

/** The middle of a bucket: geometric between exponential bounds, half way between given ones; never outside min and max. */
function middleOf({ buckets, min = -Infinity, max = Infinity }: Distribution, i: number): number {
  if (!isExplicit(buckets)) {
    const { offset, scale } = buckets
    const middle = exponentialBound(offset + i, scale) * Math.sqrt(exponentialBound(1, scale))
    return Math.min(Math.max(middle, min), max)
  }
  const { bounds } = buckets
  const below = bounds[i - 1] ?? Math.min(0, bounds[0] ?? 0)
  const low = i === 0 && min > -Infinity ? min : Math.max(below, min)
  const high = Math.min(bounds[i] ?? (max < Infinity ? max : below), max)
  return low + (high - low) / 2
}
