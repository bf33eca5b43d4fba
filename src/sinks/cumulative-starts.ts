import { type StartOf, startsOf } from '../formats/otlp/starts.ts'
import { labelKey } from '../snapshot/diff.ts'
import { fallenSeries } from '../snapshot/falls.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** So many series with a start of their own are known. */
const maxMoved = 10_000

/**
 * Since when the totals of a source count. The start of a source is fixed: the earliest of its pages that was ever seen. That of a
 * series moves to the snapshot before when its value falls, as then it counts from anew.
 */
export class CumulativeStarts {
  #earliest = Number.POSITIVE_INFINITY
  #before: Snapshot | undefined
  /** By the name of the family, then by the labels. */
  #moved = new Map<string, Map<string, number>>()

  /** Takes the next snapshot of the source. */
  next(snapshot: Snapshot): StartOf {
    this.#note(snapshot)
    const byPage = startsOf(snapshot.pages)
    const [earliest, moved] = [this.#earliest, this.#moved]
    return (family) => {
      const start = byPage(family)
      const fixed = typeof start === 'number' ? earliest : start
      const known = moved.get(family.name)
      if (known === undefined) return fixed
      return (labels) => known.get(labelKey(labels)) ?? (typeof fixed === 'number' ? fixed : fixed(labels))
    }
  }

  #note(snapshot: Snapshot): void {
    const before = this.#before
    this.#before = snapshot
    const starts = snapshot.pages.map(({ startedAt }) => startedAt)
    this.#earliest = Math.min(this.#earliest, ...(starts.length > 0 ? starts : [snapshot.takenAt]))
    if (before === undefined) return
    let count = [...this.#moved.values()].reduce((sum, { size }) => sum + size, 0)
    for (const { family, labels } of fallenSeries(before, snapshot)) {
      if (count++ >= maxMoved) return
      const known = this.#moved.get(family) ?? new Map<string, number>()
      this.#moved.set(family, known.set(labelKey(labels), before.takenAt))
    }
  }
}
