import { averageCountCell, averageSumCell, windowCountCell, windowSumCell } from '../snapshot/average.ts'
import type { Slot } from '../snapshot/store.ts'
import { Average } from './average.ts'
import type { Owner } from './owner.ts'

/** Room for so many values is made at first, and doubled when it is needed. */
const firstRoom = 64

/** An average over the last values, which it keeps on the heap: 8 bytes each, as they come. */
export class RollingAverage extends Average {
  private readonly size: number
  private values: Float64Array
  private next = 0
  /** How many values are in the window. */
  private filled = 0
  /** What rounding took from the sum of the window, after Neumaier, https://doi.org/10.1002/zamm.19740540106 */
  private lost = 0
  private windowSum = 0

  /** Made by a registry, not by hand. */
  constructor(slot: Slot, owner: Owner, size: number) {
    super(slot, owner)
    this.size = size
    this.values = new Float64Array(Math.min(size, firstRoom))
  }

  override record(value: number): void {
    if (!Number.isFinite(value)) {
      this.owner.reject()
      return
    }
    const { cells, index, next, values } = this
    ;(cells[index + averageSumCell] as number) += value
    ;(cells[index + averageCountCell] as number) += 1
    if (this.filled === this.size) this.sumUp(-(values[next] as number))
    else this.filled++
    this.sumUp(value)
    this.values[next] = value
    this.next = next + 1
    if (this.next === values.length) this.turn()
    // Beyond all numbers, what was lost is none.
    const { windowSum } = this
    cells[index + windowSumCell] = Number.isFinite(windowSum) ? windowSum + this.lost : windowSum
    cells[index + windowCountCell] = this.filled
  }

  private sumUp(value: number): void {
    const { windowSum } = this
    const sum = windowSum + value
    this.lost += Math.abs(windowSum) >= Math.abs(value) ? windowSum - sum + value : value - sum + windowSum
    this.windowSum = sum
  }

  /** At the end of the room: more of it, or on from the beginning, with a sum that owes nothing to values that are gone. */
  private turn(): void {
    const { values, size } = this
    if (values.length < size) {
      this.values = new Float64Array(Math.min(size, 2 * values.length))
      this.values.set(values)
      return
    }
    this.next = 0
    this.windowSum = 0
    this.lost = 0
    for (const value of values) this.sumUp(value)
  }
}
