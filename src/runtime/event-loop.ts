import { performance } from 'node:perf_hooks'
import type { Registry } from '../metrics/registry/registry.ts'
import { raise } from './declared.ts'
import { startDelayMonitor } from './loop-delay.ts'
import { atMostEach, eachSecond, lateAfterMs, type Sample } from './seconds.ts'

/** Seconds between lists of active resources, which take 0.75 ms with 10,000 sockets. */
const resourcesSeconds = 10

/** What the event loop of this thread does. */
export function observeEventLoop(registry: Registry): () => void {
  const delay = registry.histogram('nodejs.eventloop.delay', {
    help: 'How long what is due in the event loop has to wait',
    unit: 's',
  })
  const monitor = startDelayMonitor((seconds) => delay.record(seconds))
  const stops = [
    eachSecond((interval) => interval && monitor.pass(interval), true),
    eachSecond(time(registry)),
    eachSecond(iterations(registry), true),
    eachSecond(resources(registry)),
  ]
  return () => {
    for (const stop of stops) stop()
    monitor.stop()
  }
}

function time(registry: Registry): Sample {
  const utilization = registry.gauge('nodejs.eventloop.utilization', {
    help: 'Share of the time in which the event loop was busy',
    unit: '1',
    aggregation: 'mean',
  })
  const spent = registry.counter('nodejs.eventloop.time', {
    help: 'Time that the event loop was busy, and waiting for events',
    unit: 's',
    labels: ['nodejs_eventloop_state'],
  })
  const active = spent.labels({ nodejs_eventloop_state: 'active' })
  const idle = spent.labels({ nodejs_eventloop_state: 'idle' })
  return (interval) => {
    const now = performance.eventLoopUtilization()
    raise(active, now.active / 1000)
    raise(idle, now.idle / 1000)
    if (interval !== undefined) utilization.set(interval.share)
  }
}

function iterations(registry: Registry): Sample {
  const count = registry.counter('nodejs.eventloop.iterations', { help: 'Iterations of the event loop' })
  const late = registry.counter('nodejs.eventloop.late_ticks', {
    help: `Seconds whose timer ran more than ${lateAfterMs} ms late`,
  })
  return (interval) => {
    raise(count, performance.nodeTiming.uvMetricsInfo?.loopCount ?? 0)
    if (interval !== undefined && interval.lateMs > lateAfterMs) late.inc()
  }
}

function resources(registry: Registry): Sample {
  const active = registry.gauge('v8js.resource.active', {
    help: 'What keeps the event loop alive: sockets, timers, requests',
    labels: ['v8js_resource_type'],
    removeAtZero: true,
    maxSeries: 100,
  })
  let before = new Set<string>()
  const isDue = atMostEach(resourcesSeconds)
  return (interval) => {
    if (!isDue(interval)) return
    const counts = new Map<string, number>()
    for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1)
    for (const type of before) if (!counts.has(type)) active.labels({ v8js_resource_type: type }).set(0)
    for (const [type, count] of counts) active.labels({ v8js_resource_type: type }).set(count)
    before = new Set(counts.keys())
  }
}
