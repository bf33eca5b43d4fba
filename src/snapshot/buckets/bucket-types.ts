/**
 * Base-2 exponential buckets, as in OpenTelemetry: with base = 2^(2^-scale), `counts[i]` holds the values in
 * (base^(offset+i), base^(offset+i+1)]. `zero` holds what is 0 or too small for a bucket.
 * Per-bucket counts, not cumulative.
 */
export interface ExponentialBuckets {
  readonly scale: number
  readonly zero: number
  readonly offset: number
  readonly counts: readonly number[]
}

/**
 * Buckets with given upper bounds, ascending, inclusive: `counts[i]` holds the values in (bounds[i-1], bounds[i]],
 * and one last count what is above all bounds. Per-bucket counts, not cumulative.
 */
export interface ExplicitBuckets {
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
}

/** Either layout of buckets. */
export type Buckets = ExponentialBuckets | ExplicitBuckets
