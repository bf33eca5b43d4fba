import { recentRate } from '../snapshot/buckets/buckets.ts'
import { quantiles } from '../snapshot/buckets/quantile.ts'
import type { Selection } from '../snapshot/selector-type.ts'
import type { DistributionSeries, Snapshot } from '../snapshot/snapshot.ts'
import { Seen } from './seen.ts'

/** How busy a process is, from what plimsoll observes of it; a number is absent where its metric is. */
export interface Load {
  /** Processors in use: 0.5 is half of one. */
  readonly cpu?: number
  /** Resident set size in bytes. */
  readonly memory?: number
  readonly heapUsed?: number
  readonly heapLimit?: number
  /** How late callbacks ran in the last minute, in seconds: the 99th percentile; of a blocked loop, for how long it is. */
  readonly loopDelay?: number
  /** Share of time in which the event loop was busy. */
  readonly loopUtilization?: number
  /** HTTP requests per second in the last minute. */
  readonly requestRate?: number
  /** Seconds that these took. */
  readonly requestP50?: number
  readonly requestP99?: number
  /** Those answered with a status from 500 on, per second. */
  readonly errorRate?: number
}

const requests = 'http.server.request.duration'

/** What {@link loadOf} needs of a source. */
export const loadSelection: Selection = {
  families: [
    'process.cpu.usage',
    'process.cpu.time',
    'process.memory.usage',
    'nodejs.memory.heap.used',
    'nodejs.memory.heap.limit',
    'nodejs.eventloop.delay',
    'nodejs.eventloop.utilization',
    requests,
  ],
  // Of requests with different labels the quantiles do not add up.
  buckets: true,
  recent: ['1m'],
}

/** The load of a process, or of several that are added up: of one that has ended, that of its last minute. */
export function loadOf(snapshot: Snapshot): Load {
  const seen = new Seen(snapshot)
  const { page } = seen
  const delay = seen.distribution('nodejs.eventloop.delay')
  const blockedFor = page?.state === 'blocked' && delay !== undefined ? (page.heartbeatAge ?? 0) : 0
  const late = minuteOf(delay, [0.99])?.values[0]
  const http = minuteOf(seen.distribution(requests), [0.5, 0.99])
  const errors = minuteOf(
    seen.distribution(requests, ({ http_response_status_class: status }) => status === '5xx'),
    [],
  )
  return withoutAbsent({
    cpu: seen.sum('process.cpu.usage'),
    memory: seen.sum('process.memory.usage'),
    heapUsed: seen.sum('nodejs.memory.heap.used'),
    heapLimit: seen.sum('nodejs.memory.heap.limit'),
    loopDelay: blockedFor > 0 ? Math.max(blockedFor, late ?? 0) : late,
    loopUtilization: seen.sum('nodejs.eventloop.utilization'),
    requestRate: http?.rate,
    requestP50: http?.values[0],
    requestP99: http?.values[1],
    errorRate: http === undefined ? undefined : (errors?.rate ?? 0),
  })
}

/** How often a distribution recorded in the last minute, and quantiles of that. */
function minuteOf(
  series: DistributionSeries | undefined,
  qs: readonly number[],
): { readonly rate: number | undefined; readonly values: readonly number[] } | undefined {
  const minute = series?.recent?.['1m']
  if (series === undefined || minute === undefined) return undefined
  return { rate: recentRate(minute), values: quantiles(minute, qs, series) ?? [] }
}

function withoutAbsent(load: { readonly [Name in keyof Load]: Load[Name] | undefined }): Load {
  return Object.fromEntries(Object.entries(load).filter(([, value]) => value !== undefined)) as Load
}
