import type { CounterSeries, Labels } from '../snapshot/snapshot.ts'
import type { Slot } from '../snapshot/store.ts'
import type { Owner } from './owner.ts'

/** A number that only goes up: requests, bytes, errors. One cell; exact up to 2^53. */
export class Counter {
  private cells: Float64Array
  private index: number
  private readonly owner: Owner

  /** Made by a registry, not by hand. */
  constructor(slot: Slot, owner: Owner) {
    this.cells = slot.cells
    this.index = slot.index
    this.owner = owner
  }

  /** Adds 1, or what is given, as {@link add} does. One store; allocates nothing. */
  inc(amount?: number): void {
    if (amount === undefined) (this.cells[this.index] as number) += 1
    else this.add(amount)
  }

  /**
   * Adds `amount`, 0 or more, not necessarily whole. Anything else (negative, NaN, infinite, not a number) adds nothing
   * and is counted under `plimsoll.rejected`. One store; allocates nothing.
   */
  add(amount: number): void {
    if (typeof amount === 'number' && amount >= 0 && amount < Number.POSITIVE_INFINITY) {
      ;(this.cells[this.index] as number) += amount
    } else {
      this.owner.reject()
    }
  }

  /**
   * The sum so far. May be set, as in `counter.value += 1`; to less than it is, or to what is no number, changes nothing and
   * is counted under `plimsoll.rejected`.
   */
  get value(): number {
    return this.cells[this.index] as number
  }

  set value(value: number) {
    const { cells, index } = this
    if (typeof value === 'number' && value >= (cells[index] as number) && value < Number.POSITIVE_INFINITY) {
      cells[index] = value
    } else {
      this.owner.reject()
    }
  }

  /** @internal */
  get slot(): Slot {
    return { cells: this.cells, index: this.index }
  }

  /** @internal */
  readSeries(labels: Labels): CounterSeries {
    return { labels, value: this.cells[this.index] as number }
  }

  /** @internal */
  moveTo(slot: Slot): boolean {
    this.cells = slot.cells
    this.index = slot.index
    return true
  }
}
