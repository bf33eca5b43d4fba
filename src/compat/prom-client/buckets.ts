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

/** What becomes of the bounds that a histogram is declared with, in any order, repeated or infinite. */
export interface BoundPlan {
  /** Bounds of the cells: finite, ascending, each once, at least one. */
  readonly sorted: readonly number[]
  /** Which cells are in each declared bucket by itself, not counted with those before it. */
  readonly cellsOf: ReadonlyMap<number, readonly number[]>
}

/** The first of the bounds that a value does not exceed, in declared order; -1 where it exceeds all. */
export function boundOf(bounds: readonly number[], value: number): number {
  for (const bound of bounds) if (value <= bound) return bound
  return -1
}

/** Between two neighbours of the sorted bounds, all values are in the same declared bucket. */
export function planBounds(bounds: readonly number[]): BoundPlan {
  const finite = [...new Set(bounds.filter((bound) => Number.isFinite(bound)))].sort((a, b) => a - b)
  const sorted = finite.length > 0 ? finite : [0]
  const cellsOf = new Map<number, number[]>(bounds.map((bound) => [bound, []]))
  for (const [cell, upper] of [...sorted, Number.MAX_VALUE].entries()) cellsOf.get(boundOf(bounds, upper))?.push(cell)
  return { sorted, cellsOf }
}
