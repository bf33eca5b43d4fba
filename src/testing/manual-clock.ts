import type { Clock } from '../clock.ts'
import { optionInvalid } from '../errors.ts'

/** Throws PLIMSOLL_OPTION_INVALID. */
function checkSeconds(where: string, seconds: unknown): void {
  if (!Number.isFinite(seconds)) throw optionInvalid('seconds', where, seconds, 'a finite number')
}

/** Time goes on: a clock that went back would be no monotonic one. Throws PLIMSOLL_OPTION_INVALID. */
export function checkPassing(seconds: unknown): void {
  if (Number.isFinite(seconds) && (seconds as number) >= 0) return
  throw optionInvalid('seconds', 'advance()', seconds, 'a finite number, 0 or more')
}

/** A clock for tests that only moves when it is advanced. */
export class ManualClock implements Clock {
  private monotonicMs = 1000
  private unixSeconds: number

  /** @param unixSeconds the first value of `unixTime`. Default: 1,700,000,000. */
  constructor(unixSeconds = 1_700_000_000) {
    checkSeconds('new ManualClock()', unixSeconds)
    this.unixSeconds = unixSeconds
  }

  now(): number {
    return this.monotonicMs
  }

  unixTime(): number {
    return this.unixSeconds
  }

  /** Lets so many seconds pass on both clocks, 0 or more. Throws PLIMSOLL_OPTION_INVALID for anything else. */
  advance(seconds: number): void {
    checkPassing(seconds)
    this.monotonicMs += seconds * 1000
    this.unixSeconds += seconds
  }

  /** Sets the wall clock, as an administrator or NTP does; the monotonic one does not notice. */
  setUnixTime(unixSeconds: number): void {
    checkSeconds('setUnixTime()', unixSeconds)
    this.unixSeconds = unixSeconds
  }
}
