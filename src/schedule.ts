import { setTimeout as wait } from 'node:timers/promises'
import { type Clock, systemClock } from './clock.ts'

/** When the beats of an interval are. */
interface Beats {
  /** Milliseconds from one beat to the next. */
  readonly intervalMs: number
  /** Milliseconds until the first beat. @default `intervalMs` */
  readonly firstMs?: number
  /** Whether beats are at whole multiples of the interval in Unix time, the same in all processes. @default false */
  readonly aligned?: boolean
  /**
   * Beats are later by a part of this many milliseconds, chosen once, so that many processes do not beat together.
   * @default 0
   */
  readonly jitterMs?: number
  readonly clock?: Clock
}

/** How work is repeated. */
export interface ScheduleOptions extends Beats {
  /**
   * Called when what is wrong changes: with the error when a run fails that did not before, or fails with another code;
   * with `undefined` when a run succeeds again. Not called for each run, and must not throw.
   */
  readonly onChange: (error: unknown) => void
}

type Work = () => PromiseLike<void> | void

/** Timers may fire this much early; that is the beat they were set for, not the time before it. */
const earlyMs = 2

// Looked up once, as in src/clock.ts.
const { performance } = globalThis

/**
 * When the first beat of an interval is to be, in milliseconds, so that all that repeats in a thread wakes its process at the
 * same times; not in the first half of the interval.
 */
export function sharedFirstMs(intervalMs: number): number {
  const left = intervalMs - (performance.now() % intervalMs)
  return left < intervalMs / 2 ? left + intervalMs : left
}

/** Milliseconds until the next beat. Beats that have passed are left out, so a pause is not made up for. */
function beatTimer(beats: Beats): () => number {
  const { intervalMs, firstMs = intervalMs, aligned = false, jitterMs = 0, clock = systemClock } = beats
  const now = aligned ? () => clock.unixTime() * 1000 : () => clock.now()
  const jitter = jitterMs === 0 ? 0 : Math.random() * jitterMs
  const firstAt = (aligned ? 0 : now() + Math.max(firstMs, earlyMs + 1)) + jitter
  return () => {
    const passed = now() - firstAt + earlyMs
    return earlyMs - passed + (passed < 0 ? 0 : intervalMs * (1 + Math.floor(passed / intervalMs)))
  }
}

/**
 * Runs work at each beat of an interval until it is stopped, without keeping the process alive. A run that is not over at
 * the next beat goes on, and that beat is left out. Errors never leave it: `onChange` takes them, once for each change.
 */
export class Schedule {
  readonly #work: Work
  readonly #onChange: (error: unknown) => void
  readonly #untilBeat: () => number
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #isOpen = true
  /** The code of what is wrong; `undefined` while nothing is. */
  #known: unknown

  constructor(work: Work, options: ScheduleOptions) {
    this.#work = work
    this.#onChange = options.onChange
    this.#untilBeat = beatTimer(options)
    this.#await()
  }

  /** Runs the work now, or after the run under way. Returns a promise of its end; `undefined` where it has ended already. */
  run(): Promise<void> | undefined {
    if (this.#running !== undefined) return this.#running.then(() => this.run())
    try {
      const given = this.#work()
      if (typeof given?.then !== 'function') {
        this.#note(undefined)
        return undefined
      }
      this.#running = Promise.resolve(given).then(
        () => this.#end(undefined),
        (error: unknown) => this.#end(error ?? 'unknown'),
      )
    } catch (error) {
      this.#note(error ?? 'unknown')
    }
    return this.#running
  }

  /** Ends the repetition. Returns a promise of the end of the run under way; `undefined` where none is. */
  stop(): Promise<void> | undefined {
    this.#isOpen = false
    clearTimeout(this.#timer)
    return this.#running
  }

  #await(): void {
    this.#timer = setTimeout(() => {
      try {
        if (this.#running === undefined) void this.run()
      } finally {
        if (this.#isOpen) this.#await()
      }
    }, this.#untilBeat()).unref()
  }

  #end(error: unknown): void {
    this.#running = undefined
    this.#note(error)
  }

  #note(error: unknown): void {
    const code = error === undefined ? undefined : ((error as { readonly code?: unknown }).code ?? String(error))
    if (code === this.#known) return
    this.#known = code
    this.#onChange(error)
  }
}

/** The beats of an interval as a loop, which keeps the process alive and ends when `signal` is aborted. */
export async function* beats(options: Beats, signal: AbortSignal): AsyncGenerator<void> {
  const untilBeat = beatTimer(options)
  while (!signal.aborted) {
    // An abort in the middle of the wait is what the signal is for.
    await wait(untilBeat(), undefined, { signal }).catch(() => {})
    if (!signal.aborted) yield
  }
}
