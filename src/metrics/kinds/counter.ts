import { readCounter } from '../../snapshot/kinds/counter.ts'
import type { Parts } from '../../snapshot/kinds/parts.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { CounterSeries, Labels } from '../../snapshot/snapshot.ts'
import type { Extension, Slot, Store } from '../../snapshot/store.ts'
import { type ExtensionCells, listExtensions, withExemplar } from '../registry/extension-cells.ts'
import type { Owner } from '../registry/owner.ts'
import { showAs } from '../registry/shown.ts'
import { type ExemplarLabels, type Exemplars, keepExemplar, moveExemplars } from './exemplars.ts'
import { type MetricSnapshot, snapshotOf } from './metric-snapshot.ts'

/** A number that only goes up: requests, bytes, errors. One cell; exact up to 2^53. */
export class Counter {
  protected cells: Float64Array
  protected index: number
  protected readonly owner: Owner
  /** @internal */
  exemplars: Exemplars | undefined

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
      this.owner.reject(amount)
    }
  }

  /**
   * Adds as {@link add} does, and keeps `labels` (`{ trace_id: '4bf92f35' }`) as the exemplar of the counter, in the place of
   * the one before, where the family was declared with `exemplars: true`. Names and values together have at most 128
   * characters; others are counted under `plimsoll.rejected` and dropped, and the amount counts all the same. Reads the
   * clock, allocates.
   */
  addWithExemplar(amount: number, labels: ExemplarLabels): void {
    this.add(amount)
    keepExemplar(this.owner, this, amount, labels)
  }

  /**
   * The sum so far. May be set, as in `counter.value += 1`; setting it to a smaller value or to a value that is not a number
   * changes nothing and is counted under `plimsoll.rejected`.
   */
  get value(): number {
    return this.cells[this.index] as number
  }

  set value(value: number) {
    const { cells, index } = this
    if (typeof value === 'number' && value >= (cells[index] as number) && value < Number.POSITIVE_INFINITY) {
      cells[index] = value
    } else {
      this.owner.reject(value)
    }
  }

  /** The sum, and the last exemplar if there is one, as plain data. */
  snapshot(): MetricSnapshot<CounterSeries> {
    return snapshotOf(this, this.owner)
  }

  /** @internal */
  get slot(): Slot {
    return { cells: this.cells, index: this.index }
  }

  /** @internal */
  readSeries(labels: Labels, at: ReadTime, parts: Parts): CounterSeries {
    const { cells, index, exemplars } = this
    return readCounter({ labels, cells, index, exemplars }, at, parts)
  }

  /** @internal */
  moveTo(slot: Slot, store: Store): boolean {
    this.cells = slot.cells
    this.index = slot.index
    return this.exemplars === undefined || moveExemplars(this.exemplars, slot, store)
  }

  /** @internal */
  extensions(): Iterable<ExtensionCells> {
    const { exemplars } = this
    return listExtensions({ exemplars })
  }

  /** @internal */
  forgetExtensions(): void {
    this.exemplars = undefined
  }

  /** @internal All are of one range. */
  rangeOf(amount: number): number | undefined {
    return typeof amount === 'number' && amount >= 0 && amount < Number.POSITIVE_INFINITY ? 0 : undefined
  }

  /** @internal */
  extensionFor(extension: Extension): Slot | undefined {
    if (!('exemplar' in extension)) return undefined
    this.exemplars = withExemplar(this.owner, this.slot, this.exemplars, extension.exemplar)
    return this.exemplars?.get(extension.exemplar)
  }
}

showAs(Counter, (metric) => metric.snapshot())
