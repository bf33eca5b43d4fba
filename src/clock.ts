/** Where metrics take time from; a test passes its own. Both methods must be cheap: a timer calls `now` twice per run. */
export interface Clock {
  /** Monotonic milliseconds with a fraction, above 0; only differences mean anything. Never goes back. */
  now(): number
  /** Unix time in seconds with a fraction; may jump when the machine's clock is set. */
  unixTime(): number
}

// Looked up once: `performance` is a getter of the global object, and takes a tenth of the time of a reading.
const { performance } = globalThis

const [seconds, nanoseconds] = process.hrtime()
/** Added to what counts from the beginning of this thread, it is the time that all processes of the machine share. */
const origin = seconds * 1000 + nanoseconds / 1e6 - performance.now()

/**
 * The machine's clocks: `Date.now()`, and milliseconds since its start without those in which it was suspended
 * (CLOCK_MONOTONIC), which nobody sets.
 */
export const systemClock: Clock = {
  now: () => origin + performance.now(),
  unixTime: () => Date.now() / 1000,
}
