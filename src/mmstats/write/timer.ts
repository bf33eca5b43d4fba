import { type Clock, systemClock } from '../../clock.ts'
import { checkOptions, clockLike } from '../../options.ts'
import { checkWindow, fillFloat64, LastValues, MeanField } from './average.ts'
import { type FieldOptions, type FieldType, fieldRules } from './field-type.ts'
import { type Memory, reject, turn } from './memory.ts'
import { numberField } from './number-types.ts'

/** The mean duration of the last runs, in seconds. */
export class RunTimer extends MeanField {
  /** Seconds of the latest run; 0 before the first. */
  last = 0
  private readonly runs: LastValues
  private readonly clock: Clock
  private startedAt: number | undefined

  /** Made by a model. */
  constructor(memory: Memory, at: number, size: number, clock: Clock) {
    super(memory, at)
    this.runs = new LastValues(size)
    this.clock = clock
  }

  /** Begins a run; one that was not stopped is forgotten. For runs that overlap use {@link time} or {@link record}. */
  start(): void {
    this.startedAt = this.clock.now()
  }

  /** Ends the run that was started and returns its seconds; 0, and nothing recorded, when none was. */
  stop(): number {
    const { memory, at } = this
    if (this.startedAt === undefined) return 0
    const seconds = (this.clock.now() - this.startedAt) / 1000
    this.startedAt = undefined
    turn(memory, at - 1, fillFloat64(memory, at, this.meanWith(seconds)))
    return seconds
  }

  /** Runs a function and records how long it took, until its promise is settled where it returns one; failed runs too. */
  time<Result>(run: () => Result): Result {
    const { memory, at, clock } = this
    const begin = clock.now()
    let result: Result | undefined
    try {
      result = run()
    } finally {
      if (!(result instanceof Promise)) {
        turn(memory, at - 1, fillFloat64(memory, at, this.meanWith((clock.now() - begin) / 1000)))
      }
    }
    if (!(result instanceof Promise)) return result
    return result.finally(() => {
      turn(memory, at - 1, fillFloat64(memory, at, this.meanWith((clock.now() - begin) / 1000)))
    }) as Result
  }

  /** Takes the seconds of a run that was measured elsewhere. Allocates nothing. */
  record(seconds: number): void {
    const { memory, at } = this
    turn(memory, at - 1, fillFloat64(memory, at, this.meanWith(seconds)))
  }

  /** The mean with one more run; for what is not a time the mean before, and it is counted as rejected. */
  private meanWith(seconds: number): number {
    if (!Number.isFinite(seconds)) {
      reject(this.memory)
      return this.value
    }
    this.last = seconds
    return this.runs.meanWith(seconds)
  }
}

/** Options of {@link timer}. */
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
  checkOptions('timer()', options, { ...fieldRules, clock: clockLike })
  const { clock = systemClock, ...fieldOptions } = options
  return numberField('d', fieldOptions, (memory, at) => new RunTimer(memory, at, size, clock))
}
