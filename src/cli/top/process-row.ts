import type { Finding } from '../../findings/finding.ts'
import type { Load } from '../../findings/load.ts'
import type { ProcessUsage } from '../../os/process-usage.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import type { PageInfo } from '../../snapshot/snapshot.ts'
import type { Measures, Overview } from './overview.ts'

/** A line of the list: a process or a thread. What is not known is `undefined`. */
export interface ProcessRow {
  readonly key: string
  readonly page: PageInfo
  /** What is wrong with it, the worst first. */
  readonly findings: readonly Finding[]
  /** Processors in use: 1 is all of one. */
  readonly cpu: number | undefined
  readonly rss: number | undefined
  readonly heap: number | undefined
  readonly heapLimit: number | undefined
  readonly utilization: number | undefined
  readonly loopP99: number | undefined
  /** Per second, like errors. */
  readonly requests: number | undefined
  readonly p50: number | undefined
  readonly p99: number | undefined
  readonly errors: number | undefined
}

/** Rates are those of so many seconds: a process measures itself once a second, not in step with who reads it. */
const rateSeconds = 5
/** One that is idle does so only each 10 seconds; and an error is not to be missed. */
const longSeconds = 11
const idleUtilization = 0.01
/** Heartbeats are a second apart: what is nearer is the same one, read twice. */
const leastBetween = 0.5

/** The key of a page: its file, which is that of no other. */
export function keyOf({ file, app, pid, tid }: PageInfo): string {
  return file ?? `${app} ${pid} ${tid}`
}

/**
 * The line of a page, from what it has now and had before, the newest last. `usage` is what the kernel counts for the process,
 * where that is wanted: see {@link needsUsage}.
 */
export function processRow(
  { page, load, findings, measures: now }: Overview,
  before: readonly Measures[],
  usage: ProcessUsage | undefined,
): ProcessRow {
  if (!isAlive(page)) return endedRow(page, findings)
  const isIdle = (load.loopUtilization ?? 1) < idleUtilization
  // Where reads are further apart, rates are those of the time between two.
  const since = (seconds: number): Measures | undefined =>
    before.find((one) => now.now - one.now <= seconds) ?? before.at(-1)
  const { memory, heapUsed, heapLimit, loopUtilization, loopDelay, requestP50, requestP99 } = load
  return {
    key: keyOf(page),
    page,
    findings,
    cpu:
      usage === undefined
        ? (cpuRate(since(isIdle ? longSeconds : rateSeconds), now) ?? measuredCpu(page, load))
        : (usage.cpu ?? firstCpu(page, now, usage)),
    rss: usage?.rss ?? memory,
    heap: heapUsed,
    heapLimit,
    utilization: loopUtilization,
    // Without a metric of it, the heartbeat of a blocked process says as much.
    loopP99: loopDelay ?? (page.state === 'blocked' ? (page.heartbeatAge ?? undefined) : undefined),
    requests: rate(since(rateSeconds), now, 'requestCount'),
    p50: requestP50,
    p99: requestP99,
    errors: rate(since(longSeconds), now, 'errorCount'),
  }
}

/** Whether the kernel has to be asked: the process does not measure itself, or is late to do so. */
export function needsUsage({ page, measures }: Overview): boolean {
  return page.tid === 0 && isAlive(page) && (measures.cpuSeconds === undefined || page.state === 'blocked')
}

/** The line of a process that has ended. */
export function endedRow(page: PageInfo, findings: readonly Finding[] = []): ProcessRow {
  const none = { cpu: undefined, rss: undefined, heap: undefined, heapLimit: undefined, utilization: undefined }
  return {
    key: keyOf(page),
    page,
    findings,
    ...none,
    loopP99: undefined,
    requests: undefined,
    p50: undefined,
    p99: undefined,
    errors: undefined,
  }
}

/** At the first look there is no rate yet: what the process measured last. Of a blocked one that was before it blocked. */
function measuredCpu({ state }: PageInfo, { cpu }: Load): number | undefined {
  return state === 'blocked' ? undefined : cpu
}

/** At the first look: of a blocked process what it has used since, of one that does not measure itself the mean since its start. */
function firstCpu({ heartbeatAge }: PageInfo, { cpuSeconds }: Measures, usage: ProcessUsage): number | undefined {
  if (cpuSeconds === undefined || !heartbeatAge) return usage.meanCpu
  return Math.max(0, usage.cpuSeconds - cpuSeconds) / heartbeatAge
}

/** Over the time between the heartbeats: what was used while it was blocked is that of all these seconds, not of the last ones. */
function cpuRate(before: Measures | undefined, now: Measures): number | undefined {
  const [from, to] = [before?.cpuSeconds, now.cpuSeconds]
  if (before === undefined || from === undefined || to === undefined) return undefined
  const seconds = now.measuredAt - before.measuredAt
  return seconds > leastBetween ? Math.max(0, to - from) / seconds : undefined
}

function rate(before: Measures | undefined, now: Measures, name: 'requestCount' | 'errorCount'): number | undefined {
  const [from, to] = [before?.[name], now[name]]
  if (before === undefined || from === undefined || to === undefined || !(now.now > before.now)) return undefined
  return Math.max(0, to - from) / (now.now - before.now)
}
