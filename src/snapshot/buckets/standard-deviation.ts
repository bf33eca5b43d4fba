import type { Distribution } from '../snapshot.ts'
import { exponentialBound, isExplicit, mean } from './buckets.ts'
import { hasBuckets } from './quantile.ts'

/**
 * The standard deviation of all values (of the values themselves, not of a sample), estimated from the buckets; `undefined`
 * while there is none, or without buckets.
 *
 * Each value counts as the middle of its bucket, and its distance from the exact mean is taken. So the result is never
 * further from the true one than the root mean square of what the values lie off those middles: for exponential buckets
 * at scale 5 at most 1.09 % of the root mean square of the values (which is the root of mean² + deviation²), at each lower
 * scale about twice that; for explicit bounds at most half the width of the widest bucket that has values.
 * Cost: one walk over the buckets.
 */
export function standardDeviation(series: Distribution): number | undefined {
  const average = mean(series)
  if (average === undefined || !hasBuckets(series)) return undefined
  const middles = middlesOf(series)
  const { counts } = series.buckets
  const zero = isExplicit(series.buckets) ? 0 : series.buckets.zero
  // Distances are squared as shares of the largest, which is at one of the ends: else those above 1e154 would be infinite,
  // those below 1e-162 nothing.
  const ends = [counts.findIndex((n) => n > 0), counts.findLastIndex((n) => n > 0)].filter((i) => i >= 0)
  const distances = ends.map((i) => Math.abs((middles[i] as number) - average))
  const largest = Math.max(zero > 0 ? Math.abs(average) : 0, ...distances)
  if (!(largest > 0)) return largest
  let squares = zero * (average / largest) ** 2
  for (let i = 0; i < counts.length; i++) {
    const n = counts[i] as number
    if (n > 0) squares += n * (((middles[i] as number) - average) / largest) ** 2
  }
  return largest * Math.sqrt(squares / series.count)
}

/** The middle of each bucket: geometric between exponential bounds, half way between given ones; never outside min and max. */
export function middlesOf({ buckets, min = -Infinity, max = Infinity }: Distribution): Float64Array {
  const middles = new Float64Array(buckets.counts.length)
  if (!isExplicit(buckets)) {
    const { offset, scale } = buckets
    const growth = exponentialBound(1, scale)
    const perOctave = 2 ** scale
    let middle = 0
    for (let i = 0; i < middles.length; i++) {
      // Multiplying is faster than computing each bound, and exact enough if it restarts at each octave.
      if (i === 0 || (offset + i) % perOctave === 0) middle = exponentialBound(offset + i, scale) * Math.sqrt(growth)
      else middle *= growth
      middles[i] = Math.min(Math.max(middle, min), max)
    }
    return middles
  }
  const { bounds } = buckets
  for (let i = 0; i < middles.length; i++) {
    const below = bounds[i - 1] ?? Math.min(0, bounds[0] ?? 0)
    const low = i === 0 && min > -Infinity ? min : Math.max(below, min)
    const high = Math.min(bounds[i] ?? (max < Infinity ? max : below), max)
    middles[i] = low + (high - low) / 2
  }
  return middles
}
