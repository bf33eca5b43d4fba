import { quantiles } from '../snapshot/buckets/quantile.ts'
import type { Selection } from '../snapshot/selector-type.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { isServerError, type Seen, seenIn } from './seen.ts'

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
  /** Share of time in which the event loop was busy: 1 of a blocked one. */
  readonly loopUtilization?: number
  /** Share of the last minute that garbage collection took. */
  readonly gcShare?: number
  /** HTTP requests per second in the last minute. */
  readonly requestRate?: number
  /** Seconds that these took. */
  readonly requestP50?: number
  readonly requestP99?: number
  /** Those answered with a status from 500 on, per second. */
  readonly errorRate?: number
}

const requests = 'http.server.request.duration'
const delay = 'nodejs.eventloop.delay'
const gc = 'v8js.gc.duration'

/** The distributions among what {@link loadOf} needs. */
export const loadDistributions: readonly string[] = [delay, gc, requests]

/** The rules that judge a number: where one of them found something, the number is shown so. */
export const columnRules: Readonly<Partial<Record<keyof Load, readonly string[]>>> = {
  memory: ['container-memory'],
  heapUsed: ['heap'],
  loopDelay: ['blocked', 'loop-delay'],
  loopUtilization: ['blocked', 'loop-busy'],
  errorRate: ['server-errors', 'exceptions'],
}

/** What {@link loadOf} needs of a source. */
export const loadSelection: Selection = {
  families: [
    'process.cpu.usage',
    'process.cpu.time',
    'process.memory.usage',
    'nodejs.memory.heap.used',
    'nodejs.memory.heap.limit',
    'nodejs.eventloop.utilization',
    ...loadDistributions,
  ],
  // Of requests with different labels the quantiles do not add up.
  buckets: 'recent',
  recent: ['1m'],
}

/** The load of a process, or of several that are added up: of one that has ended, that of its last minute. */
export function loadOf(snapshot: Snapshot): Load {
  const seen = seenIn(snapshot)
  const { page } = seen
  const isBlocked = page?.state === 'blocked'
  const [late] = minuteQuantiles(seen, delay, [0.99])
  const blockedFor = isBlocked && late !== undefined ? (page.heartbeatAge ?? 0) : 0
  const utilization = seen.sum('nodejs.eventloop.utilization')
  const minute = seen.minute(requests)
  const failed = seen.minute(requests, isServerError)
  const [p50, p99] = minuteQuantiles(seen, requests, [0.5, 0.99])
  return withoutAbsent({
    cpu: seen.sum('process.cpu.usage'),
    memory: seen.sum('process.memory.usage'),
    heapUsed: seen.sum('nodejs.memory.heap.used'),
    heapLimit: seen.sum('nodejs.memory.heap.limit'),
    loopDelay: late === undefined ? undefined : Math.max(blockedFor, late),
    loopUtilization: isBlocked && utilization !== undefined ? 1 : utilization,
    gcShare: gcShare(seen),
    requestRate: rateOf(minute),
    requestP50: p50,
    requestP99: p99,
    errorRate: minute === undefined ? undefined : (rateOf(failed) ?? 0),
  })
}

/** The share of the last minute that garbage collection took. */
export function gcShare(seen: Seen): number | undefined {
  const minute = seen.minute(gc)
  return minute !== undefined && minute.seconds > 0 ? minute.sum / minute.seconds : undefined
}

/** Quantiles of what a distribution recorded in the last minute; none where it recorded nothing. */
export function minuteQuantiles(seen: Seen, name: string, qs: readonly number[]): readonly (number | undefined)[] {
  const series = seen.recently(name)
  const minute = series?.recent?.['1m']
  return (minute && quantiles(minute, qs, series)) ?? []
}

function rateOf(minute: ReturnType<Seen['minute']>): number | undefined {
  return minute !== undefined && minute.seconds > 0 ? minute.count / minute.seconds : undefined
}

function withoutAbsent(load: { readonly [Name in keyof Load]: Load[Name] | undefined }): Load {
  return Object.fromEntries(Object.entries(load).filter(([, value]) => value !== undefined)) as Load
}
