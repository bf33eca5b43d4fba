/** A value at a time. */
export interface Point {
  readonly at: number
  readonly value: number
}

/** Seconds for which points are kept. */
const historySeconds = 120
const minGapSeconds = 0.9
const maxLines = 2000

/** The last values of what was shown of late, for sparklines: nothing is kept while nobody looks. */
export class History {
  /** The line that was noted last stands last. */
  readonly #lines = new Map<string, Point[]>()

  /** Adds a value, and returns those of the last two minutes. `at` in Unix seconds. */
  note(key: string, at: number, value: number): readonly Point[] {
    const line = this.#lines.get(key) ?? []
    const kept = line.filter((point) => point.at >= at - historySeconds && point.at <= at)
    const last = kept.at(-1)
    if (last === undefined || at - last.at >= minGapSeconds) kept.push({ at, value })
    this.#lines.delete(key)
    this.#lines.set(key, kept)
    for (const oldest of this.#lines.keys()) {
      if (this.#lines.size <= maxLines) break
      this.#lines.delete(oldest)
    }
    return kept
  }
}

/** What came per second between each two points of a number that only goes up. */
export function ratesOf(points: readonly Point[]): Point[] {
  return points.slice(1).map(({ at, value }, i) => {
    const before = points[i] as Point
    return { at, value: Math.max(0, (value - before.value) / (at - before.at)) }
  })
}
