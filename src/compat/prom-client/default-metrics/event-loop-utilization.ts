import { performance } from 'node:perf_hooks'
import type { Declarer } from './declare.ts'

const help =
  'Ratio of time the event loop is not idling in the event provider to the total time the event loop is running.'
const shares = [0.01, 0.05, 0.1, 0.25, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95, 0.99, 1]

/** Of a blocked loop, or a process that was stopped. */
const mostMs = 60_000

/**
 * How busy the event loop is, ten times a second: what @prometheus-io/client has beside prom-client. Only where one of its options
 * is given: apps that come from prom-client have neither these metrics nor their timer.
 */
export function eventLoopUtilization(declare: Declarer): void {
  const { labels, config } = declare
  if (!Object.keys(config).some((option) => option.startsWith('eventLoopUtilization'))) return
  // As timers of Node take it; 0 would be intervals without end.
  const intervalMs = Math.max(1, config.eventLoopUtilizationTimeout ?? 100)
  const name = 'nodejs_eventloop_utilization'
  const percentiles = config.eventLoopUtilizationPercentiles
  const summary = declare.summary(`${name}_summary`, help, {
    maxAgeSeconds: config.eventLoopUtilizationMaxAgeSeconds ?? 60,
    ageBuckets: config.eventLoopUtilizationAgeBuckets ?? 5,
    ...(percentiles && { percentiles }),
  })
  const histogram = declare.histogram(`${name}_histogram`, help, [], config.eventLoopUtilizationBuckets ?? shares)
  // The timer keeps neither the process nor the metrics alive: a registry may be cleared, as in tests.
  const [ofSummary, ofHistogram] = [new WeakRef(summary), new WeakRef(histogram)]
  let before = performance.eventLoopUtilization()
  let beganAt = performance.now()
  const timer = setInterval(() => {
    const [one, other] = [ofSummary.deref(), ofHistogram.deref()]
    if (one === undefined || other === undefined) return clearInterval(timer)
    const now = performance.eventLoopUtilization()
    const at = performance.now()
    const { utilization } = performance.eventLoopUtilization(now, before)
    // A loop that was blocked for many intervals counts for each of them.
    const intervals = Math.round(Math.min(at - beganAt, mostMs) / intervalMs)
    before = now
    beganAt = at
    for (let i = 0; i < intervals && Number.isFinite(utilization); i++) {
      one.observe(labels, utilization)
      other.observe(labels, utilization)
    }
  }, intervalMs)
  timer.unref()
}
