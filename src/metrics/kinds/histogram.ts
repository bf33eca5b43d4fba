import { mean } from '../../snapshot/buckets/buckets.ts'
import { quantile } from '../../snapshot/buckets/quantile.ts'
import { maxCell, minCell, sumCell } from '../../snapshot/kinds/cells.ts'
import type { Parts } from '../../snapshot/kinds/parts.ts'
import type { Tick } from '../../snapshot/kinds/rates.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { DistributionSeries, Labels } from '../../snapshot/snapshot.ts'
import type { Extension, Slot, Store } from '../../snapshot/store.ts'
import type { ExtensionCells } from '../registry/extension-cells.ts'
import type { Owner } from '../registry/owner.ts'
import { type ExemplarLabels, type Exemplars, keepExemplar } from './exemplars.ts'
import { type MetricSnapshot, snapshotOf } from './metric-snapshot.ts'

/**
 * How values are spread: sizes, lengths, amounts; for durations use a timer. With exponential buckets, 32 for each power of
 * two, quantiles are within 1.1 % of the true value over the whole range of numbers; with the option `buckets`, values lie
 * between the bounds given, upper bounds inclusive, and may be negative.
 */
export abstract class Histogram {
  // Declared only, here and in the classes below, as V8 compiles constructors of derived classes that define fields to calls:
  // making one took 20 ns instead of 8.
  declare protected cells: Float64Array
  declare protected index: number
  declare protected readonly owner: Owner
  /** Heads of the copies for recent windows; `null` when there was no room for them. */
  declare protected recent: Slot | null | undefined
  /** @internal */
  declare exemplars: Exemplars | undefined

  /** @internal */
  constructor(slot: Slot, owner: Owner) {
    this.cells = slot.cells
    this.index = slot.index
    this.owner = owner
    this.recent = undefined
    this.exemplars = undefined
    this.cells[this.index + minCell] = Number.POSITIVE_INFINITY
    this.cells[this.index + maxCell] = Number.NEGATIVE_INFINITY
  }

  /**
   * Records a finite number: with exponential buckets 0 or more, where less than 2.2e-308 counts as zero. Anything else is
   * dropped, and counted by `plimsoll.rejected`. A few stores; allocates nothing but for the first value of a power of two.
   */
  abstract record(value: number): void

  /** The same as {@link record}, by the name that prom-client has for it. */
  declare observe: (value: number) => void

  /**
   * Records a value as {@link record} does, and keeps `labels` (`{ trace_id: '4bf92f35' }`) as the exemplar of its bucket, or
   * power of two, in place of the one before, where the metric was declared with `exemplars: true`. Names and values together
   * have at most 128 characters; others are dropped and counted by `plimsoll.rejected`, and the value is recorded all the same.
   * Reads the clock, allocates.
   */
  recordWithExemplar(value: number, labels: ExemplarLabels): void {
    this.record(value)
    keepExemplar(this.owner, this, value, labels)
  }

  /** How many values were recorded. Walks the buckets. */
  abstract get count(): number

  /** The sum of the values. */
  get sum(): number {
    return this.cells[this.index + sumCell] as number
  }

  /** Their mean; `undefined` before the first one. Walks the buckets. */
  get mean(): number | undefined {
    return mean(this.snapshot())
  }

  /**
   * The value below which the share `q` of all values lies; `undefined` before the first one. Walks the buckets.
   *
   * @param q 0 to 1; anything else throws PLIMSOLL_OPTION_INVALID.
   */
  quantile(q: number): number | undefined {
    return quantile(this.snapshot(), q)
  }

  /** All of it as plain data. Walks the buckets. */
  snapshot(): MetricSnapshot<DistributionSeries> {
    return snapshotOf(this, this.owner)
  }

  /** @internal */
  get slot(): Slot {
    return { cells: this.cells, index: this.index }
  }

  /** @internal */
  abstract readSeries(labels: Labels, at: ReadTime, parts: Parts): DistributionSeries
  /** @internal Makes copies for recent windows where they are due; returns the count. */
  abstract tick(time: Tick): number
  /** @internal Extension cells without room stay where they are: the app still sees them, readers outside do not. */
  abstract moveTo(slot: Slot, store: Store): boolean
  /** @internal */
  abstract extensions(): Iterable<ExtensionCells>
  /** @internal */
  abstract extensionFor(extension: Extension): Slot | undefined
  /** @internal The bucket, or the power of two; `undefined` for what is not recorded. */
  abstract rangeOf(value: number): number | undefined

  /** @internal */
  forgetExtensions(): void {
    this.recent = undefined
    this.exemplars = undefined
  }
}
