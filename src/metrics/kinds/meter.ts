import { meterRatesCell, readMeter } from '../../snapshot/kinds/meter.ts'
import { beginRates, readRates, type Tick, tickRates } from '../../snapshot/kinds/rates.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { Labels, MeterSeries, Rates } from '../../snapshot/snapshot.ts'
import type { Slot } from '../../snapshot/store.ts'
import type { Owner } from '../registry/owner.ts'
import { showAs } from '../registry/shown.ts'
import { type MetricSnapshot, snapshotOf } from './metric-snapshot.ts'

/**
 * How often something happens: a count, and rates over 1, 5 and 15 minutes. The rates are worked out from the count every 5
 * seconds, so they cost those who mark nothing, and are up to 5 seconds behind. Cells: 7.
 */
export class Meter {
  private cells: Float64Array
  private index: number
  private readonly owner: Owner

  /** Made by a registry, not by hand. */
  constructor(slot: Slot, owner: Owner) {
    this.cells = slot.cells
    this.index = slot.index
    this.owner = owner
    beginRates(this.cells, this.index + meterRatesCell, owner.clock.now() / 1000)
  }

  /**
   * Counts one event, or `n` of them: 0 or more, not necessarily whole. Anything else (negative, NaN, infinite, not a
   * number) counts nothing but under `plimsoll.rejected`. One store; reads no clock, allocates nothing.
   */
  mark(n?: number): void {
    if (n === undefined) (this.cells[this.index] as number) += 1
    else this.markMany(n)
  }

  /** How many events so far. */
  get value(): number {
    return this.cells[this.index] as number
  }

  /**
   * Events per second: since the beginning, and as exponentially weighted moving averages over 1, 5 and 15 minutes.
   * `undefined` before the first tick, up to 5 seconds after the beginning.
   */
  get rates(): Rates | undefined {
    return readRates(this.cells, this.index + meterRatesCell, this.value, this.owner.presentTime())
  }

  /** Count and rates as plain data. */
  snapshot(): MetricSnapshot<MeterSeries> {
    return snapshotOf(this, this.owner)
  }

  /** @internal */
  get slot(): Slot {
    return { cells: this.cells, index: this.index }
  }

  /** @internal */
  readSeries(labels: Labels, at: ReadTime): MeterSeries {
    return readMeter(labels, this.slot, at)
  }

  /** @internal */
  tick(time: Tick): void {
    tickRates(this.cells, this.index + meterRatesCell, this.cells[this.index] as number, time)
  }

  /** @internal */
  moveTo(slot: Slot): boolean {
    this.cells = slot.cells
    this.index = slot.index
    return true
  }

  private markMany(n: number): void {
    if (typeof n === 'number' && n >= 0 && n < Number.POSITIVE_INFINITY) (this.cells[this.index] as number) += n
    else this.owner.reject(n)
  }
}

showAs(Meter, (metric) => metric.snapshot())
