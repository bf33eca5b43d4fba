/**
 * Base-2 exponential buckets, as in OpenTelemetry: with base = 2^(2^-scale), `counts[i]` holds the values in
 * (base^(offset+i), base^(offset+i+1)]. `zero` holds what is 0 or too small for a bucket.
 * Per-bucket counts, not cumulative.
 */
export interface ExponentialBuckets {
  /** -9 to 8; one more doubles the number of buckets in an octave. */
  readonly scale: number
  /** How many values are 0, or too small for a bucket. */
  readonly zero: number
  /** The number of the first bucket. */
  readonly offset: number
  /** How many values each bucket holds. */
  readonly counts: readonly number[]
}

/**
 * Buckets with given upper bounds, ascending, inclusive: `counts[i]` holds the values in (bounds[i-1], bounds[i]],
 * and one last count what is above all bounds. Per-bucket counts, not cumulative.
 */
export interface ExplicitBuckets {
  /** The upper bounds, without the infinite one. */
  readonly bounds: readonly number[]
  /** How many values each bucket holds; one more than there are bounds. */
  readonly counts: readonly number[]
}

/** Either layout of buckets. */
export type Buckets = ExponentialBuckets | ExplicitBuckets
