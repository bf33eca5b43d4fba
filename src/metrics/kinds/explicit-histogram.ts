import { mean } from '../../snapshot/buckets/buckets.ts'
import { quantile } from '../../snapshot/buckets/quantile.ts'
import { explicitCountsCell, maxCell, minCell, sumCell } from '../../snapshot/kinds/cells.ts'
import { readHistogram } from '../../snapshot/kinds/histogram.ts'
import type { Tick } from '../../snapshot/kinds/rates.ts'
import { copiedCountsCell, countsIn, recentCells, recentWindows } from '../../snapshot/kinds/recent.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { DistributionSeries, Labels } from '../../snapshot/snapshot.ts'
import type { Part, Slot, Store } from '../../snapshot/store.ts'
import { listParts, movePart, type PartCells, withExemplar } from '../registry/extension-cells.ts'
import type { Owner } from '../registry/owner.ts'
import { type ExemplarLabels, type Exemplars, keepExemplar, moveExemplars } from './exemplars.ts'
import { type MetricSnapshot, snapshotOf } from './metric-snapshot.ts'
import { beginCopies, closeCopy, dueCopy, openCopy, shiftCopies } from './recent-copies.ts'

/** Up to here a walk along the bounds beats a binary search. */
const fewBounds = 16

/**
 * A distribution in buckets with given upper bounds, inclusive, and one more above them. Takes negative values too.
 * Cells: 3, and one for each bound, and one; once it has been in use, 20 and two for each bound and two besides, for recent
 * windows.
 */
export class ExplicitHistogram {
  private cells: Float64Array
  private index: number
  private readonly owner: Owner
  private readonly bounds: readonly number[]
  /** Heads of the copies for recent windows; `null` when there was no room. */
  private recent: Slot | null | undefined
  /** @internal */
  exemplars: Exemplars | undefined

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

  /**
   * Records a value as {@link record} does, and keeps `labels` (`{ trace_id: '4bf92f35' }`) as the exemplar of its bucket, in
   * the place of the one before, where the family was declared with `exemplars: true`. Names and values together have at
   * most 128 characters; others are counted under `plimsoll.rejected` and dropped, and the value counts all the same. Reads
   * the clock, allocates.
   */
  recordWithExemplar(value: number, labels: ExemplarLabels): void {
    this.record(value)
    keepExemplar(this.owner, this, value, labels)
  }

  /** How many values were recorded. Walks the buckets. */
  get count(): number {
    const { cells, bounds } = this
    const first = this.index + explicitCountsCell
    let count = 0
    for (let i = first; i <= first + bounds.length; i++) count += cells[i] as number
    return count
  }

  /** The sum of the values. */
  get sum(): number {
    return this.cells[this.index + sumCell] as number
  }

  /** Their mean; `undefined` before the first one. Walks the buckets. */
  get mean(): number | undefined {
    return mean(this.snapshot())
  }

  /** What the share `q` of them lies below; all as with {@link Timer.quantile}. */
  quantile(q: number): number | undefined {
    return quantile(this.snapshot(), q)
  }

  /** @internal */
  readSeries(labels: Labels, { end }: ReadTime): DistributionSeries {
    const { slot, bounds, exemplars } = this
    return readHistogram({ labels, ...slot, octaves: [], recent: this.recent ?? undefined, exemplars }, bounds, end)
  }

  /** @internal Makes copies for recent windows where they are due; gives the count. */
  tick(time: Tick): number {
    const { recent, bounds, count } = this
    if (recent === undefined || recent === null) {
      const begins = recent === undefined && count > 0 && this.owner.description.recent !== false
      if (begins) this.recent = beginCopies(this.owner, this.slot, bounds, time)
      return count
    }
    if (time.jump !== 0) shiftCopies(recent, bounds, time.jump)
    for (let window = 0; window < recentWindows.length; window++) {
      const due = dueCopy(recent, bounds, window, count, time.now)
      if (due !== -1) this.makeCopy(recent, due, count, time.now)
    }
    return count
  }

  /** All of it as plain data. Walks the buckets. */
  snapshot(): MetricSnapshot<DistributionSeries> {
    return snapshotOf(this, this.owner)
  }

  /** @internal */
  get slot(): Slot {
    return { cells: this.cells, index: this.index }
  }

  /** @internal A part without room stays where it is: the app goes on seeing it, readers outside do not. */
  moveTo(slot: Slot, store: Store): boolean {
    this.cells = slot.cells
    this.index = slot.index
    const { bounds, recent, exemplars } = this
    if (recent) this.recent = movePart({ recent: true }, recent, recentCells(bounds), slot, store)
    const all = exemplars === undefined || moveExemplars(exemplars, slot, store)
    return all && (!this.recent || store.holds(this.recent.cells))
  }

  /** @internal */
  parts(): Iterable<PartCells> {
    const { recent, exemplars, bounds } = this
    return listParts({ recent, exemplars }, bounds)
  }

  /** @internal */
  forgetParts(): void {
    this.recent = undefined
    this.exemplars = undefined
  }

  /** @internal The bucket. */
  rangeOf(value: number): number | undefined {
    if (!Number.isFinite(value)) return undefined
    const { bounds } = this
    const found = bounds.findIndex((bound) => value <= bound)
    return found === -1 ? bounds.length : found
  }

  /** @internal */
  partFor(part: Part): Slot | undefined {
    if (!('exemplar' in part)) return undefined
    this.exemplars = withExemplar(this.owner, this.slot, this.exemplars, part.exemplar)
    return this.exemplars?.get(part.exemplar)
  }

  private makeCopy(recent: Slot, copy: number, count: number, now: number): void {
    const { cells, bounds } = this
    const head = openCopy(recent, bounds, copy)
    const counts = countsIn({ cells: recent.cells, index: head + copiedCountsCell }, bounds.length + 1)
    const from = this.index + explicitCountsCell
    for (let i = 0; i <= bounds.length; i++) counts[i] = cells[from + i] as number
    closeCopy(recent, head, now, cells[this.index + sumCell] as number, count)
  }
}
