import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

/** A monitor of the event loop whose samples are taken out once a second. */
export interface DelayMonitor {
  /** Takes the samples since the last call; `share` is how busy the loop was meanwhile. */
  fold(share: number): void
  stop(): void
}

/** From so busy a second on, the loop is sampled more often: 20 ms cost 0.2 % of a core. */
const busyShare = 0.05
const idleMs = 100
const busyMs = 20

/**
 * Measures how late the event loop comes to what is due. Node 24.19 and 26.5 can take a sample in each iteration, at no cost
 * to an idle process. Before that a timer takes them, each 100 ms while the loop is idle and each 20 ms while it is busy; its
 * interval is taken off.
 */
export function startDelayMonitor(record: (seconds: number) => void): DelayMonitor {
  return samplesIterations(process.versions.node) ? eachIteration(record) : byInterval(record)
}

/** Whether `samplePerIteration` has an effect: earlier versions ignore it without a word. */
export function samplesIterations(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 26 || (major === 26 && minor >= 5) || (major === 24 && minor >= 19)
}

function eachIteration(record: (seconds: number) => void): DelayMonitor {
  const options = { samplePerIteration: true } as Parameters<typeof monitorEventLoopDelay>[0]
  const monitor = monitorEventLoopDelay(options)
  monitor.enable()
  return { fold: () => foldInto(record, monitor, 0), stop: () => void monitor.disable() }
}

function byInterval(record: (seconds: number) => void): DelayMonitor {
  const always = monitorEventLoopDelay({ resolution: idleMs })
  // Besides the other, which has the sample of what kept the loop busy: it may come after this second's work.
  const whileBusy = monitorEventLoopDelay({ resolution: busyMs })
  always.enable()
  return {
    fold: (share) => {
      foldInto(record, always, idleMs)
      foldInto(record, whileBusy, busyMs)
      if (share < busyShare) whileBusy.disable()
      else whileBusy.enable()
    },
    stop: () => {
      always.disable()
      whileBusy.disable()
    },
  }
}

/** The steps of `percentiles` become ever finer, so that each holds values within its own 0.1 %. */
function foldInto(record: (seconds: number) => void, monitor: IntervalHistogram, intervalMs: number): void {
  const { count } = monitor as unknown as { count: number }
  if (count === 0) return
  let taken = 0
  for (const [percentile, nanoseconds] of monitor.percentiles) {
    const upTo = Math.round((percentile / 100) * count)
    const seconds = Math.max(0, nanoseconds / 1e9 - intervalMs / 1000)
    for (; taken < upTo; taken++) record(seconds)
  }
  monitor.reset()
}
