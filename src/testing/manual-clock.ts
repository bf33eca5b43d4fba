import type { Clock } from '../clock.ts'
import { optionInvalid } from '../errors.ts'

/** Throws PLIMSOLL_OPTION_INVALID. */
export function checkSeconds(where: string, seconds: unknown): void {
  if (!Number.isFinite(seconds)) throw optionInvalid('seconds', where, seconds, 'a finite number')
}

/** A clock for tests: stands still until it is told to go on. */
export class ManualClock implements Clock {
  private monotonicMs = 0
  private unixSeconds: number

  /** @param unixSeconds what `unixTime` says at first. Default: 1,700,000,000. */
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

  /** Lets time pass on both clocks. Throws PLIMSOLL_OPTION_INVALID for what is no finite number. */
  advance(seconds: number): void {
    checkSeconds('advance()', seconds)
    this.monotonicMs += seconds * 1000
    this.unixSeconds += seconds
  }

  /** Sets the wall clock, as an administrator or NTP does; the monotonic one does not notice. */
  setUnixTime(unixSeconds: number): void {
    checkSeconds('setUnixTime()', unixSeconds)
    this.unixSeconds = unixSeconds
  }
}
