/** Names of the recent windows. */
export type WindowName = '1m' | '5m'

/** Which parts of a series a read makes, of those that take time. */
export interface Parts {
  /** Whether distributions have the counts of their buckets. */
  readonly buckets: boolean
  /** Whether exponential buckets are left in the cells of a page, as src/snapshot/kinds/in-cells.ts has them. */
  readonly inCells: boolean
  /** Whether their recent windows have these; always where `buckets` is true. */
  readonly recentBuckets: boolean
  /** The recent windows of distributions and of gauges with `extremes`. */
  readonly recent: readonly WindowName[]
  /** The shares of which quantiles are computed, ascending. */
  readonly quantiles: readonly number[]
  /** Whether exemplars are among them. */
  readonly exemplars: boolean
}

/** All that a series has. */
export const allParts: Parts = {
  buckets: true,
  inCells: false,
  recentBuckets: true,
  recent: ['1m', '5m'],
  quantiles: [],
  exemplars: true,
}
