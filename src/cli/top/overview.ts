import type { Finding } from '../../findings/finding.ts'
import { findingsIn, findingsSelection, findingsWith } from '../../findings/findings.ts'
import { type Load, loadDistributions, loadOf, type MinuteLoad, minuteLoadOf } from '../../findings/load.ts'
import { Seen } from '../../findings/seen.ts'
import { inspectorSignal } from '../../runtime/inspector-signal.ts'
import type { Selection } from '../../snapshot/selector-type.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'

const requests = 'http.server.requests'

/** What the list of processes needs of each page. */
export const listSelection: Selection = {
  ...findingsSelection,
  families: [...(findingsSelection.families ?? []), requests, inspectorSignal],
}

/** The same without distributions, which cost a hundred times a number. */
export const numbersSelection: Selection = {
  families: (listSelection.families ?? []).filter((name) => !loadDistributions.includes(name as string)),
}

/** What distributions say about a page. */
interface MinuteOverview {
  readonly load: MinuteLoad
  /** Of requests, and of those with a response of the class 5xx. */
  readonly answered: number | undefined
  readonly failed: number | undefined
}

/** What rates are computed from, at one time. */
export interface Measures {
  readonly now: number
  /** Seconds of processor time, as the process measured it at its last heartbeat. */
  readonly cpuSeconds: number | undefined
  /** When that was: the time of a blocked process stands still. */
  readonly measuredAt: number
  readonly requestCount: number | undefined
  /** Responses of the class 5xx, and uncaught exceptions. */
  readonly errorCount: number | undefined
}

/** What a page has for its line. All numbers are `undefined` where the process is not observed. */
export interface Overview {
  readonly page: PageInfo
  readonly load: Load
  readonly findings: readonly Finding[]
  readonly measures: Measures
  readonly minute: MinuteOverview
}

/** What the list needs of a page at the time `now`; `before` where its distributions were left out: the last one that had them. */
export function overviewOf(snapshot: Snapshot, now: number, before?: Overview): Overview {
  const seen = new Seen(snapshot)
  const page = seen.page as PageInfo
  const minute = before?.minute ?? minuteOf(seen)
  const { answered, failed } = minute
  const uncaught = seen.sum('nodejs.uncaught_exceptions')
  return {
    page,
    load: loadOf(seen, minute.load),
    findings: before === undefined ? findingsIn(seen) : findingsWith(before.findings, seen),
    measures: {
      now,
      cpuSeconds: seen.sum('process.cpu.time'),
      measuredAt: now - (page.heartbeatAge ?? 0),
      requestCount: seen.sum(requests) ?? answered,
      errorCount: uncaught === undefined && failed === undefined ? undefined : (uncaught ?? 0) + (failed ?? 0),
    },
    minute,
  }
}

function minuteOf(seen: Seen): MinuteOverview {
  return {
    load: minuteLoadOf(seen),
    answered: seen.count('http.server.request.duration'),
    failed: seen.count('http.server.request.duration', 'failed'),
  }
}
