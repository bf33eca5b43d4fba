import type { Clock } from '../../clock.ts'
import { quantile } from '../../snapshot/buckets/quantile.ts'
import { allParts, type Parts } from '../../snapshot/kinds/parts.ts'
import { beginRates, readRates, type Tick, tickedCountCell, tickRates } from '../../snapshot/kinds/rates.ts'
import { lastCell, readTimer, timerRatesCell } from '../../snapshot/kinds/timer.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { DistributionSeries, Labels, Rates } from '../../snapshot/snapshot.ts'
import type { Extension, Slot, Store } from '../../snapshot/store.ts'
import type { ExtensionCells } from '../registry/extension-cells.ts'
import type { Owner } from '../registry/owner.ts'
import { showAs } from '../registry/shown.ts'
import { type ExemplarLabels, keepExemplar } from './exemplars.ts'
import type { Histogram } from './histogram.ts'
import { type MetricSnapshot, snapshotOf } from './metric-snapshot.ts'
import { type SlowLog, SlowRuns } from './slow-runs.ts'
import { Stopwatch } from './stopwatch.ts'
import { isThenable } from './thenable.ts'

/**
 * How long things take, and how often: a histogram of seconds, the last one, and rates like those of a meter. Cells: 7 more
 * than the histogram.
 */
export class Timer {
  private readonly histogram: Histogram
  private readonly owner: Owner
  private readonly clock: Clock
  /** Where the timer's own cells begin, counted from the first of the histogram. */
  private readonly offset: number
  private cells: Float64Array
  private index: number
  /** Longer durations are checked: for invalid ones, and for slow runs where a callback is set. */
  private longest: number = Number.MAX_VALUE
  private slowRuns: SlowRuns | undefined

  /** Made by a registry, not by hand. */
  constructor(histogram: Histogram, owner: Owner, offset: number) {
    const { cells, index } = histogram.slot
    this.histogram = histogram
    this.owner = owner
    this.clock = owner.clock
    this.offset = offset
    this.cells = cells
    this.index = index + offset
    beginRates(cells, this.index + timerRatesCell, owner.clock.now() / 1000)
  }

  /**
   * Records a duration in seconds that was measured elsewhere. Negative, NaN, infinite and non-numbers are counted under
   * `plimsoll.rejected` and dropped, whatever the buckets.
   */
  record(seconds: number): void {
    this.accept(seconds)?.record(seconds)
  }

  /** The same as {@link record}, by the name that prom-client has for it. */
  declare observe: (seconds: number) => void

  /**
   * Records a duration as {@link record} does, with an exemplar as {@link Histogram.recordWithExemplar} keeps it:
   * `timer.recordWithExemplar(seconds, { trace_id })`. Reads the clock, allocates.
   */
  recordWithExemplar(seconds: number, labels: ExemplarLabels): void {
    const histogram = this.accept(seconds)
    if (histogram === undefined) return
    histogram.record(seconds)
    keepExemplar(this.owner, histogram, seconds, labels)
  }

  /**
   * Runs `fn` and records how long it took, also when it throws. When it returns a promise, the time until that is
   * settled is recorded, and the promise that follows on it is returned, so that a rejection nobody handles stays
   * visible; what else can be waited for, such as a query that is being built, becomes a promise. Two clock reads; for
   * synchronous functions nothing is allocated but the numbers that V8 boxes, 32 to 48 bytes.
   */
  time<T>(fn: () => T): T {
    const begun = this.clock.now()
    let result: T
    try {
      result = fn()
    } catch (error) {
      const seconds = (this.clock.now() - begun) / 1000
      this.accept(seconds)?.record(seconds)
      throw error
    }
    if (isThenable(result)) return this.recordWhenSettled(result, begun) as T
    const seconds = (this.clock.now() - begun) / 1000
    this.accept(seconds)?.record(seconds)
    return result
  }

  /**
   * Begins to measure: `const stopwatch = timer.start()`, then `stopwatch.stop()` records. `using _ = timer.start()` records
   * at the end of the block, however that is left.
   */
  start(): Stopwatch {
    return new Stopwatch(this, this.clock)
  }

  /**
   * As {@link start}, by the name and in the form that prom-client has for it: `const end = timer.startTimer()`, then
   * `end()`.
   */
  startTimer(): () => number {
    const stopwatch = this.start()
    return () => stopwatch.stop()
  }

