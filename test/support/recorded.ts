import type { DistributionSeries, ExponentialBuckets } from 'plimsoll/snapshot'

/** A distribution of `values` counted one by one into exponential buckets: the plain way, as a measure for others. */
export function recordedExponential(values: readonly number[], scale: number): DistributionSeries {
  const byIndex = new Map<number, number>()
  let zero = 0
  for (const value of values) {
    if (value === 0) zero++
    else byIndex.set(bucketOf(value, scale), (byIndex.get(bucketOf(value, scale)) ?? 0) + 1)
  }
  const indexes = [...byIndex.keys()]
  const offset = indexes.length === 0 ? 0 : Math.min(...indexes)
  const length = indexes.length === 0 ? 0 : Math.max(...indexes) - offset + 1
  const counts = Array.from({ length }, (_, i) => byIndex.get(offset + i) ?? 0)
  return withTotals(values, { scale, zero, offset, counts })
}

function withTotals(values: readonly number[], buckets: ExponentialBuckets): DistributionSeries {
  const head = { labels: {}, count: values.length, sum: values.reduce((sum, value) => sum + value, 0) }
  return values.length === 0
    ? { ...head, buckets }
    : { ...head, min: Math.min(...values), max: Math.max(...values), buckets }
}

/** The index whose bucket (2^(i/2^scale), 2^((i+1)/2^scale)] holds the value; the logarithm may be off by one at an edge. */
function bucketOf(value: number, scale: number): number {
  let index = Math.ceil(Math.log2(value) * 2 ** scale) - 1
  while (2 ** (index / 2 ** scale) >= value) index--
  while (2 ** ((index + 1) / 2 ** scale) < value) index++
  return index
}
