import type { Histogram as Cell } from '../../metrics/kinds/histogram.ts'
import { exponentialBound, recordedScale } from '../../snapshot/buckets/buckets.ts'
import type { ExponentialBuckets } from '../../snapshot/snapshot.ts'

/** How many values are near each of these: the middles of buckets, which are 2.2 % wide. */
export type Spread = ReadonlyMap<number, number>

/** The smallest and the largest of some values. */
export interface Extremes {
  min: number
  max: number
}

/** The extremes of no values. */
export function noExtremes(): Extremes {
  return { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY }
}

/** Widens extremes by a value. */
export function widen(extremes: Extremes, value: number): void {
  if (value < extremes.min) extremes.min = value
  if (value > extremes.max) extremes.max = value
}

/** Counts a value below 0, which an exponential histogram does not take. */
export function countNegative(negatives: Map<number, number>, value: number): void {
  const bucket = Math.ceil(Math.log2(-value) * 2 ** recordedScale) - 1
  const middle = -middleOf(bucket, recordedScale)
  negatives.set(middle, (negatives.get(middle) ?? 0) + 1)
}

/** All values of a series. */
export function spreadOf(cell: Cell, negatives: Spread | undefined): Spread {
  const { scale, zero, offset, counts } = cell.snapshot().buckets as ExponentialBuckets
  const spread = new Map(negatives)
  if (zero > 0) spread.set(0, zero)
  for (const [i, count] of counts.entries()) if (count > 0) spread.set(middleOf(offset + i, scale), count)
  return spread
}

/** What came since an earlier time. */
export function since(now: Spread, before: Spread): Spread {
  const grown = [...now].map(([middle, count]) => [middle, count - (before.get(middle) ?? 0)] as const)
  return new Map(grown.filter(([, count]) => count > 0))
}

/** How many values there are. */
export function sizeOf(spread: Spread): number {
  return [...spread.values()].reduce((size, count) => size + count, 0)
}

/**
 * The value below which the share `q` lies, as t-digest has it, on which prom-client's summaries stand: between the middles of
 * two buckets it lies on a line, and the outermost buckets are at the extremes. 0 for no values.
 */
export function quantileOf(spread: Spread, { min, max }: Extremes, q: number): number {
  const buckets = [...spread].sort(([a], [b]) => a - b)
  if (buckets.length === 0) return 0
  if (buckets.length === 1) return min + (max - min) / 2
  const wanted = sizeOf(spread) * q
  let passed = 0
  let before: { readonly at: number; readonly value: number } | undefined
  for (const [i, [middle, count]] of buckets.entries()) {
    const value = i === 0 ? min : i === buckets.length - 1 ? max : middle
    const at = passed + count / 2
    if (wanted <= at) {
      if (before === undefined) return value
      return before.value + ((value - before.value) * (wanted - before.at)) / (at - before.at)
    }
    before = { at, value }
    passed += count
  }
  return max
}

function middleOf(bucket: number, scale: number): number {
  return exponentialBound(bucket, scale) * Math.sqrt(exponentialBound(1, scale))
}
