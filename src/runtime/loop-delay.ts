import { monitorEventLoopDelay } from 'node:perf_hooks'
import { systemClock } from '../clock.ts'
import type { Interval } from './seconds.ts'

/** Takes samples of how late the event loop comes to what is due. */
export interface DelayMonitor {
  /** To be called after each interval that `eachSecond` measures. */
  pass(interval: Interval): void
  stop(): void
}

type Record = (seconds: number) => void

/** From so busy a time on, a timer takes samples: to wake an idle process for them would be most of its work. */
const busyShare = 0.05
const busyMs = 20

/**
 * Node 24.19 and 26.5 take a sample in each iteration, which costs an idle process nothing. Before that a timer takes one each
 * 20 ms while the loop is busy; while it is idle, they are those of the timer that takes all measures.
 */
export function startDelayMonitor(record: Record): DelayMonitor {
  return samplesIterations(process.versions.node) ? eachIteration(record) : byTimer(record)
}

/** Whether `samplePerIteration` has an effect: earlier versions ignore it without a word. */
export function samplesIterations(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 26 || (major === 26 && minor >= 5) || (major === 24 && minor >= 19)
}

/** Each sample that Node takes since the last call, by the steps of `percentiles`, which become ever finer. */
function eachIteration(record: Record): DelayMonitor {
  const options = { samplePerIteration: true } as Parameters<typeof monitorEventLoopDelay>[0]
  const monitor = monitorEventLoopDelay(options)
  monitor.enable()
  const pass = (): void => {
    const { count } = monitor as unknown as { count: number }
    if (count === 0) return
    let taken = 0
    for (const [percentile, nanoseconds] of monitor.percentiles) {
      const upTo = Math.round((percentile / 100) * count)
      for (; taken < upTo; taken++) record(nanoseconds / 1e9)
    }
    monitor.reset()
  }
  return { pass, stop: () => void monitor.disable() }
}

/**
 * With a timer of its own, as `monitorEventLoopDelay` would lose the delay in which it is reset: what keeps the loop busy
 * across the second at which it is read is just what is looked for.
 */
function byTimer(record: Record): DelayMonitor {
  let dueAt = 0
  let timer: NodeJS.Timeout | undefined
  const take = (): void => {
    const now = systemClock.now()
    record(Math.max(0, now - dueAt) / 1000)
    dueAt = now + busyMs
  }
  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
  }
  return {
    pass: ({ share, lateMs }) => {
      if (timer === undefined) record(lateMs / 1000)
      if (share < busyShare) stop()
      else if (timer === undefined) {
        dueAt = systemClock.now() + busyMs
        timer = setInterval(take, busyMs).unref()
      }
    },
    stop,
  }
}
