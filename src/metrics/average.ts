import { averageCountCell, averageSumCell, readAverage } from '../snapshot/average.ts'
import type { AverageSeries, Labels } from '../snapshot/snapshot.ts'
import type { Slot } from '../snapshot/store.ts'
import type { Owner } from './owner.ts'

/** The mean of values. Two cells without a window. */
export class Average {
  private cells: Float64Array
  private index: number
  private readonly owner: Owner

  /** Made by a registry, not by hand. */
  constructor(slot: Slot, owner: Owner) {
    this.cells = slot.cells
    this.index = slot.index
    this.owner = owner
  }

  /** Takes a finite number; NaN, infinities and non-numbers are counted under `plimsoll.rejected` and dropped. */
  record(value: number): void {
    if (!Number.isFinite(value)) {
      this.owner.reject()
      return
    }
    const { cells, index } = this
    ;(cells[index + averageSumCell] as number) += value
    ;(cells[index + averageCountCell] as number) += 1
  }

  /** How many values there were. */
  get count(): number {
    return this.cells[this.index + averageCountCell] as number
  }

  /** @internal */
  get slot(): Slot {
    return { cells: this.cells, index: this.index }
  }

  /** @internal */
  readSeries(labels: Labels): AverageSeries {
    return readAverage(labels, this.cells, this.index)
  }

  /** @internal */
  moveTo(slot: Slot): boolean {
    this.cells = slot.cells
    this.index = slot.index
    return true
  }
}
