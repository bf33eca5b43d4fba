import { durationText } from '../formats/table/durations.ts'
import { isAlive, uptime } from '../snapshot/page-state.ts'
import { bytes, counted, type Found, percent, time } from './finding.ts'
import { gcShare } from './load.ts'
import type { Seen } from './seen.ts'

/** From which value on something is a warning, and an error. */
type Threshold = readonly [warning: number, error: number]

/** The 99th percentile of the delay of the event loop in the last minute, in seconds. */
const lateLoop: Threshold = [0.2, 1]
/** The longest delay of the last minute, in seconds: a percentile does not show what happens once in a thousand samples. */
const longStop = 1
/** The share of time in which the event loop was busy. */
const busyLoop: Threshold = [0.9, Number.POSITIVE_INFINITY]
const loadingSeconds = 10
/** The share of the last minute that garbage collection took. */
const longGc: Threshold = [0.1, 0.3]
/** Shares of limits. */
const fullHeap: Threshold = [0.8, 0.95]
/** A process that fills its heap fast is gone before the next sample. */
const maybeFullHeap = 0.5
const manyDescriptors: Threshold = [0.8, 0.95]
const fullContainer: Threshold = [0.9, 0.98]
/** The share of periods in which a container was throttled, and from how many periods on that says something. */
const oftenThrottled: Threshold = [0.1, 0.5]
const fewPeriods = 100
/** The share of requests of the last minute that were answered with a status from 500 on. */
const manyFailures: Threshold = [0.05, 0.5]

/** A number, and the one that it is a part of. */
const descriptorNames = ['process.unix.file_descriptor.count', 'process.unix.file_descriptor.limit'] as const
const containerNames = ['process.memory.usage', 'container.memory.limit'] as const
const throttledNames = ['container.cpu.throttled.periods', 'container.cpu.periods'] as const

type Share = NonNullable<ReturnType<Seen['share']>>

/** Texts are made only of what is found: the list of processes asks each second. */
type Rule = (seen: Seen) => Found | undefined

function isPast(value: number | undefined, [warning]: Threshold): value is number {
  return value !== undefined && value >= warning
}

function severityOf(value: number, [, error]: Threshold): Found['severity'] {
  return value >= error ? 'error' : 'warning'
}

function profileOf({ page }: Seen, options = ''): string {
  if (page !== undefined && !isAlive(page)) return 'So it was in the minute before it ended.'
  return `Run "plimsoll profile ${page?.pid ?? '<pid>'}${options}" to see where it spends its time.`
}

const blocked: Rule = ({ page }) => {
  if (page?.state !== 'blocked' || page.heartbeatAge === null) return undefined
  return {
    rule: 'blocked',
    severity: 'error',
    text: `event loop blocked for ${durationText(page.heartbeatAge)}`,
    advice: `Run "plimsoll stack ${page.pid}" to see the calls that it is in.`,
  }
}

const loopDelay: Rule = (seen) => {
  const name = 'nodejs.eventloop.delay'
  const count = seen.minute(name)?.count ?? 0
  // An idle process takes a sample a second, of which the 99th percentile is the largest: a single stop, as while it loads.
  const delay = count < 2 ? undefined : seen.minuteQuantile(name, Math.min(0.99, (count - 1.5) / count))
  if (!isPast(delay, lateLoop)) return longDelay(seen)
  return {
    rule: 'loop-delay',
    severity: severityOf(delay, lateLoop),
    text: `event loop late by ${time(delay)} (p99 of the last minute)`,
    advice: profileOf(seen),
  }
}

const longDelay: Rule = (seen) => {
  const longest = seen.minuteQuantile('nodejs.eventloop.delay', 1)
  if (longest === undefined || longest < longStop) return undefined
  return {
    rule: 'loop-delay',
    severity: 'warning',
    text: `event loop late by ${time(longest)} at worst in the last minute`,
    advice: profileOf(seen, ' --seconds 60'),
  }
}

const loopUtilization: Rule = (seen) => {
  const busy = seen.sum('nodejs.eventloop.utilization')
  // Every app is while it loads.
  const isNew = seen.page !== undefined && uptime(seen.page, seen.takenAt) < loadingSeconds
  if (isNew || !isPast(busy, busyLoop)) return undefined
  return {
    rule: 'loop-busy',
    severity: severityOf(busy, busyLoop),
    text: `event loop busy ${percent(busy)} of the time`,
    advice: profileOf(seen),
  }
}

const gc: Rule = (seen) => {
  const share = gcShare(seen)
  if (!isPast(share, longGc)) return undefined
  return {
    rule: 'gc',
    severity: severityOf(share, longGc),
    text: `garbage collection took ${percent(share)} of the last minute`,
    advice: 'Allocate less in what runs often, or raise --max-semi-space-size or --max-old-space-size.',
  }
}

/** A finding where a number has come near to its limit, or is so large a part of another one. */
function nearLimit(
  used: Share | undefined,
  threshold: Threshold,
  found: (used: Share) => Omit<Found, 'severity'>,
): Found | undefined {
  if (used === undefined || !isPast(used.share, threshold)) return undefined
  return { ...found(used), severity: severityOf(used.share, threshold) }
}

/** The limit is one of old objects: V8 makes room for young ones without end, and ends the process once these do not fit. */
function heapShare(seen: Seen): Share | undefined {
  const used = seen.share('nodejs.memory.heap.used', 'nodejs.memory.heap.limit')
  if (used === undefined) return undefined
  const spaces = seen.series('v8js.memory.heap.used')
  const young = spaces.filter(({ labels }) => labels.v8js_heap_space_name?.startsWith('new_'))
  const value = Math.max(
    0,
    young.reduce((left, one) => left - one.value, used.value),
  )
  return { share: value / used.limit, value, limit: used.limit }
}

