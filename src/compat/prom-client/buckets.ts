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
