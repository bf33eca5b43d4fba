import type { Buckets, DistributionSeries, ExplicitBuckets, ExponentialBuckets } from './snapshot.ts'

/** Scale of the buckets that plimsoll records: 32 to the octave, so a bucket's middle is within 1.09 % of any value in it. */
export const recordedScale = 5

/** Whether `buckets` have given bounds, else they are exponential. */
export function isExplicit(buckets: Buckets): buckets is ExplicitBuckets {
  return 'bounds' in buckets
}

/** The bound below bucket `index` at `scale`: base^index with base = 2^(2^-scale), exact at whole octaves. */
export function exponentialBound(index: number, scale: number): number {
  return 2 ** (index / 2 ** scale)
}

/** How many values the buckets hold: the sum of all counts, the zero bucket included. */
export function totalCount(buckets: Buckets): number {
  let count = isExplicit(buckets) ? 0 : buckets.zero
  for (const n of buckets.counts) count += n
  return count
}

/**
 * The same counts at a lower scale: each halving of the scale joins two neighbouring buckets, exactly
 * (OpenTelemetry metrics data model, "Exponential Histogram: perfect subsetting").
 * A scale that is not lower gives the buckets back as they are.
 */
export function downscale(buckets: ExponentialBuckets, scale: number): ExponentialBuckets {
  const shift = buckets.scale - scale
  if (shift <= 0 || buckets.counts.length === 0) return shift > 0 ? { ...buckets, scale } : buckets
  const factor = 2 ** shift
  const offset = Math.floor(buckets.offset / factor)
  const last = Math.floor((buckets.offset + buckets.counts.length - 1) / factor)
  const counts = new Array<number>(last - offset + 1).fill(0)
  for (const [i, n] of buckets.counts.entries()) {
    const at = Math.floor((buckets.offset + i) / factor) - offset
    counts[at] = (counts[at] ?? 0) + n
  }
  return { scale, zero: buckets.zero, offset, counts }
}

/** The empty distribution with the same kind of buckets, which merges with anything like it. */
export function emptyLike(buckets: Buckets): Buckets {
  if (isExplicit(buckets)) return { bounds: buckets.bounds, counts: buckets.bounds.map(() => 0).concat(0) }
  return { scale: buckets.scale, zero: 0, offset: 0, counts: [] }
}

/** The arithmetic mean of a distribution; `undefined` while it is empty. */
export function mean(series: DistributionSeries): number | undefined {
  return series.count > 0 ? series.sum / series.count : undefined
}
