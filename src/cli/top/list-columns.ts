import { durationText } from '../../formats/table/durations.ts'
import { isAlive, uptime } from '../../snapshot/page-state.ts'
import type { Style } from '../screen/styles.ts'
import { compactBytes, compactNumber, compactSeconds, percent } from './compact.ts'
import type { ListRow } from './list-rows.ts'

/** Beyond these a number is shown as trouble. */
const limits = { heap: 0.85, utilization: 0.9, lateLoop: 0.1, verySlowLoop: 1 }

/** A column of the list of processes. */
export interface ListColumn {
  readonly head: string
  readonly align: 'left' | 'right'
  readonly width: number
  /** Columns with a high number are given up first on a narrow terminal, those with 0 never. */
  readonly dispensable: number
  text(row: ListRow, context: ListContext): string
  style?(row: ListRow): Style
}

/** What cells need beside their row. */
export interface ListContext {
  readonly time: number
  /** What the main thread of a process was found to be doing. */
  stack(row: ListRow): string | undefined
}

/** The words for a state: `▲ blocked 4.2s`, `✖ killed 45s ago`. */
export function stateText(row: ListRow, { time, stack }: ListContext): string {
  const { page, folded } = row
  const { state, heartbeatAge, endedAt } = page
  if (folded !== undefined) return folded.states
  if (state === 'live') return 'live'
  if (state === 'blocked') {
    const where = stack(row)
    return `▲ blocked ${durationText(heartbeatAge ?? 0)}${where === undefined ? '' : ` in ${where}`}`
  }
  const since = endedAt ? time - endedAt : heartbeatAge
  const ago = since === null || since === undefined ? '' : ` ${durationText(since)} ago`
  return state === 'killed' ? `✖ killed${ago}` : `· ${state}${ago}`
}

function stateStyle({ page: { state } }: ListRow): Style {
  return state === 'live' ? 'good' : state === 'blocked' ? 'alarm' : state === 'killed' ? 'warning' : 'dim'
}

function processText({ page: { pid, tid, worker }, folded }: ListRow): string {
  if (folded !== undefined) return '▸'
  return `${pid}${tid === 0 ? '' : `/${tid}`}${worker === undefined ? '' : ` #${worker}`}`
}

const number = (
  head: string,
  width: number,
  dispensable: number,
  value: (row: ListRow) => number | undefined,
  format: (value: number) => string,
  style?: (row: ListRow) => Style,
): ListColumn => ({
  head,
  align: 'right',
  width,
  dispensable,
  text: (row) => {
    const shown = value(row)
    return shown === undefined ? '-' : format(shown)
  },
  ...(style && { style }),
})

/** All columns, in order. */
export const listColumns: readonly ListColumn[] = [
  { head: 'APP', align: 'left', width: 8, dispensable: 0, text: ({ page }) => page.app, style: () => 'bold' },
  { head: 'PROCESS', align: 'left', width: 8, dispensable: 0, text: processText },
  { head: 'STATE', align: 'left', width: 14, dispensable: 0, text: stateText, style: stateStyle },
  {
    head: 'UP',
    align: 'right',
    width: 6,
    dispensable: 5,
    text: ({ page }, { time }) => durationText(uptime(page, time)),
  },
  number(
    'CPU',
    5,
    0,
    ({ cpu }) => cpu,
    percent,
    ({ cpu = 0 }) => (cpu > 0.9 ? 'warning' : 'plain'),
  ),
  number('RSS', 5, 2, ({ rss }) => rss, compactBytes),
  number(
    'HEAP',
    5,
    6,
    ({ heap }) => heap,
    compactBytes,
    ({ heap = 0, heapLimit = Infinity }) => (heap / heapLimit > limits.heap ? 'alarm' : 'plain'),
  ),
  number(
    'LOOP p99',
    8,
    1,
    ({ loopP99 }) => loopP99,
    compactSeconds,
    ({ loopP99 = 0 }) => (loopP99 > limits.verySlowLoop ? 'alarm' : loopP99 > limits.lateLoop ? 'warning' : 'plain'),
  ),
  number(
    'UTIL',
    5,
    7,
    ({ utilization }) => utilization,
    percent,
    ({ utilization = 0 }) => (utilization > limits.utilization ? 'warning' : 'plain'),
  ),
  number('REQ/S', 6, 0, ({ requests }) => requests, compactNumber),
  number('P50', 6, 8, ({ p50 }) => p50, compactSeconds),
  number('P99', 6, 3, ({ p99 }) => p99, compactSeconds),
  number(
    'ERR/S',
    5,
    4,
    ({ errors }) => errors,
    compactNumber,
    ({ errors = 0 }) => (errors > 0 ? 'alarm' : 'plain'),
  ),
]

/** Whether a line is about something that needs attention, and its words; the line of the list shows the numbers. */
export function troubleOf(row: ListRow, stack: string | undefined): string | undefined {
  const { page, folded, heap = 0, heapLimit = Infinity, loopP99 = 0, errors = 0 } = row
  if (folded !== undefined) return undefined
  const name = `${page.app} ${page.pid}`
  if (page.state === 'blocked') {
    const where = stack === undefined ? '. b shows where' : ` in ${stack}`
    return `${name}: its event loop has been blocked for ${durationText(page.heartbeatAge ?? 0)}${where}.`
  }
  if (page.state === 'killed') return `${name}: killed without closing its page. Enter shows what it was doing.`
  if (!isAlive(page)) return undefined
  if (heap / heapLimit > limits.heap) return `${name}: its heap is at ${percent(heap / heapLimit)} of its limit.`
  if (loopP99 > limits.lateLoop)
    return `${name}: callbacks run up to ${compactSeconds(loopP99)} late (p99 of a minute).`
  if (errors > 0) return `${name}: ${compactNumber(errors)} errors/s (responses 5xx, uncaught exceptions).`
  return undefined
}
