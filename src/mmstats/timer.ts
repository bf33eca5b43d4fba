import { type Clock, checkClock, systemClock } from '../clock.ts'
import { checkWindow, MovingAverage } from './average.ts'
import { type FieldOptions, type FieldType, labelOf } from './field-type.ts'
import type { Memory } from './memory.ts'

/** The mean duration of the last runs, in seconds. */
export class RunTimer {
  /** Seconds of the latest run; 0 before the first. */
  last = 0
  private readonly runs: MovingAverage
  private readonly clock: Clock
  private startedAt: number | undefined

  /** Made by a model. */
  constructor(memory: Memory, at: number, size: number, clock: Clock) {
    this.runs = new MovingAverage(memory, at, size)
    this.clock = clock
  }

  /** Begins a run; one that was not stopped is forgotten. For runs side by side take {@link time} or {@link record}. */
  start(): void {
    this.startedAt = this.clock.now()
  }

  /** Ends the run that was started and gives its seconds; 0, and nothing recorded, when none was. */
  stop(): number {
    if (this.startedAt === undefined) return 0
    const seconds = (this.clock.now() - this.startedAt) / 1000
    this.startedAt = undefined
    this.record(seconds)
    return seconds
  }

  /** Runs a function and records how long it took, until its promise is settled where it gives one; failed runs too. */
  time<Result>(run: () => Result): Result {
    const begin = this.clock.now()
    const end = (): void => this.record((this.clock.now() - begin) / 1000)
    let result: Result
    try {
      result = run()
    } catch (error) {
      end()
      throw error
    }
    if (!(result instanceof Promise)) {
      end()
      return result
    }
    return result.finally(end) as Result
  }

  /** Takes the seconds of a run that was measured elsewhere. Allocates nothing. */
  record(seconds: number): void {
    if (Number.isFinite(seconds)) this.last = seconds
    this.runs.add(seconds)
  }

  /** Mean seconds of the last runs; 0 before the first. */
  get value(): number {
    return this.runs.value
  }
}

/** What a timer may be told. */
export interface RunTimerOptions extends FieldOptions {
  /** Default: the machine's clock. */
  readonly clock?: Clock
}

/**
 * The mean seconds of the last `size` runs, 1 to 1,000,000; the old library's TimerField.
 * Throws PLIMSOLL_OPTION_INVALID.
 */
export function timer(size = 100, options: RunTimerOptions = {}): FieldType<RunTimer> {
  checkWindow(size, 'timer()')
  const label = labelOf(options)
  const { clock = systemClock } = options
  checkClock('timer()', clock)
  const open = (memory: Memory, at: number): RunTimer => new RunTimer(memory, at, size, clock)
  return { signature: 'd', itemBytes: 8, buffered: true, label, open }
}
