// For apps that do not include this library themselves: the type of a stopwatch needs it.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Clock } from '../../clock.ts'

/** What a stopwatch needs of its timer. */
export interface TimesRuns {
  /** Returns the histogram that the duration is to be recorded into, if any. */
  accept(seconds: number): { record(seconds: number): void } | undefined
}

/** One run of a timer. Records at most once. */
export class Stopwatch implements Disposable {
  private readonly timer: TimesRuns
  private readonly clock: Clock
  private readonly begun: number
  private seconds: number | undefined

  /** Made by {@link Timer.start}. */
  constructor(timer: TimesRuns, clock: Clock) {
    this.timer = timer
    this.clock = clock
    this.begun = clock.now()
  }

  /** Seconds since the start, or between start and stop. */
  get elapsed(): number {
    return this.seconds ?? (this.clock.now() - this.begun) / 1000
  }

  /** Records the elapsed seconds and returns them; a second call, or one after {@link discard}, records nothing more. */
  stop(): number {
    const { seconds } = this
    if (seconds !== undefined) return seconds
    const elapsed = (this.clock.now() - this.begun) / 1000
    this.seconds = elapsed
    this.timer.accept(elapsed)?.record(elapsed)
    return elapsed
  }

  /** Ends the run without recording it, also at the end of a block that uses it; returns the elapsed seconds. */
  discard(): number {
    this.seconds = this.elapsed
    return this.seconds
  }

  /** The same as {@link stop}, for `using`. */
  declare [Symbol.dispose]: () => void

  static {
    Stopwatch.prototype[Symbol.dispose] = Stopwatch.prototype.stop
  }
}
