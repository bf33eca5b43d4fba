import { downscale, isExplicit } from '../../snapshot/buckets/buckets.ts'
import { toOpenTelemetry } from '../../snapshot/buckets/native-buckets.ts'
import type { AverageSeries, DistributionSeries, ExponentialBuckets } from '../../snapshot/snapshot.ts'
import { type BucketBounds, cumulativeCounts } from '../exposition/bucket-bounds.ts'
import type { OtlpExplicit, OtlpExponential } from './metric.ts'

/** A series with the bounds that were declared, or else with these. */
export function explicitPoint(series: DistributionSeries, given?: BucketBounds): OtlpExplicit | undefined {
  const { labels, count, buckets } = series
  const point = { labels, count, ...sumOf(series), ...rest(series) }
  if (isExplicit(buckets)) return { ...point, bounds: buckets.bounds, counts: buckets.counts }
  if (given === undefined) return undefined
  const upTo = [...cumulativeCounts(series, given), count]
  return { ...point, bounds: given.bounds, counts: upTo.map((n, i) => Math.max(0, n - (upTo[i - 1] ?? 0))) }
}

/** The data model wants no sum where values below 0 can be recorded, as it would not only rise. */
function sumOf({ sum, min = 0 }: DistributionSeries): { sum?: number } {
  return min < 0 ? {} : { sum }
}

function rest({ min, max, exemplars }: DistributionSeries): Pick<DistributionSeries, 'min' | 'max' | 'exemplars'> {
  return {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(exemplars !== undefined && { exemplars }),
  }
}

/** A series with exponential buckets, of which at most `maxBuckets` are left. */
export function exponentialPoint(series: DistributionSeries, maxBuckets: number): OtlpExponential | undefined {
  const { labels, count, sum, buckets } = series
  if (isExplicit(buckets)) return undefined
  const { scale, zeroCount, zeroThreshold, positive } = toOpenTelemetry(limited(buckets, maxBuckets))
  const { offset, bucketCounts: counts } = positive
  return { labels, count, sum, ...rest(series), scale, zeroCount, zeroThreshold, offset, counts }
}

/** The same counts in at most so many buckets: neighbours are joined, all by the same factor. */
function limited(buckets: ExponentialBuckets, maxBuckets: number): ExponentialBuckets {
  const { scale, zero, counts } = buckets
  const first = counts.findIndex((n) => n > 0)
  if (first < 0) return { scale, zero, offset: 0, counts: [] }
  const end = counts.findLastIndex((n) => n > 0) + 1
  const offset = buckets.offset + first
  const used = first === 0 && end === counts.length ? counts : counts.slice(first, end)
  let shift = 0
  const last = offset + used.length - 1
  while (Math.floor(last / 2 ** shift) - Math.floor(offset / 2 ** shift) >= maxBuckets) shift++
  return downscale({ scale, zero, offset, counts: used }, scale - shift)
}

/** An average: a histogram without buckets. Its sum is there even where it may sink, as without it there were no mean. */
export function averagePoint({ labels, count, sum }: AverageSeries): OtlpExplicit {
  return { labels, count, sum, bounds: [], counts: [] }
}
