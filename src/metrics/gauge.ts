import type { GaugeSeries, Labels } from '../snapshot/snapshot.ts'
import type { Slot } from '../snapshot/store.ts'
import type { Owner } from './owner.ts'

/** A number that goes up and down: connections, queue length, temperature. One cell. */
export class Gauge {
  private cells: Float64Array
  private index: number
  private readonly owner: Owner

  /** Made by a registry, not by hand. */
  constructor(slot: Slot, owner: Owner) {
    this.cells = slot.cells
    this.index = slot.index
    this.owner = owner
  }

  /** Sets the value. NaN, infinities and what is no number change nothing and are counted under `plimsoll.rejected`. */
  set(value: number): void {
    if (Number.isFinite(value)) this.cells[this.index] = value
    else this.owner.reject()
  }

  /** Adds `amount`, which may be negative; refused like in {@link set}. */
  add(amount: number): void {
    if (Number.isFinite(amount)) (this.cells[this.index] as number) += amount
    else this.owner.reject()
  }

  /** Adds 1, or what is given, as {@link add} does. */
  inc(amount?: number): void {
    if (amount === undefined) (this.cells[this.index] as number) += 1
    else this.add(amount)
  }

  /** Takes 1 away, or what is given; refused like in {@link set}. */
  dec(amount?: number): void {
    if (amount === undefined) (this.cells[this.index] as number) -= 1
    else this.add(typeof amount === 'number' ? -amount : Number.NaN)
  }

  /** The value now; 0 before it is first set. May be set, as {@link set} does. */
  get value(): number {
    return this.cells[this.index] as number
  }

  set value(value: number) {
    this.set(value)
  }

  /** @internal */
  get slot(): Slot {
    return { cells: this.cells, index: this.index }
  }

  /** @internal */
  readSeries(labels: Labels): GaugeSeries {
    return { labels, value: this.cells[this.index] as number }
  }

  /** @internal */
  moveTo(slot: Slot): boolean {
    this.cells = slot.cells
    this.index = slot.index
    return true
  }
}
