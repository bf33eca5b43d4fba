import { optionInvalid } from '../../errors.ts'
import { readGauge } from '../../snapshot/kinds/gauge.ts'
import type { Parts } from '../../snapshot/kinds/parts.ts'
import type { Tick } from '../../snapshot/kinds/rates.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { GaugeSeries, Labels } from '../../snapshot/snapshot.ts'
import type { Slot } from '../../snapshot/store.ts'
import type { Owner } from '../registry/owner.ts'
import { showAs } from '../registry/shown.ts'
import { type MetricSnapshot, snapshotOf } from './metric-snapshot.ts'
import { Observer } from './observer.ts'

/**
 * A number that goes up and down: connections, queue length, temperature. Cells: 1; with aggregation `last` one more, with
 * `extremes` 93 more.
 */
export class Gauge {
  protected cells: Float64Array
  protected index: number
  protected readonly owner: Owner
  private observer: Observer | undefined

  /** Made by a registry, not by hand. */
  constructor(slot: Slot, owner: Owner) {
    this.cells = slot.cells
    this.index = slot.index
    this.owner = owner
    this.observer = undefined
  }

  /**
   * Sets the value. Takes finite numbers, of type `int` whole ones only, of type `bool` 0 and 1 only; `true` and `false` are
   * 1 and 0, whatever the type. Anything else changes nothing and is counted under `plimsoll.rejected`. One store; allocates
   * nothing.
   */
  set(value: number | boolean): void {
    if (Number.isFinite(value)) this.cells[this.index] = value as number
    else if (typeof value === 'boolean') this.cells[this.index] = Number(value)
    else this.owner.reject(value)
  }

  /** Adds `amount`, which may be negative; refused like in {@link set}, also when the sum would be no value of the type. */
  add(amount: number): void {
    const sum = typeof amount === 'number' ? (this.cells[this.index] as number) + amount : Number.NaN
    if (Number.isFinite(sum)) this.cells[this.index] = sum
    else this.owner.reject(amount)
  }

  /** Adds 1, or what is given, as {@link add} does. */
  inc(amount?: number): void {
    if (amount === undefined) (this.cells[this.index] as number) += 1
    else this.add(amount)
  }

  /** Takes 1 away, or what is given; refused like in {@link add}. */
  dec(amount?: number): void {
    if (amount === undefined) (this.cells[this.index] as number) -= 1
    else if (typeof amount === 'number') this.add(-amount)
    else this.owner.reject(amount)
  }

  /**
   * Sets the value to the result of `fn` from now on: at once, and then every 5 seconds, for example
   * `gauge('queue.length').observe(() => queue.length)`. What `fn` returns, or the result of the promise that it returns, is
   * passed to {@link set}. A snapshot contains the last value and waits for nothing.
   *
   * If `fn` throws or rejects, the value stays, and `plimsoll.failed` counts that. `fn` is not called again while its promise
   * is pending; each call that is skipped is counted there, too. None of this keeps the process alive.
   *
   * @param fn replaces the previous function. Throws PLIMSOLL_OPTION_INVALID if it is not a function.
   * @returns a function that stops it; the value stays.
   */
  observe(fn: () => number | boolean | PromiseLike<number | boolean>): () => void {
    if (typeof fn !== 'function') {
      const expected = 'a function that returns a number'
      const where = this.owner.description.name
      throw optionInvalid('fn', where, fn, expected)
    }
    const isLast = (): boolean => this.observer === observer
    const take = (value: unknown): void => {
      if (isLast()) this.set(value as number)
    }
    const observer = new Observer(fn, take, this.owner)
    this.observer = observer
    this.owner.needTicks()
    observer.sample()
    return () => {
      if (isLast()) this.observer = undefined
    }
  }

  /** The value now; 0 before it is first set. May be set, as {@link set} does. */
  get value(): number {
    return this.cells[this.index] as number
  }

  set value(value: number) {
    this.set(value)
  }

  /** Value, time and extremes, as declared, as plain data. */
  snapshot(): MetricSnapshot<GaugeSeries> {
    return snapshotOf(this, this.owner)
  }

  /** @internal */
  get isInUse(): boolean {
    return this.observer !== undefined
  }

  /** @internal */
  get slot(): Slot {
    return { cells: this.cells, index: this.index }
  }

  /** @internal */
  readSeries(labels: Labels, at: ReadTime, parts: Parts): GaugeSeries {
    return readGauge(this.owner.description, labels, this.slot, at, parts)
  }

  /** @internal */
  tick(_time: Tick): void {
    this.observer?.sample()
  }

  /** @internal */
  moveTo(slot: Slot): boolean {
    this.cells = slot.cells
    this.index = slot.index
    return true
  }
}

showAs(Gauge, (metric) => metric.snapshot())
