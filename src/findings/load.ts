import type { Selection } from '../snapshot/selector-type.ts'
import type { Seen } from './seen.ts'

/** How busy a process is, from what plimsoll observes of it; a number is `undefined` where the process lacks its metric. */
export interface Load {
  /** Processors in use: 0.5 is half of one. */
  readonly cpu?: number | undefined
  /** Resident set size in bytes. */
  readonly memory?: number | undefined
  readonly heapUsed?: number | undefined
  readonly heapLimit?: number | undefined
  /** How late callbacks ran in the last minute, in seconds: the 99th percentile; of a blocked loop, for how long it is. */
  readonly loopDelay?: number | undefined
  /** Share of time in which the event loop was busy: 1 of a blocked one. */
  readonly loopUtilization?: number | undefined
  /** Share of the last minute that garbage collection took. */
  readonly gcShare?: number | undefined
  /** HTTP requests per second in the last minute. */
  readonly requestRate?: number | undefined
  /** Seconds that these took. */
  readonly requestP50?: number | undefined
  readonly requestP99?: number | undefined
  /** Those answered with a status from 500 on, per second. */
  readonly errorRate?: number | undefined
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

/** What distributions say of the last minute; they cost a hundred times a number, so that some read them less often. */
export interface MinuteLoad extends Pick<Load, 'gcShare' | 'requestRate' | 'requestP50' | 'requestP99' | 'errorRate'> {
  /** As {@link Load.loopDelay}, but blocked or not. */
  readonly delay: number | undefined
}

/** The part of the load that is in distributions. */
export function minuteLoadOf(seen: Seen): MinuteLoad {
  const minute = seen.minute(requests)
  return {
    delay: seen.minuteQuantile(delay, 0.99),
    gcShare: gcShare(seen),
    requestRate: rateOf(minute),
    requestP50: seen.minuteQuantile(requests, 0.5),
    requestP99: seen.minuteQuantile(requests, 0.99),
    errorRate: minute === undefined ? undefined : (rateOf(seen.minute(requests, 'failed')) ?? 0),
  }
}

/** The load of a process, or of several that are added up: of one that has ended, that of its last minute. */
export function loadOf(seen: Seen, minute: MinuteLoad = minuteLoadOf(seen)): Load {
  const { page } = seen
  const isBlocked = page?.state === 'blocked'
  const { delay: late, gcShare, requestRate, requestP50, requestP99, errorRate } = minute
  const utilization = seen.sum('nodejs.eventloop.utilization')
  return {
    cpu: seen.sum('process.cpu.usage'),
    memory: seen.sum('process.memory.usage'),
    heapUsed: seen.sum('nodejs.memory.heap.used'),
    heapLimit: seen.sum('nodejs.memory.heap.limit'),
    loopDelay: isBlocked && late !== undefined ? Math.max(page.heartbeatAge ?? 0, late) : late,
    loopUtilization: isBlocked && utilization !== undefined ? 1 : utilization,
    gcShare,
    requestRate,
    requestP50,
    requestP99,
    errorRate,
  }
}

/** The share of the last minute that garbage collection took. */
export function gcShare(seen: Seen): number | undefined {
  const minute = seen.minute(gc)
  return minute !== undefined && minute.seconds > 0 ? minute.sum / minute.seconds : undefined
}

function rateOf(minute: ReturnType<Seen['minute']>): number | undefined {
  return minute !== undefined && minute.seconds > 0 ? minute.count / minute.seconds : undefined
}
