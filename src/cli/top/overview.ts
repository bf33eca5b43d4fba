import type { Finding } from '../../findings/finding.ts'
import { findingsOf, findingsSelection } from '../../findings/findings.ts'
import { type Load, loadDistributions, loadOf } from '../../findings/load.ts'
import { isServerError, seenIn } from '../../findings/seen.ts'
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

/** What a page has for its line, and what its rates are computed from. All numbers are absent where the process is not observed. */
export interface Overview {
  readonly page: PageInfo
  readonly now: number
  readonly load: Load
  readonly findings: readonly Finding[]
  /** Seconds of processor time, as the process measured it at its last heartbeat. */
  readonly cpuSeconds: number | undefined
  /** When that was: the time of a blocked process stands still. */
  readonly measuredAt: number
  readonly requestCount: number | undefined
  /** Responses of the class 5xx, and uncaught exceptions. */
  readonly errorCount: number | undefined
}

/** What the list needs of a page at the time `now`. */
export function overviewOf(snapshot: Snapshot, now: number): Overview {
  const seen = seenIn(snapshot)
  const page = seen.page as PageInfo
  const uncaught = seen.sum('nodejs.uncaught_exceptions')
  const answered = seen.count('http.server.request.duration')
  const failed = seen.count('http.server.request.duration', isServerError)
  return {
    page,
    now,
    load: loadOf(snapshot),
    findings: findingsOf(snapshot),
    cpuSeconds: seen.sum('process.cpu.time'),
    measuredAt: now - (page.heartbeatAge ?? 0),
    requestCount: seen.sum(requests) ?? answered,
    errorCount: uncaught === undefined && failed === undefined ? undefined : (uncaught ?? 0) + (failed ?? 0),
  }
}
