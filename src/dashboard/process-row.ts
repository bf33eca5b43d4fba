import type { Finding } from '../findings/finding.ts'
import { levelOf, levelOfFinding, marks, stateWords } from '../findings/levels.ts'
import { columnRules } from '../findings/load.ts'
import { isServerError } from '../findings/seen.ts'
import { durationText } from '../formats/table/durations.ts'
import { isAlive, uptime } from '../snapshot/page-state.ts'
import type { Level, ProcessRow } from './browser/protocol.ts'
import type { ProcessHistory } from './history/process-history.ts'
import type { NumberedTrack } from './history/series-history.ts'
import { shortened, type Track } from './history/track.ts'

/**
 * Where the numbers of the list come from: the first metric that a process has. `errors` are series, the rest sums. What the
 * process itself keeps of its last minute goes first, as in all lists of plimsoll.
 */
const sources: Readonly<Record<string, readonly (readonly [family: string, statistic: string])[]>> = {
  cpu: [['process.cpu.time', 'rate']],
  rss: [['process.memory.usage', 'value']],
  heap: [['nodejs.memory.heap.used', 'value']],
  loop: [['nodejs.eventloop.delay', 'p99']],
  requests: [
    ['http.server.request.duration', 'rate'],
    ['http.latency', 'rate'],
    ['http.requests', 'rate'],
  ],
  latency: [
    ['http.server.request.duration', 'p99'],
    ['http.latency', 'p99'],
  ],
}
const sourcesOfErrors = ['http.server.request.duration', 'http.requests'] as const
/** Those of which the list has a small line. */
const drawnColumns: readonly string[] = ['cpu', 'requests', 'latency']
/** The rules that judge the columns. */
const rules: Readonly<Record<string, readonly string[] | undefined>> = {
  rss: columnRules.memory,
  heap: columnRules.heapUsed,
  loop: columnRules.loopDelay,
  errors: columnRules.errorRate,
  latency: ['slower'],
}

/** The p99 of the requests to a process over time, where it has it. */
export function latencyOf(process: ProcessHistory): Track | undefined {
  return trackOf(process, sources.latency ?? [])?.track
}

/** A process as it stands in the list. */
export function processRow(
  process: ProcessHistory,
  now: number,
  findings: readonly Finding[] = process.findings,
): ProcessRow {
  const { id, page } = process
  const { app, pid, tid, host, worker, state, startedAt, heartbeatAge, endedAt, labels } = page
  const level = levelOf(page, findings)
  return {
    id,
    app,
    pid,
    tid,
    host,
    ...(worker !== undefined && { worker }),
    state,
    level,
    mark: marks[level],
    words: stateWords(page, now),
    startedAt,
    up: durationText(uptime(page, now)),
    heartbeatAge,
    endedAt: isAlive(page) ? null : (endedAt ?? process.last - (heartbeatAge ?? 0)),
    ...(labels !== undefined && { labels }),
    judged: judgedOf(findings),
    ...(isAlive(page) ? loadOf(process) : { load: {}, tracks: {} }),
  }
}

function judgedOf(findings: readonly Finding[]): Record<string, Level> {
  const judged = Object.entries(rules).flatMap(([column, names]) => {
    const found = findings.find(({ rule }) => names?.includes(rule))
    return found === undefined ? [] : [[column, levelOfFinding(found)] as const]
  })
  return Object.fromEntries(judged)
}

function loadOf(process: ProcessHistory): Pick<ProcessRow, 'load' | 'tracks'> {
  const load: Record<string, number> = {}
  const tracks: Record<string, number> = {}
  for (const [column, places] of Object.entries(sources)) {
    const found = trackOf(process, places)
    if (found === undefined) continue
    const { id, track } = found
    if (!Number.isNaN(track.value)) load[column] = shortened(track.value)
    if (drawnColumns.includes(column)) tracks[column] = id
  }
  const { delay, requestRate, requestP99, errorRate = errorRateOf(process) } = process.minute ?? {}
  const minute = { loop: delay, requests: requestRate, latency: requestP99, errors: errorRate }
  for (const [column, value] of Object.entries(minute)) if (value !== undefined) load[column] = shortened(value)
  const { state, heartbeatAge } = process.page
  if (state !== 'blocked') return { load, tracks }
  // It does not measure itself now.
  delete load.cpu
  const { cpu, rss } = process.kernel ?? {}
  if (cpu !== undefined) load.cpu = shortened(cpu)
  if (rss !== undefined) load.rss = rss
  load.loop = Math.max(load.loop ?? 0, shortened(heartbeatAge ?? 0))
  return { load, tracks }
}

function trackOf(
  { families }: ProcessHistory,
  places: readonly (readonly [family: string, statistic: string])[],
): NumberedTrack | undefined {
  for (const [family, statistic] of places) {
    const history = families.get(family)
    const found = (history?.total ?? history?.series[0])?.tracks.find((one) => one.statistic === statistic)
    if (found !== undefined) return found
  }
  return undefined
}

function errorRateOf({ families }: ProcessHistory): number | undefined {
  for (const name of sourcesOfErrors) {
    const history = families.get(name)
    if (history === undefined) continue
    let sum = 0
    for (const { labels = {}, tracks } of history.series) {
      if (!isServerError(labels)) continue
      const value = tracks.find(({ statistic }) => statistic === 'rate')?.track.value ?? 0
      sum += Number.isNaN(value) ? 0 : value
    }
    return sum
  }
  return undefined
}
