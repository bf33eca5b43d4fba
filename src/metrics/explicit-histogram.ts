import { totalCount } from '../snapshot/buckets.ts'
import { explicitCountsCell, maxCell, minCell, readDistribution, sumCell } from '../snapshot/cells.ts'
import type { ReadTime } from '../snapshot/kinds.ts'
import type { DistributionSeries, ExplicitBuckets, Labels } from '../snapshot/snapshot.ts'
import type { Slot } from '../snapshot/store.ts'
import type { Owner } from './owner.ts'

/** Up to here a walk along the bounds beats a binary search. */
const fewBounds = 16

/**
 * A distribution in buckets with given upper bounds, inclusive, and one more above them. Takes negative values too.
 * Cells: 3, and one for each bound, and one.
 */
export class ExplicitHistogram {
  private cells: Float64Array
  private index: number
  private readonly owner: Owner
  private readonly bounds: readonly number[]

  /** Made by a registry, not by hand. */
  constructor(slot: Slot, owner: Owner, bounds: readonly number[]) {
    this.cells = slot.cells
    this.index = slot.index
    this.owner = owner
    this.bounds = bounds
    this.cells[this.index + minCell] = Number.POSITIVE_INFINITY
    this.cells[this.index + maxCell] = Number.NEGATIVE_INFINITY
  }

  /** Records any finite number; NaN, infinities and non-numbers are counted under `plimsoll.rejected` and dropped. */
  record(value: number): void {
    if (!Number.isFinite(value)) {
      this.owner.reject()
      return
    }
    const { cells, index, bounds } = this
    ;(cells[index + sumCell] as number) += value
    if (value < (cells[index + minCell] as number)) cells[index + minCell] = value
    if (value > (cells[index + maxCell] as number)) cells[index + maxCell] = value
    let low = 0
    let high = bounds.length
    while (high - low > fewBounds) {
      const middle = (low + high) >>> 1
      if (value <= (bounds[middle] as number)) high = middle
      else low = middle + 1
    }
    while (low < high && value > (bounds[low] as number)) low++
    ;(cells[index + explicitCountsCell + low] as number) += 1
  }

  /** How many values were recorded. Walks the buckets. */
  get count(): number {
    return totalCount(this.readBuckets())
  }

  /** The sum of the values. */
  get sum(): number {
    return this.cells[this.index + sumCell] as number
  }

  /** @internal */
  readSeries(labels: Labels, _at: ReadTime): DistributionSeries {
    const buckets = this.readBuckets()
    return readDistribution(labels, this.cells, this.index, totalCount(buckets), buckets)
  }

  /** @internal */
  get slot(): Slot {
    return { cells: this.cells, index: this.index }
  }

  /** @internal */
  moveTo(slot: Slot): boolean {
    this.cells = slot.cells
    this.index = slot.index
    return true
  }

  private readBuckets(): ExplicitBuckets {
    const from = this.index + explicitCountsCell
    return { bounds: this.bounds, counts: Array.from(this.cells.subarray(from, from + this.bounds.length + 1)) }
  }
}
