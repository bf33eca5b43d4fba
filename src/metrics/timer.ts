// For apps that do not ask for this library themselves: the type of a stopwatch needs it.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Clock } from '../clock.ts'
import type { ReadTime } from '../snapshot/kinds.ts'
import { beginRates, type Tick, tickRates } from '../snapshot/rates.ts'
import type { DistributionSeries, Labels } from '../snapshot/snapshot.ts'
import type { Slot, Store } from '../snapshot/store.ts'
import { lastCell, readTimer, timerRatesCell } from '../snapshot/timer.ts'
import type { Histogram } from './histogram.ts'
import type { Owner } from './owner.ts'

/** How long things take, and how often: a histogram of seconds with the rates of a meter. Cells: 7 more than the histogram. */
export class Timer {
  private readonly histogram: Histogram
  private readonly clock: Clock
  /** Where the timer's own cells begin, counted from the first of the histogram. */
  private readonly offset: number
  private cells: Float64Array
  private index: number

  /** Made by a registry, not by hand. */
  constructor(histogram: Histogram, owner: Owner, offset: number) {
    const { cells, index } = histogram.slot
    this.histogram = histogram
    this.clock = owner.clock
    this.offset = offset
    this.cells = cells
    this.index = index + offset
    beginRates(cells, this.index + timerRatesCell, owner.clock.unixTime())
  }

  /**
   * Records a duration in seconds that was measured elsewhere. Negative, NaN, infinite and non-numbers are counted under
   * `plimsoll.rejected` and dropped, whatever the buckets.
   */
  record(seconds: number): void {
    if (typeof seconds === 'number' && seconds >= 0 && seconds < Number.POSITIVE_INFINITY) {
      this.cells[this.index + lastCell] = seconds
      this.histogram.record(seconds)
    } else {
      // Explicit buckets would take what is below 0.
      this.histogram.record(Number.NaN)
    }
  }

  /**
   * Runs `fn` and records how long it took, also when it throws. When it returns a promise, the time until that is
   * settled is recorded, and the promise that follows on it is returned, so that a rejection nobody handles stays
   * visible. Two clock reads; for synchronous functions nothing is allocated but the numbers that V8 boxes, 32 to 48 bytes.
   */
  time<T>(fn: () => T): T {
    const begun = this.clock.now()
    let result: T
    try {
      result = fn()
    } catch (error) {
      this.record((this.clock.now() - begun) / 1000)
      throw error
    }
    if (isThenable(result)) return this.recordWhenSettled(result, begun) as T
    this.record((this.clock.now() - begun) / 1000)
    return result
  }

  /**
   * Begins to measure: `const stopwatch = timer.start()`, then `stopwatch.stop()` records. `using _ = timer.start()` records
   * at the end of the block, however that is left.
   */
  start(): Stopwatch {
    return new Stopwatch(this, this.clock)
  }

  /** How many durations were recorded. Walks the buckets. */
  get count(): number {
    return this.histogram.count
  }

  /** The sum of all durations in seconds. */
  get sum(): number {
    return this.histogram.sum
  }

  /** @internal */
  readSeries(labels: Labels, at: ReadTime): DistributionSeries {
    return readTimer(this.histogram.readSeries(labels, at), this.cells, this.index, at)
  }

  /** @internal */
  tick(time: Tick): void {
    tickRates(this.cells, this.index + timerRatesCell, this.histogram.count, time)
  }

  /** @internal */
  get slot(): Slot {
    return this.histogram.slot
  }

  /** @internal */
  moveTo(slot: Slot, store: Store): boolean {
    this.cells = slot.cells
    this.index = slot.index + this.offset
    return this.histogram.moveTo(slot, store)
  }

  private recordSince(begun: number): void {
    this.record((this.clock.now() - begun) / 1000)
  }

  private recordWhenSettled<V>(promise: PromiseLike<V>, begun: number): PromiseLike<V> {
    return promise.then(
      (value) => {
        this.recordSince(begun)
        return value
      },
      (reason) => {
        this.recordSince(begun)
        throw reason
      },
    )
  }
}

/** One run of a timer. Records at most once. */
export class Stopwatch implements Disposable {
  private readonly timer: Timer
  private readonly clock: Clock
  private readonly begun: number
  private seconds: number | undefined

  /** Made by {@link Timer.start}. */
  constructor(timer: Timer, clock: Clock) {
    this.timer = timer
    this.clock = clock
    this.begun = clock.now()
  }

  /** Seconds since the start, or between start and stop. */
  get elapsed(): number {
    return this.seconds ?? (this.clock.now() - this.begun) / 1000
  }

  /** Records the elapsed seconds and returns them; a second call records nothing more. */
  stop(): number {
    if (this.seconds === undefined) {
      this.seconds = this.elapsed
      this.timer.record(this.seconds)
    }
    return this.seconds
  }

  /** The same as {@link stop}, for `using`. */
  [Symbol.dispose](): void {
    this.stop()
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
