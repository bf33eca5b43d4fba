import { durationText } from '../formats/table/durations.ts'
import { isAlive } from '../snapshot/page-state.ts'
import { bytes, counted, type Found, percent, time } from './finding.ts'
import { gcShare, minuteQuantiles } from './load.ts'
import { isServerError, type Seen } from './seen.ts'

/** From which value on something is a warning, and an error. */
type Threshold = readonly [warning: number, error: number]

/** The 99th percentile of the delay of the event loop in the last minute, in seconds. */
const lateLoop: Threshold = [0.2, 1]
/** The share of time in which the event loop was busy. */
const busyLoop: Threshold = [0.9, Number.POSITIVE_INFINITY]
/** The share of the last minute that garbage collection took. */
const longGc: Threshold = [0.1, 0.3]
/** Shares of limits. */
const fullHeap: Threshold = [0.8, 0.95]
const manyDescriptors: Threshold = [0.8, 0.95]
const fullContainer: Threshold = [0.9, 0.98]
/** The share of periods in which a container was throttled, and from how many periods on that says something. */
const oftenThrottled: Threshold = [0.1, 0.5]
const fewPeriods = 100
/** The share of requests of the last minute that were answered with a status from 500 on. */
const manyFailures: Threshold = [0.05, 0.5]

type Rule = (seen: Seen) => Found | undefined

/** A finding where a value is past the threshold of a rule. */
function past(
  rule: string,
  value: number | undefined,
  [warning, error]: Threshold,
  text: string,
  advice: string,
): Found | undefined {
  if (value === undefined || !(value >= warning)) return undefined
  return { rule, severity: value >= error ? 'error' : 'warning', text, advice }
}

function profileOf({ page }: Seen): string {
  if (page !== undefined && !isAlive(page)) return 'So it was in the minute before it ended.'
  return `Run "plimsoll profile ${page?.pid ?? '<pid>'}" to see where it spends its time.`
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
  const [delay] = minuteQuantiles(seen, 'nodejs.eventloop.delay', [0.99])
  const text = `event loop late by ${time(delay ?? 0)} (p99 of the last minute)`
  return past('loop-delay', delay, lateLoop, text, profileOf(seen))
}

const loopUtilization: Rule = (seen) => {
  const busy = seen.sum('nodejs.eventloop.utilization')
  return past('loop-busy', busy, busyLoop, `event loop busy ${percent(busy ?? 0)} of the time`, profileOf(seen))
}

const gc: Rule = (seen) => {
  const share = gcShare(seen)
  const text = `garbage collection took ${percent(share ?? 0)} of the last minute`
  return past(
    'gc',
    share,
    longGc,
    text,
    'Allocate less in what runs often, or raise --max-semi-space-size or --max-old-space-size.',
  )
}

const heap: Rule = (seen) => {
  const used = seen.share('nodejs.memory.heap.used', 'nodejs.memory.heap.limit')
  if (used === undefined) return undefined
  const text = `heap at ${percent(used.share)} of its limit: ${bytes(used.value)} of ${bytes(used.limit)}`
  return past(
    'heap',
    used.share,
    fullHeap,
    text,
    'The process ends at 100 %: find what grows, or raise --max-old-space-size.',
  )
}

const descriptors: Rule = (seen) => {
  const open = seen.share('process.unix.file_descriptor.count', 'process.unix.file_descriptor.limit')
  if (open === undefined) return undefined
  const text = `file descriptors at ${percent(open.share)} of the limit: ${open.value} of ${open.limit}`
  return past(
    'descriptors',
    open.share,
    manyDescriptors,
    text,
    'Find what is not closed, or raise the limit (ulimit -n).',
  )
}

const container: Rule = (seen) => {
  const used = seen.share('process.memory.usage', 'container.memory.limit')
  if (used === undefined) return undefined
  const text = `resident memory at ${percent(used.share)} of the container's limit: ${bytes(used.value)} of ${bytes(used.limit)}`
  return past(
    'container-memory',
    used.share,
    fullContainer,
    text,
    'The kernel kills the process at 100 %: give the container more memory, or lower --max-old-space-size.',
  )
}

const throttled: Rule = (seen) => {
  const periods = seen.share('container.cpu.throttled.periods', 'container.cpu.periods')
  // In the first seconds every app is busy.
  if (periods === undefined || periods.limit < fewPeriods) return undefined
  const text = `throttled by its CPU limit in ${percent(periods.share)} of all periods`
  return past('throttled', periods.share, oftenThrottled, text, 'Raise the CPU limit of the container.')
}

const serverErrors: Rule = (seen) => {
  const name = 'http.server.request.duration'
  const all = seen.minute(name)?.count ?? 0
  const failed = seen.minute(name, isServerError)?.count ?? 0
  if (failed < 2) return undefined
  const text = `${percent(failed / all)} of the requests of the last minute failed: ${counted(failed, 'response')} from 500 on`
  return past(
    'server-errors',
    failed / all,
    manyFailures,
    text,
    'Run "plimsoll show --filter http.server" to see which routes.',
  )
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
  const used = seen.share('nodejs.memory.heap.used', 'nodejs.memory.heap.limit')
  if (used !== undefined && used.share >= fullHeap[0]) {
    return found(
      'error',
      `: probably out of memory, heap at ${percent(used.share)} of its limit`,
      'Find what grows, or raise --max-old-space-size.',
    )
  }
  const resident = seen.share('process.memory.usage', 'container.memory.limit')
  if (resident !== undefined && resident.share >= fullContainer[0]) {
    const share = percent(resident.share)
    return found(
      'error',
      `: probably by the kernel, memory at ${share} of the container's limit`,
      'Give the container more memory, or lower --max-old-space-size.',
    )
  }
  return found(
    'note',
    ' by a signal, no sign of an error',
    'SIGKILL, or SIGTERM or Ctrl-C without a handler. Run "dmesg" to see whether the machine ran out of memory.',
  )
}

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
