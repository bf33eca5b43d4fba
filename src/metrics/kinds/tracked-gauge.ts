import type { NumberType } from '../../snapshot/family-traits.ts'
import {
  beginSlice,
  newestSlice,
  sliceCells,
  sliceCount,
  sliceMaxCell,
  sliceMinCell,
  sliceSeconds,
  sliceStartCell,
} from '../../snapshot/kinds/extremes.ts'
import { extremesAt, setAtCell } from '../../snapshot/kinds/gauge.ts'
import type { Tick } from '../../snapshot/kinds/rates.ts'
import type { Slot } from '../../snapshot/store.ts'
import type { Owner } from '../registry/owner.ts'
import { Gauge } from './gauge.ts'

/** A slice that is this much short of its length is over: the next tick would come 5 seconds late. */
const leewaySeconds = 0.5

/** The condition that a finite number must also meet. */
const fitting: Readonly<Record<NumberType, ((value: number) => boolean) | undefined>> = {
  float: undefined,
  int: Number.isInteger,
  bool: (value) => value === 0 || value === 1,
}

/**
 * A gauge that checks its type, keeps the time at which it was set or its extremes, or does more with each value. A class of
 * its own, so that plain gauges pay for none of it: docs/adr/0012-classes-of-gauges.md.
 */
export class TrackedGauge extends Gauge {
  protected readonly fits: ((value: number) => boolean) | undefined
  private readonly isTimed: boolean
  /** First cell of the slice under way, counted from the first cell of the gauge; 0 for a gauge without extremes. */
  private slice: number

  /** Made by a registry, not by hand. */
  constructor(slot: Slot, owner: Owner) {
    super(slot, owner)
    const { type = 'float', aggregation, extremes } = owner.description
    this.fits = fitting[type]
    this.isTimed = aggregation === 'last'
    this.slice = extremes ? extremesAt(owner.description) : 0
    if (extremes) beginSlice(this.cells, this.index + this.slice, owner.clock.now() / 1000, undefined)
  }

  override get value(): number {
    return this.cells[this.index] as number
  }

  override set value(value: number | boolean) {
    this.inUse().keep(typeof value === 'boolean' ? Number(value) : value)
  }

  override set(value: number | boolean): void {
    this.inUse().keep(typeof value === 'boolean' ? Number(value) : value)
  }

  override add(amount: number): void {
    const gauge = this.inUse()
    gauge.keep(typeof amount === 'number' ? gauge.value + amount : amount)
  }

  override inc(amount = 1): void {
    const gauge = this.inUse()
    gauge.keep(typeof amount === 'number' ? gauge.value + amount : amount)
  }

  override dec(amount = 1): void {
    const gauge = this.inUse()
    gauge.keep(typeof amount === 'number' ? gauge.value - amount : amount)
  }

  /** @internal */
  override tick(time: Tick): void {
    if (this.slice > 0) this.tickSlices(time.now)
    super.tick(time)
  }

  /** @internal */
  override moveTo(slot: Slot): boolean {
    // They may be those of another gauge, or of a new one.
    if (this.slice > 0)
      this.slice = newestSlice(slot.cells, slot.index + extremesAt(this.owner.description)) - slot.index
    return super.moveTo(slot)
  }

  /** @internal The gauge that takes what this one is given: itself, unless its series may go. */
  inUse(): TrackedGauge {
    return this
  }

  /** @internal Takes a value as it is, where it is valid. */
  keep(value: number): void {
    if (!Number.isFinite(value) || (this.fits !== undefined && !this.fits(value))) {
      this.owner.reject(value)
      return
    }
    const { cells, index } = this
    if (this.slice > 0) {
      const at = index + this.slice
      if (value < (cells[at + sliceMinCell] as number)) cells[at + sliceMinCell] = value
      if (value > (cells[at + sliceMaxCell] as number)) cells[at + sliceMaxCell] = value
    }
    cells[index] = value
    if (this.isTimed) cells[index + setAtCell] = this.owner.clock.now() / 1000
  }

  /** Begins a new slice once the present one is over. */
  private tickSlices(now: number): void {
    const { cells, index } = this
    const first = index + extremesAt(this.owner.description)
    const at = index + this.slice
    if (now - (cells[at + sliceStartCell] as number) < sliceSeconds - leewaySeconds) return
    const next = (at - first + sliceCells) % (sliceCount * sliceCells)
    const wasSet = (cells[at + sliceMinCell] as number) <= (cells[at + sliceMaxCell] as number)
    beginSlice(cells, first + next, now, wasSet ? this.value : undefined)
    this.slice = first + next - index
  }
}
