import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import { systemClock } from '../clock.ts'
import { Schedule, sharedFirstMs } from '../schedule.ts'

/** What the event loop of the thread did since the samples before. */
export interface Interval {
  /** Share of the time in which it was busy. */
  readonly share: number
  /** By how much it was late for the last second. */
  readonly lateMs: number
  /** Whether it has been idle for so long that all of its measures were taken since. */
  readonly isQuiet: boolean
}

/** Takes measures; without an interval when it starts and when the process ends. */
export type Sample = (interval?: Interval) => void

const intervalMs = 1000
/** Timers may fire this much early. */
const earlyMs = 2
/** In an idle process little changes, and what it does cost is mostly to get its code and data back into the caches. */
const idleShare = 0.01
const idleSeconds = 10
/** Between those measures of an idle process that take most of the time. */
const rareSeconds = 60
/** From here on a second is late. */
export const lateAfterMs = 100

/** One timer serves all parts of a thread, as each waking of an idle process has its price. By whether late seconds count. */
const samples = new Map<Sample, boolean>()
let schedule: Schedule | undefined
let dueAt = 0
let seconds = 0
/**
 * Measurements since the event loop is idle. The first idle second is not left out: what samples only a busy event loop ends then,
 * and some measures begin then.
 */
let idleMeasurements = 0
let last: EventLoopUtilization

/**
 * Calls `sample` at once, then once a second, or each 10 seconds while the event loop is idle, and at the end of the process,
 * which may come within the first second. What it throws is dropped. Nothing of this keeps the process alive.
 *
 * @param eachLate whether it is called for each second that was late, also while the event loop is idle: as where the machine has
 * too much to do, to which the other measures should not add.
 * @returns a function that stops it.
 */
export function eachSecond(sample: Sample, eachLate = false): () => void {
  samples.set(sample, eachLate)
  if (schedule === undefined) {
    const firstMs = sharedFirstMs(intervalMs)
    dueAt = systemClock.now() + firstMs
    idleMeasurements = 0
    last = performance.eventLoopUtilization()
    schedule = new Schedule(passSecond, { intervalMs, firstMs, onChange: () => {} })
    // Before that of the page, which is closed by then.
    process.prependListener('exit', takeLast)
  }
  take(sample)
  return () => {
    samples.delete(sample)
    if (samples.size > 0 || schedule === undefined) return
    void schedule.stop()
    schedule = undefined
    process.off('exit', takeLast)
  }
}

/**
 * For a measure that takes longer than others and changes little: returns a function that returns true the first time, then once in
 * so many seconds, and once a minute while the event loop is idle for long.
 */
export function atMostEach(seconds: number): (interval?: Interval) => boolean {
  let lastAt = Number.NEGATIVE_INFINITY
  return (interval) => {
    const now = systemClock.now()
    const pause = interval?.isQuiet === true ? Math.max(seconds, rareSeconds) : seconds
    // What comes each second comes a little early or late.
    if (now - lastAt < (pause - 0.5) * 1000) return false
    lastAt = now
    return true
  }
}

function passSecond(): void {
  const now = performance.eventLoopUtilization()
  const share = performance.eventLoopUtilization(now, last).utilization
  const clock = systemClock.now()
  const lateMs = Math.max(0, clock - dueAt)
  // As the schedule does, which leaves out what was missed.
  dueAt += intervalMs * (1 + Math.max(0, Math.floor((clock - dueAt + earlyMs) / intervalMs)))
  const isIdle = share < idleShare
  const interval = { share, lateMs, isQuiet: isIdle && idleMeasurements >= 2 }
  if (isIdle && idleMeasurements > 0 && ++seconds < idleSeconds) {
    if (lateMs >= lateAfterMs) for (const [sample, eachLate] of samples) if (eachLate) take(sample, interval)
    return
  }
  seconds = 0
  idleMeasurements = isIdle ? idleMeasurements + 1 : 0
  for (const sample of samples.keys()) take(sample, interval)
  // Without the time for these measures, by which an idle loop on a machine that is not would look busy, and be measured more.
  last = performance.eventLoopUtilization()
}

function takeLast(): void {
  for (const sample of samples.keys()) take(sample)
}

function take(sample: Sample, interval?: Interval): void {
  try {
    sample(interval)
  } catch {
    // The next second tries again: /proc may be out of reach for a while, as where no descriptor is left.
  }
}
