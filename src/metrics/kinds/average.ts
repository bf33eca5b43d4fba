import {
  averageCountCell,
  averageSumCell,
  makeMark,
  markCells,
  markCount,
  marksCell,
  markTimeCell,
  newestMark,
  readAverage,
} from '../../snapshot/kinds/average.ts'
import type { Tick } from '../../snapshot/kinds/rates.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { AverageSeries, Labels } from '../../snapshot/snapshot.ts'
import type { Slot } from '../../snapshot/store.ts'
import type { Owner } from '../registry/owner.ts'
import { showAs } from '../registry/shown.ts'
import { type MetricSnapshot, snapshotOf } from './metric-snapshot.ts'

/** Between two marks lies at least this part of the window: a little less than at ticks of 5 seconds and windows of 100. */
const minShare = 1 / 21

/**
 * The mean of values, since the beginning and, as declared, over the last `values` or `seconds`. The latter is computed from
 * marks that a tick makes every 5 seconds, or for long windows about 20 of them; it goes back to the first mark beyond the
 * window. Cells: 2; over values 4, over seconds 71.
 */
export class Average {
  protected cells: Float64Array
  protected index: number
  protected readonly owner: Owner
  /** Seconds of the window; 0 for none over time. */
  private readonly seconds: number
  /** First cell of the newest mark, counted from the first cell of the average. */
  private mark: number = marksCell

  /** Made by a registry, not by hand. */
  constructor(slot: Slot, owner: Owner) {
    this.cells = slot.cells
    this.index = slot.index
    this.owner = owner
    const { over } = owner.description
    this.seconds = over !== undefined && 'seconds' in over ? over.seconds : 0
    if (this.seconds > 0) makeMark(this.cells, this.index + this.mark, owner.clock.now() / 1000, 0, 0)
  }

  /**
   * Takes a finite number; NaN, infinities and non-numbers are counted under `plimsoll.rejected` and dropped. Two stores,
   * over values four; reads no clock, allocates nothing.
   */
  record(value: number): void {
    if (!Number.isFinite(value)) {
      this.owner.reject(value)
      return
    }
    const { cells, index } = this
    ;(cells[index + averageSumCell] as number) += value
    ;(cells[index + averageCountCell] as number) += 1
  }

  /** How many values there were since the beginning. */
  get count(): number {
    return this.cells[this.index + averageCountCell] as number
  }

  /** Their sum. */
  get sum(): number {
    return this.cells[this.index + averageSumCell] as number
  }

  /** The mean over the window, without one since the beginning; `undefined` where there are no values. */
  get value(): number | undefined {
    const { window, ...all } = this.snapshot()
    const { count, sum } = window ?? all
    return count > 0 ? sum / count : undefined
  }

  /** Count and sum, and those of the window, as plain data. */
  snapshot(): MetricSnapshot<AverageSeries> {
    return snapshotOf(this, this.owner)
  }

  /** @internal */
  get slot(): Slot {
    return { cells: this.cells, index: this.index }
  }

  /** @internal */
  readSeries(labels: Labels, at: ReadTime): AverageSeries {
    return readAverage(this.owner.description.over, labels, this.slot, at)
  }

  /** @internal */
  tick({ now }: Tick): void {
    const { cells, index, seconds } = this
    if (seconds === 0) return
    const newest = index + this.mark + markTimeCell
    if (now - (cells[newest] as number) < seconds * minShare) return
    this.mark = marksCell + ((this.mark - marksCell + markCells) % (markCount * markCells))
    makeMark(cells, index + this.mark, now, this.count, this.sum)
  }

  /** @internal */
  moveTo(slot: Slot): boolean {
    // They may be those of another average, or of a new one.
    if (this.seconds > 0) this.mark = newestMark(slot.cells, slot.index)
    this.cells = slot.cells
    this.index = slot.index
    return true
  }
}

showAs(Average, (metric) => metric.snapshot())