// How one ended that is gone is another rule.
const heap: Rule = (seen) =>
  nearLimit(seen.page?.state === 'killed' ? undefined : heapShare(seen), fullHeap, ({ share, value, limit }) => ({
    rule: 'heap',
    text: `heap at ${percent(share)} of its limit: ${bytes(value)} of ${bytes(limit)}`,
    advice:
      'The process ends at 100 %, or before if it does little but collect garbage: find what grows, or raise --max-old-space-size.',
  }))

const descriptors: Rule = (seen) =>
  nearLimit(seen.share(...descriptorNames), manyDescriptors, ({ share, value, limit }) => ({
    rule: 'descriptors',
    text: `file descriptors at ${percent(share)} of the limit: ${value} of ${limit}`,
    advice: 'Find what is not closed, or raise the limit (ulimit -n).',
  }))

const container: Rule = (seen) =>
  nearLimit(seen.share(...containerNames), fullContainer, ({ share, value, limit }) => ({
    rule: 'container-memory',
    text: `resident memory at ${percent(share)} of the container's limit: ${bytes(value)} of ${bytes(limit)}`,
    advice: 'The kernel kills the process at 100 %: give the container more memory, or lower --max-old-space-size.',
  }))

const throttled: Rule = (seen) => {
  // In the first seconds every app is busy.
  if ((seen.sum('container.cpu.periods') ?? 0) < fewPeriods) return undefined
  return nearLimit(seen.share(...throttledNames), oftenThrottled, ({ share }) => ({
    rule: 'throttled',
    text: `throttled by its CPU limit in ${percent(share)} of all periods`,
    advice: 'Raise the CPU limit of the container.',
  }))
}

const serverErrors: Rule = (seen) => {
  const name = 'http.server.request.duration'
  const all = seen.minute(name)?.count ?? 0
  const failed = seen.minute(name, 'failed')?.count ?? 0
  if (failed < 2) return undefined
  const share = failed / all
  if (!isPast(share, manyFailures)) return undefined
  return {
    rule: 'server-errors',
    severity: severityOf(share, manyFailures),
    text: `${percent(share)} of the requests of the last minute failed: ${counted(failed, 'response')} from 500 on`,
    advice: `Run "plimsoll show ${seen.page?.pid ?? '<pid>'} --filter http.server" to see which routes.`,
  }
}

const exceptions: Rule = (seen) => {
  const count = seen.sum('nodejs.uncaught_exceptions') ?? 0
  // How one ended that is gone is another rule.
  if (count === 0 || seen.page?.state === 'killed') return undefined
  return {
    rule: 'exceptions',
    severity: 'warning',
    text: `${counted(count, 'uncaught exception or rejection', 'uncaught exceptions and rejections')} since its start`,
    advice: 'Its log has their stacks.',
  }
}

/** How a process ended that did not close its page. What stops it from outside leaves no trace but in what it did last. */
const killed: Rule = (seen) => {
  const { page } = seen
  if (page?.state !== 'killed') return undefined
  const found = (severity: Found['severity'], why: string, advice: string): Found => ({
    rule: 'killed',
    severity,
    text: `killed${why}`,
    advice,
  })
  if ((seen.sum('nodejs.uncaught_exceptions') ?? 0) > 0) {
    return found('error', ': uncaught exception or rejection', 'Its log has the stack.')
  }
  const used = heapShare(seen)
  if (used !== undefined && used.share >= fullHeap[0]) {
    return found(
      'error',
      `: probably out of memory, heap at ${percent(used.share)} of its limit: ${bytes(used.value)} of ${bytes(used.limit)}`,
      'Find what grows, or raise --max-old-space-size.',
    )
  }
  const resident = seen.share(...containerNames)
  if (resident !== undefined && resident.share >= fullContainer[0]) {
    const share = percent(resident.share)
    return found(
      'error',
      `: probably by the kernel, memory at ${share} of the container's limit`,
      'Give the container more memory, or lower --max-old-space-size.',
    )
  }
  // Measured: processes that filled 100 to 512 MiB at 30 to 100 MB/s had 34 to 91 % in their last sample, those that filled
  // 256 MiB at 60 to 500 MB/s 3 to 64 %, and little garbage collection.
  if (used !== undefined && used.share >= maybeFullHeap) {
    return found(
      'warning',
      ` by a signal, or out of memory: heap at ${percent(used.share)} of its limit, ${bytes(used.value)} of ${bytes(used.limit)}`,
      'If its heap was full, its log says "heap out of memory": find what grows, or raise --max-old-space-size. Else it was SIGKILL, or SIGTERM or Ctrl-C without a handler.',
    )
  }
  return found(
    'note',
    ' by a signal, no sign of an error',
    'SIGKILL, or SIGTERM or Ctrl-C without a handler; or its heap was full before that could be seen, then its log says "heap out of memory". Run "dmesg" to see whether the machine ran out of memory.',
  )
}

/** Rules about a process that has ended by itself: what it did last is no trouble any more. */
export const endedRules: readonly Rule[] = [exceptions]

/** Rules about what a process does, in the order in which one looks. */
export const processRules: readonly Rule[] = [
  killed,
  blocked,
  loopDelay,
  loopUtilization,
  gc,
  heap,
  container,
  throttled,
  descriptors,
  serverErrors,
  exceptions,
]
