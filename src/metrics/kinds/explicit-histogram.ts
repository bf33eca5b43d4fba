import { explicitCountsCell, maxCell, minCell, sumCell } from '../../snapshot/kinds/cells.ts'
import { readHistogram } from '../../snapshot/kinds/histogram.ts'
import type { Parts } from '../../snapshot/kinds/parts.ts'
import type { Tick } from '../../snapshot/kinds/rates.ts'
import { copiedCountsCell, countsIn, recentCells, recentWindows } from '../../snapshot/kinds/recent.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { DistributionSeries, Labels } from '../../snapshot/snapshot.ts'
import type { Extension, Slot, Store } from '../../snapshot/store.ts'
import { type ExtensionCells, listExtensions, moveExtension, withExemplar } from '../registry/extension-cells.ts'
import type { Owner } from '../registry/owner.ts'
import { showAs } from '../registry/shown.ts'
import { moveExemplars } from './exemplars.ts'
import { Histogram } from './histogram.ts'
import { beginCopies, closeCopy, dueCopy, openCopy } from './recent-copies.ts'

/** Up to here a walk along the bounds beats a binary search. */
const fewBounds = 16

/**
 * A distribution in buckets with given upper bounds, inclusive, and one more above them. Takes negative values too.
 * Cells: 3, and one for each bound, and one; once it has been in use, 20, two for each bound and two more, for recent
 * windows.
 */
export class ExplicitHistogram extends Histogram {
  /** The bounds. V8 has several kinds of arrays of numbers; a search that only ever meets one kind takes less time. */
  declare private readonly uppers: Float64Array

  /** @internal */
  constructor(slot: Slot, owner: Owner, uppers: Float64Array) {
    super(slot, owner)
    this.uppers = uppers
  }

  /** Records any finite number; NaN, infinities and non-numbers are counted under `plimsoll.rejected` and dropped. */
  override record(value: number): void {
    if (!Number.isFinite(value)) {
      this.owner.reject(value)
      return
    }
    const { cells, index, uppers } = this
    ;(cells[index + sumCell] as number) += value
    if (value < (cells[index + minCell] as number)) cells[index + minCell] = value
    if (value > (cells[index + maxCell] as number)) cells[index + maxCell] = value
    let low = 0
    let high = uppers.length
    while (high - low > fewBounds) {
      const middle = (low + high) >>> 1
      if (value <= (uppers[middle] as number)) high = middle
      else low = middle + 1
    }
    while (low < high && value > (uppers[low] as number)) low++
    ;(cells[index + explicitCountsCell + low] as number) += 1
  }

  /** How many values were recorded. Walks the buckets. */
  override get count(): number {
    const { cells, bounds } = this
    const first = this.index + explicitCountsCell
    let count = 0
    for (let i = first; i <= first + bounds.length; i++) count += cells[i] as number
    return count
  }

  /** @internal */
  override readSeries(labels: Labels, at: ReadTime, parts: Parts): DistributionSeries {
    const { slot, bounds, exemplars } = this
    const cells = { labels, ...slot, octaves: [], recent: this.recent ?? undefined, exemplars }
    return readHistogram(cells, bounds, at, parts)
  }

  /** @internal Makes copies for recent windows where they are due; returns the count. */
  override tick(time: Tick): number {
    const { recent, bounds, count } = this
    if (recent === undefined || recent === null) {
      const begins = recent === undefined && count > 0 && this.owner.description.recent !== false
      if (begins) this.recent = beginCopies(this.owner, this.slot, bounds, time)
      return count
    }
    for (let window = 0; window < recentWindows.length; window++) {
      const due = dueCopy(recent, bounds, window, count, time.now)
      if (due !== -1) this.makeCopy(recent, due, count, time.now)
    }
    return count
  }

  /** @internal Extension cells without room stay where they are: the app still sees them, readers outside do not. */
  override moveTo(slot: Slot, store: Store): boolean {
    this.cells = slot.cells
    this.index = slot.index
    const { bounds, recent, exemplars } = this
    if (recent) this.recent = moveExtension({ recent: true }, recent, recentCells(bounds), slot, store)
    const all = exemplars === undefined || moveExemplars(exemplars, slot, store)
    return all && (!this.recent || store.holds(this.recent.cells))
  }

  /** @internal */
  override extensions(): Iterable<ExtensionCells> {
    const { recent, exemplars, bounds } = this
    return listExtensions({ recent, exemplars }, bounds)
  }

  /** @internal The bucket. */
  override rangeOf(value: number): number | undefined {
    if (!Number.isFinite(value)) return undefined
    const { bounds } = this
    const found = bounds.findIndex((bound) => value <= bound)
    return found === -1 ? bounds.length : found
  }

  /** @internal */
  override extensionFor(extension: Extension): Slot | undefined {
    if (!('exemplar' in extension)) return undefined
    this.exemplars = withExemplar(this.owner, this.slot, this.exemplars, extension.exemplar)
    return this.exemplars?.get(extension.exemplar)
  }

  private get bounds(): readonly number[] {
    return this.owner.description.bounds as readonly number[]
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

showAs(ExplicitHistogram, (metric) => metric.snapshot())

ExplicitHistogram.prototype.observe = ExplicitHistogram.prototype.record
