import { systemClock } from '../clock.ts'
import { Schedule } from '../schedule.ts'

/** Takes measures. `lateMs` is how late the event loop came to it; `undefined` at the start and at the end. */
export type Sample = (lateMs?: number) => void

const intervalMs = 1000
/** Timers may fire this much early. */
const earlyMs = 2

/** One timer serves all parts of a thread, as each waking of an idle process has its price. */
const samples = new Set<Sample>()
let schedule: Schedule | undefined
let startedAt = 0

/**
 * Calls `sample` at once, then once a second, and at the end of the process, which may come within the first second. What it
 * throws is dropped. Nothing of this keeps the process alive.
 *
 * @returns a function that stops it.
 */
export function eachSecond(sample: Sample): () => void {
  samples.add(sample)
  if (schedule === undefined) {
    startedAt = systemClock.now()
    schedule = new Schedule(() => takeAll((systemClock.now() - startedAt + earlyMs) % intervalMs), {
      intervalMs,
      onChange: () => {},
    })
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

function takeLast(): void {
  takeAll()
}

function takeAll(lateMs?: number): void {
  for (const sample of samples) take(sample, lateMs)
}

function take(sample: Sample, lateMs?: number): void {
  try {
    sample(lateMs)
  } catch {
    // The next second tries again: /proc may be out of reach for a while, as where no descriptor is left.
  }
}