  /**
   * Calls `log` when one run is slower than the quantile `q` of all that were recorded, for example the slowest of a
   * hundred: `timer.warnAbove(0.99, (seconds, threshold) => console.warn('slow', seconds))`. The threshold is worked out
   * every 5 seconds, so the first calls come once there was a tick after 100 values, and for `q` above 0.99 after
   * 1 / (1 - q). With exponential buckets it is the upper end of the bucket of the quantile, up to 2.2 % above it; else
   * a bucket in which many values lie would have all of them called slow.
   *
   * Where `log` throws, or rejects, that is counted under `plimsoll.failed` and goes nowhere else. Runs that `log`
   * records itself do not call it. A timer that nobody wants warnings of pays nothing for this.
   *
   * @param q above 0 and below 1; anything else throws PLIMSOLL_OPTION_INVALID, and so does a `log` that is not a function.
   * @returns a function that ends it.
   */
  warnAbove(q: number, log: SlowLog): () => void {
    this.slowRuns ??= new SlowRuns(this.owner)
    const stop = this.slowRuns.add(q, log)
    this.refreshThresholds()
    return () => {
      stop()
      this.refreshThresholds()
    }
  }

  /** How many durations were recorded. Walks the buckets. */
  get count(): number {
    return this.histogram.count
  }

  /** The sum of all durations in seconds. */
  get sum(): number {
    return this.histogram.sum
  }

  /** Mean duration in seconds; `undefined` before the first one. Walks the buckets. */
  get mean(): number | undefined {
    const { count, sum } = this
    return count > 0 ? sum / count : undefined
  }

  /** The duration recorded last, in seconds; `undefined` before the first one. Walks the buckets. */
  get last(): number | undefined {
    return this.count > 0 ? this.cells[this.index + lastCell] : undefined
  }

  /**
   * Runs per second: since the beginning, and as exponentially weighted moving averages over 1, 5 and 15 minutes.
   * `undefined` before the first tick, up to 5 seconds after the beginning. Walks the buckets.
   */
  get rates(): Rates | undefined {
    return readRates(this.cells, this.index + timerRatesCell, this.count, this.owner.presentTime())
  }

  /**
   * The duration in seconds below which the share `q` of all lies, as {@link quantile} of `plimsoll/snapshot` computes it;
   * `undefined` before the first one. Walks the buckets.
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

  /** @internal Notes a duration and returns what is to record it; `undefined` when it was rejected. */
  accept(seconds: number): Histogram | undefined {
    const isUsual = typeof seconds === 'number' && seconds >= 0 && seconds <= this.longest
    if (!isUsual && !this.acceptsUnusual(seconds)) return undefined
    this.cells[this.index + lastCell] = seconds
    return this.histogram
  }

  /** @internal */
  readSeries(labels: Labels, at: ReadTime, parts: Parts): DistributionSeries {
    return readTimer(this.histogram.readSeries(labels, at, parts), this.cells, this.index, at)
  }

  /** @internal */
  tick(time: Tick): void {
    const { cells } = this
    const rates = this.index + timerRatesCell
    const count = this.histogram.tick(time)
    const isUsed = count !== cells[rates + tickedCountCell]
    tickRates(cells, rates, count, time)
    if (isUsed) this.refreshThresholds()
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

  /** @internal */
  extensions(): Iterable<ExtensionCells> {
    return this.histogram.extensions()
  }

  /** @internal */
  forgetExtensions(): void {
    this.histogram.forgetExtensions()
  }

  /** @internal */
  extensionFor(extension: Extension): Slot | undefined {
    return this.histogram.extensionFor(extension)
  }

  /** Rejects invalid durations; reports slow ones. */
  private acceptsUnusual(seconds: number): boolean {
    if (typeof seconds === 'number' && seconds >= 0 && seconds < Number.POSITIVE_INFINITY) {
      this.slowRuns?.tell(seconds)
      return true
    }
    this.owner.reject(seconds)
    return false
  }

  private refreshThresholds(): void {
    if (this.slowRuns === undefined) return
    this.slowRuns.refresh(this.readSeries({}, this.owner.presentTime(), allParts))
    this.longest = this.slowRuns.least
  }

  private recordWhenSettled<V>(result: PromiseLike<V>, begun: number): Promise<V> {
    // A thenable that is not a promise may return nothing from `then`, or call a callback twice.
    const promise = result instanceof Promise ? result : Promise.resolve(result)
    return promise.then(
      (value) => {
        const seconds = (this.clock.now() - begun) / 1000
        this.accept(seconds)?.record(seconds)
        return value
      },
      (reason) => {
        const seconds = (this.clock.now() - begun) / 1000
        this.accept(seconds)?.record(seconds)
        throw reason
      },
    )
  }
}

showAs(Timer, (metric) => metric.snapshot())

Timer.prototype.observe = Timer.prototype.record
