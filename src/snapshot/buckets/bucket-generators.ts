/** So many bounds at the same distance: `linearBuckets(0, 10, 3)` is `[0, 10, 20]`. Throws where `count` is below 1. */
export function linearBuckets(start: number, width: number, count: number): number[] {
  if (count < 1) throw new Error('Linear buckets needs a positive count')
  return Array.from({ length: count }, (_, i) => start + i * width)
}

/**
 * So many bounds, each a multiple of the one before: `exponentialBuckets(1, 2, 4)` is `[1, 2, 4, 8]`. Throws where `start` is
 * not above 0, `factor` not above 1, or `count` below 1.
 */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  if (start <= 0) throw new Error('Exponential buckets needs a positive start')
  if (count < 1) throw new Error('Exponential buckets needs a positive count')
  if (factor <= 1) throw new Error('Exponential buckets needs a factor greater than 1')
  const buckets: number[] = []
  // By multiplication, not by powers: the text of a bound has all its digits.
  for (let bound = start; buckets.length < count; bound *= factor) buckets.push(bound)
  return buckets
}
