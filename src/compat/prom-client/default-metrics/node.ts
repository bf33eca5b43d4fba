import { constants, monitorEventLoopDelay, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics } from 'node:v8'
import type { Gauge } from '../gauge.ts'
import type { Aggregator } from '../types.ts'
import type { Declarer } from './declare.ts'

/** How late the event loop is. */
export function eventLoopLag(declare: Declarer): void {
  const { labels, config } = declare
  const delay = monitorEventLoopDelay({ resolution: config.eventLoopMonitoringPrecision ?? 10 })
  delay.enable()
  const gauge = (name: string, help: string, aggregator: Aggregator, collect?: () => void): Gauge => {
    return declare.gauge(`nodejs_eventloop_lag_${name}`, help, { aggregator, ...(collect && { collect }) })
  }
  const now = gauge('seconds', 'Lag of event loop in seconds.', 'average', () => {
    const begun = performance.now()
    setImmediate(() => now.set(labels, (performance.now() - begun) / 1000))
    min.set(labels, delay.min / 1e9)
    max.set(labels, delay.max / 1e9)
    mean.set(labels, delay.mean / 1e9)
    deviation.set(labels, delay.stddev / 1e9)
    for (const [share, one] of percentiles) one.set(labels, delay.percentile(share) / 1e9)
    delay.reset()
  })
  const min = gauge('min_seconds', 'The minimum recorded event loop delay.', 'min')
  const max = gauge('max_seconds', 'The maximum recorded event loop delay.', 'max')
  const mean = gauge('mean_seconds', 'The mean of the recorded event loop delays.', 'average')
  const deviation = gauge('stddev_seconds', 'The standard deviation of the recorded event loop delays.', 'average')
  const percentiles = [50, 90, 99].map((share) => {
    const help = `The ${share}th percentile of the recorded event loop delays.`
    return [share, gauge(`p${share}_seconds`, help, 'average')] as const
  })
}

/** What keeps the event loop alive. */
export function processResources(declare: Declarer): void {
  const help =
    'Number of active resources that are currently keeping the event loop alive, grouped by async resource type.'
  countByType(declare, 'resources', help, 'Total number of active resources.', () => process.getActiveResourcesInfo())
}

/** Handles of libuv. */
export function processHandles(declare: Declarer): void {
  const help = 'Number of active libuv handles grouped by handle type. Every handle type is C++ class name.'
  countByType(declare, 'handles', help, 'Total number of active handles.', () => classNames('_getActiveHandles'))
}

/** Requests of libuv. */
export function processRequests(declare: Declarer): void {
  const help = 'Number of active libuv requests grouped by request type. Every request type is C++ class name.'
  countByType(declare, 'requests', help, 'Total number of active requests.', () => classNames('_getActiveRequests'))
}

/** The class of each of what Node lists by these undocumented functions. */
function classNames(name: '_getActiveHandles' | '_getActiveRequests'): string[] {
  const list = (process as unknown as Readonly<Record<string, (() => object[]) | undefined>>)[name]?.() ?? []
  return list.flatMap((one) => one?.constructor?.name ?? [])
}

function countByType(declare: Declarer, name: string, help: string, totalHelp: string, list: () => string[]): void {
  const known = new Set<string>()
  const byType = declare.gauge(`nodejs_active_${name}`, help, {
    labelNames: ['type'],
    collect: () => {
      const counts = new Map<string, number>()
      for (const type of list()) counts.set(type, (counts.get(type) ?? 0) + 1)
      declare.setEach(byType, 'type', counts, known)
    },
  })
  const total = declare.gauge(`nodejs_active_${name}_total`, totalHelp, {
    collect: () => total.set(declare.labels, list().length),
  })
}

/** The heap of V8. */
export function heapSizeAndUsed(declare: Declarer): void {
  const { labels } = declare
  const total = declare.gauge('nodejs_heap_size_total_bytes', 'Process heap size from Node.js in bytes.', {
    collect: () => {
      const { heapTotal, heapUsed, external: outside } = process.memoryUsage()
      total.set(labels, heapTotal)
      used.set(labels, heapUsed)
      external.set(labels, outside)
    },
  })
  const used = declare.gauge('nodejs_heap_size_used_bytes', 'Process heap size used from Node.js in bytes.')
  const external = declare.gauge('nodejs_external_memory_bytes', 'Node.js external memory size in bytes.')
}

/** The spaces of that heap. */
export function heapSpacesSizeAndUsed(declare: Declarer): void {
  const gauge = (what: string, collect?: () => void): Gauge => {
    const help = `Process heap space size ${what} from Node.js in bytes.`
    return declare.gauge(`nodejs_heap_space_size_${what}_bytes`, help, {
      labelNames: ['space'],
      ...(collect && { collect }),
    })
  }
  const total = gauge('total', () => {
    for (const { space_name, space_size, space_used_size, space_available_size } of getHeapSpaceStatistics()) {
      const labels = declare.with({ space: space_name.replace(/_space.*$/, '') })
      total.set(labels, space_size)
      used.set(labels, space_used_size)
      available.set(labels, space_available_size)
    }
  })
  const used = gauge('used')
  const available = gauge('available')
}

/** The version of Node. */
export function version(declare: Declarer): void {
  const [major = 0, minor = 0, patch = 0] = process.version.slice(1).split('.').map(Number)
  const gauge = declare.gauge('nodejs_version_info', 'Node.js version info.', {
    labelNames: ['version', 'major', 'minor', 'patch'],
    aggregator: 'first',
    collect: () => gauge.set(declare.with({ version: process.version, major, minor, patch }), 1),
  })
}

const gcKinds: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

/** An entry about a garbage collection. */
interface Collection extends PerformanceEntry {
  readonly detail: { readonly kind: number }
}

/** Garbage collections. */
export function gc(declare: Declarer): void {
  const help = 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.'
  const buckets = declare.config.gcDurationBuckets ?? [0.001, 0.01, 0.1, 1, 2, 5]
  const durations = declare.histogram('nodejs_gc_duration_seconds', help, ['kind'], buckets)
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as Collection[]) {
      const kind = gcKinds.get(detail.kind) ?? 'unknown'
      durations.observe(declare.with({ kind }), duration / 1000)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
}
