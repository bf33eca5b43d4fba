import { averageCountCell, averageSumCell, windowCountCell, windowSumCell } from '../../snapshot/kinds/average.ts'
import type { Slot } from '../../snapshot/store.ts'
import type { Owner } from '../registry/owner.ts'
import { Average } from './average.ts'

/** Room for so many values is made at first, and doubled when it is needed. */
const firstRoom = 64

/** Where sums stand, each with what it lost. */
const windowSum = 0
const lapSum = 2

/** An average over the last values, which it keeps on the heap: 8 bytes each, as they come. */
export class RollingAverage extends Average {
  private readonly size: number
  private values: Float64Array
  private next = 0
  /** How many values are in the window. */
  private filled = 0
  /**
   * The sum of the window, and what rounding took from it; the same of the values since the room was last full. An array, as
   * V8 would make an object of each new number.
   */
  private readonly sums = new Float64Array(4)

  /** Made by a registry, not by hand. */
  constructor(slot: Slot, owner: Owner, size: number) {
    super(slot, owner)
    this.size = size
    this.values = new Float64Array(Math.min(size, firstRoom))
  }

  override record(value: number): void {
    if (!Number.isFinite(value)) {
      this.owner.reject(value)
      return
    }
    const { cells, index, next, values } = this
    ;(cells[index + averageSumCell] as number) += value
    ;(cells[index + averageCountCell] as number) += 1
    if (this.filled === this.size) this.sumUp(windowSum, next, -1)
    else this.filled++
    values[next] = value
    this.sumUp(windowSum, next, 1)
    this.sumUp(lapSum, next, 1)
    this.next = next + 1
    if (this.next === values.length) this.turn()
    const sum = this.sums[windowSum] as number
    // Beyond all numbers, what was lost is none.
    cells[index + windowSumCell] = Number.isFinite(sum) ? sum + (this.sums[windowSum + 1] as number) : sum
    cells[index + windowCountCell] = this.filled
  }

  /**
   * Adds a value of the room to a sum, or takes it away, after Neumaier, https://doi.org/10.1002/zamm.19740540106. By its
   * place, as V8 would make an object of a number that is handed over.
   */
  private sumUp(at: number, place: number, sign: 1 | -1): void {
    const { sums } = this
    const value = sign * (this.values[place] as number)
    const before = sums[at] as number
    const sum = before + value
    ;(sums[at + 1] as number) += Math.abs(before) >= Math.abs(value) ? before - sum + value : value - sum + before
    sums[at] = sum
  }

  /** At the end of the room: more of it, or on from the beginning, with a sum that owes nothing to values that are gone. */
  private turn(): void {
    const { values, size, sums } = this
    if (values.length < size) {
      this.values = new Float64Array(Math.min(size, 2 * values.length))
      this.values.set(values)
      return
    }
    this.next = 0
    // All values of the room came since it was last full.
    sums.copyWithin(windowSum, lapSum)
    sums.fill(0, lapSum)
  }
}
