import type { ExponentialBuckets } from '../snapshot.ts'
import { downscale } from './buckets.ts'

/** The largest number that counts as zero: 2^-1022 is the smallest that has a bucket. */
export const zeroThreshold: number = 2 ** -1022 - 2 ** -1074

interface OpenTelemetryCounts {
  /** Number of the first bucket in `bucketCounts`. */
  readonly offset: number
  /** Values in each bucket. */
  readonly bucketCounts: readonly number[]
}

/** The fields of OTLP's ExponentialHistogramDataPoint that describe the distribution. */
export interface OpenTelemetryBuckets {
  /** Buckets of a power of two: 2^scale. */
  readonly scale: number
  /** Values up to `zeroThreshold`. */
  readonly zeroCount: number
  /** The largest value that counts as zero. */
  readonly zeroThreshold: number
  /** `bucketCounts[i]` holds the values in (base^(offset+i), base^(offset+i+1)] with base = 2^(2^-scale). */
  readonly positive: OpenTelemetryCounts
  /** Empty: there are no values below 0. */
  readonly negative: OpenTelemetryCounts
}

/**
 * Exponential buckets as OpenTelemetry has them, which are the same ones (metrics data model, "ExponentialHistogram"). No
 * limit on the number of buckets: {@link downscale} first where a receiver wants fewer.
 */
export function toOpenTelemetry({ scale, zero, offset, counts }: ExponentialBuckets): OpenTelemetryBuckets {
  const positive = { offset, bucketCounts: counts }
  return { scale, zeroCount: zero, zeroThreshold, positive, negative: { offset: 0, bucketCounts: [] } }
}

/** The fields of a Prometheus native histogram that describe the distribution. */
export interface NativeBuckets {
  /** -4 to 8. */
  readonly schema: number
  /** The largest value that counts as zero. */
  readonly zeroThreshold: number
  /** Values up to `zeroThreshold`. */
  readonly zeroCount: number
  /**
   * Runs of buckets: the first offset is the index of the first bucket, each later one how many empty buckets lie between.
   * The bucket of index i holds the values in (base^(i-1), base^i] with base = 2^(2^-schema).
   */
  readonly positiveSpans: readonly {
    /** How many empty buckets are in front of it. */
    readonly offset: number
    /** How many buckets it has. */
    readonly length: number
  }[]
  /** The count of the first bucket, then of each the difference to the one before. */
  readonly positiveDeltas: readonly number[]
}

const lowestSchema = -4
const highestSchema = 8
/** One empty bucket costs less than the span that would leave it out. */
const maxEmpty = 1

/**
 * Exponential buckets as Prometheus has them in native histograms with integer counts (native histograms specification,
 * "Schema" and "Buckets"). The same buckets, but named by their upper bounds, so an index is one higher than in
 * OpenTelemetry. Scales above 8 are joined to schema 8; below -4 there is no schema, and the result is `undefined`.
 */
export function toNativeHistogram(given: ExponentialBuckets): NativeBuckets | undefined {
  if (given.scale < lowestSchema) return undefined
  const { scale, zero, offset, counts } = downscale(given, Math.min(given.scale, highestSchema))
  const spans: { offset: number; length: number }[] = []
  const deltas: number[] = []
  let end = 0
  let before = 0
  const add = (n: number): void => {
    deltas.push(n - before)
    before = n
  }
  for (const [i, n] of counts.entries()) {
    if (n === 0) continue
    const index = offset + i + 1
    const span = spans.at(-1)
    if (span === undefined || index - end > maxEmpty) {
      spans.push({ offset: index - end, length: 1 })
    } else {
      for (let empty = end; empty < index; empty++) add(0)
      span.length += index - end + 1
    }
    add(n)
    end = index + 1
  }
  return { schema: scale, zeroThreshold, zeroCount: zero, positiveSpans: spans, positiveDeltas: deltas }
}
