import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import type { Registry } from '../metrics/registry/registry.ts'
import { raise } from './declared.ts'
import { startDelayMonitor } from './loop-delay.ts'
import { eachSecond, type Sample } from './seconds.ts'

/** A tick this much after its time is late. */
const lateAfterMs = 100
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
    eachSecond(time(registry, (share) => monitor.fold(share))),
    eachSecond(ticks(registry)),
    eachSecond(resources(registry)),
  ]
  return () => {
    for (const stop of stops) stop()
    monitor.stop()
  }
}

function time(registry: Registry, use: (share: number) => void): () => void {
  const utilization = registry.gauge('nodejs.eventloop.utilization', {
    help: 'Share of the last second in which the event loop was busy',
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
  let last: EventLoopUtilization = performance.eventLoopUtilization()
  return () => {
    const now = performance.eventLoopUtilization()
    const share = performance.eventLoopUtilization(now, last).utilization
    last = now
    raise(active, now.active / 1000)
    raise(idle, now.idle / 1000)
    utilization.set(share)
    use(share)
  }
}

function ticks(registry: Registry): Sample {
  const iterations = registry.counter('nodejs.eventloop.iterations', { help: 'Iterations of the event loop' })
  const ticked = registry.counter('nodejs.eventloop.ticks', { help: 'Timers of one second that have run' })
  const late = registry.counter('nodejs.eventloop.late_ticks', {
    help: `Those that ran more than ${lateAfterMs} ms late`,
  })
  return (lateMs) => {
    raise(iterations, performance.nodeTiming.uvMetricsInfo?.loopCount ?? 0)
    if (lateMs === undefined) return
    ticked.inc()
    if (lateMs > lateAfterMs) late.inc()
  }
}

function resources(registry: Registry): () => void {
  const active = registry.gauge('v8js.resource.active', {
    help: 'What keeps the event loop alive: sockets, timers, requests',
    labels: ['v8js_resource_type'],
    removeAtZero: true,
    maxSeries: 100,
  })
  let before = new Set<string>()
  let wait = 0
  return () => {
    if (wait-- > 0) return
    wait = resourcesSeconds - 1
    const counts = new Map<string, number>()
    for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1)
    for (const type of before) if (!counts.has(type)) active.labels({ v8js_resource_type: type }).set(0)
    for (const [type, count] of counts) active.labels({ v8js_resource_type: type }).set(count)
    before = new Set(counts.keys())
  }
}
