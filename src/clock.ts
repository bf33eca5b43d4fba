import { optionInvalid } from './errors.ts'

/** Where metrics take time from; a test passes its own. Both methods must be cheap: a timer calls `now` twice per run. */
export interface Clock {
  /** Monotonic milliseconds with a fraction; only differences mean anything. Never goes back. */
  now(): number
  /** Unix time in seconds with a fraction; may jump when the machine's clock is set. */
  unixTime(): number
}

/** Throws PLIMSOLL_OPTION_INVALID for what tells no time. */
export function checkClock(where: string, clock: unknown): void {
  const { now, unixTime } = (clock ?? {}) as Partial<Clock>
  if (typeof now === 'function' && typeof unixTime === 'function') return
  throw optionInvalid('clock', where, clock, 'a clock: an object with now() and unixTime()')
}

// Looked up once: `performance` is a getter of the global object, and takes a tenth of the time of a reading.
const { performance } = globalThis

/** The machine's clocks: `performance.now()` and `Date.now()`. */
export const systemClock: Clock = {
  now: () => performance.now(),
  unixTime: () => Date.now() / 1000,
}
