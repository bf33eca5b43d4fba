import { marks } from '../../findings/levels.ts'
import { durationText } from '../../formats/table/durations.ts'
import { suggestion } from '../../nearest.ts'
import type { Screen } from '../screen/screen.ts'
import { filled } from '../view/filled.ts'
import { comparedRows, drawCompare } from './compare-view.ts'
import { drawHelp } from './help-view.ts'
import type { Frame, History } from './history.ts'
import type { ListRow } from './list-rows.ts'
import { drawList, listSummary } from './list-view.ts'
import { drawMetric } from './metric-view.ts'
import { chosenFamily, drawProcess, familyReadings } from './process-view.ts'
import { shownFrame, type TopState, type View, viewOf } from './state.ts'

/** What `top` draws besides what it has read. */
export interface DrawContext {
  /** The lines of the list. */
  readonly list: readonly ListRow[]
  /** Of a recording: its name, and the times of its ends. */
  readonly recording?: { readonly name: string; readonly from: number; readonly to: number } | undefined
  /** Where no process is shown: why. */
  readonly empty: string
  /** Shown above the last line. */
  readonly note: string
}

/** The most important first: on a narrow terminal the last are given up, but for the two at the end. */
const keys: Readonly<Record<View, readonly string[]>> = {
  list: ['enter open', '/ filter', 's sort', 'c compare', 'space pause', 'f fold', '← → time', '? help', 'q quit'],
  process: [
    'enter chart',
    '↑ ↓ choose',
    'esc back',
    'c compare',
    'space pause',
    '← → time',
    'b stack',
    '? help',
    'q quit',
  ],
  metric: ['tab chart or bars', '↑ ↓ other metric', 'esc back', 'space pause', '← → time', '? help', 'q quit'],
  compare: ['↑ ↓ choose', 'esc back', 'space pause', '← → time', '? help', 'q quit'],
}

/** Draws a state on an empty screen. */
export function draw(screen: Screen, state: TopState, history: History, context: DrawContext): void {
  const { columns, rows } = screen
  const at = shownFrame(state, history)
  const frame = history.frames[at]
  drawTitle(screen, frame, state, history, context)
  // The slider of a recording, and a note, have the line above the last one.
  const bottom = rows - (context.recording === undefined && context.note === '' ? 2 : 3)
  // The help has the row between as well, so that all of it fits 24 lines.
  const isHelpLong = state.isHelp && drawHelp(screen, [1, bottom + 1], context.recording !== undefined, state)
  if (!state.isHelp && frame !== undefined) drawView(screen, frame, state, history, at, context, [1, bottom])
  screen.put(1, rows - 2, context.note, 'accent', columns - 2)
  drawLastLine(screen, state, isHelpLong)
}

function drawView(
  screen: Screen,
  frame: Frame,
  state: TopState,
  history: History,
  at: number,
  { list, empty }: DrawContext,
  room: readonly [number, number],
): void {
  const view = viewOf(state)
  const row = frame.rows.find(({ key }) => key === state.page)
  const family = chosenFamily(familyReadings(frame, state), state)
  if (view === 'compare' && comparedRows(frame, state).length > 0) drawCompare(screen, history, at, state, room)
  else if (view === 'metric' && row !== undefined && family !== undefined)
    drawMetric(screen, row, family, frame, state, history, at, room)
  else if ((view === 'process' || view === 'metric') && row !== undefined)
    drawProcess(screen, row, frame, state, history, at, room)
  else if (view !== 'list') screen.put(1, room[0], 'It is not there at this time. Esc leads back.', 'dim')
  else if (list.length > 0) drawList(screen, list, frame, state, history, at, room)
  else {
    const apps = [...new Set(frame.rows.map(({ page }) => page.app))]
    const hint = `${suggestion(state.filter, apps)}Esc shows all.`
    const reason = state.filter === '' ? empty : `No process fits the filter "${state.filter}". ${hint}`
    const lines = filled(reason.split(' '), screen.columns - 2).slice(0, room[1] - room[0])
    for (const [i, line] of lines.entries()) screen.put(1, room[0] + 1 + i, line, 'dim', screen.columns - 2)
  }
}

function drawTitle(
  screen: Screen,
  frame: Frame | undefined,
  state: TopState,
  { frames }: History,
  { recording }: DrawContext,
): void {
  const behind = screen.put(
    1,
    0,
    recording === undefined ? 'plimsoll top' : `plimsoll play ${recording.name}`,
    'bold',
    40,
  )
  const time = frame === undefined ? '' : new Date(frame.time * 1000).toTimeString().slice(0, 8)
  const newest = frames.at(-1)?.time ?? 0
  const isPaused = state.pausedAt !== undefined || (recording !== undefined && !state.isPlaying)
  const age = state.pausedAt === undefined || frame === undefined ? 0 : newest - frame.time
  const end = screen.columns - 1
  screen.putRight(end, 0, time, 'bold')
  let left = end - time.length - 2
  if (isPaused) {
    const badge = ` PAUSED${age >= 1 ? ` ${durationText(age)} back` : ''} `
    screen.putRight(left, 0, badge, 'paused')
    left -= badge.length + 2
  }
  const failures = failuresText(frame)
  const summary = frame === undefined ? '' : `${listSummary(frame)}${failures}`
  screen.put(behind + 2, 0, summary, failures === '' ? 'plain' : 'warning', left - behind - 2)
  if (recording !== undefined && frame !== undefined) drawSlider(screen, frame.time, recording)
}

/** How many pages cannot be read, and which words of the command line name none. */
function failuresText(frame: Frame | undefined): string {
  const { failures = [], notFound = [] } = frame ?? {}
  const unread = failures.length === 0 ? '' : `  ${marks.warning} ${failures.length} unreadable`
  const missing = notFound.map(({ given }) => given).join(', ')
  return `${unread}${missing === '' ? '' : `  ${marks.warning} not found: ${missing}`}`
}

/** Where in a recording this is: in the line above the last one. */
function drawSlider(screen: Screen, time: number, { from, to }: { readonly from: number; readonly to: number }): void {
  const y = screen.rows - 2
  const left = to - time
  const ends = [durationText(Math.max(0, time - from)), left < 0.1 ? 'end' : `-${durationText(left)}`] as const
  const width = screen.columns - 22
  const place = to > from ? Math.round(((time - from) / (to - from)) * (width - 1)) : 0
  screen.putRight(9, y, ends[0], 'dim')
  screen.fill(10, y, width, 'dim', '─')
  screen.put(10 + Math.max(0, Math.min(width - 1, place)), y, '●', 'accent')
  screen.put(11 + width, y, ends[1], 'dim')
}

function drawLastLine(screen: Screen, state: TopState, isHelpLong: boolean): void {
  const y = screen.rows - 1
  if (state.prompt !== undefined) {
    const label = state.prompt.for === 'filter' ? '/' : 'time: '
    const end = screen.put(1, y, `${label}${state.prompt.text}`, 'bold')
    const hint =
      state.prompt.for === 'filter'
        ? "app, pid, state, or a selector: 'queue.length > 9'"
        : '-90s, 12:30:05 or 2026-11-26T12:30:05'
    screen.put(end, y, ' ', 'selected')
    screen.put(end + 3, y, hint, 'dim')
    return
  }
  if (state.message !== undefined) {
    screen.put(1, y, state.message, 'warning', screen.columns - 2)
    return
  }
  const sorted =
    state.sort === 'app' && !state.isReversed ? '' : `sorted by ${state.sort}${state.isReversed ? ', reversed' : ''}  `
  const filtered = state.filter === '' ? '' : `/${state.filter}  `
  const end = screen.put(1, y, `${filtered}${sorted}`, 'accent', Math.floor(screen.columns / 2))
  const room = screen.columns - end - 1
  const helpKeys = isHelpLong ? '↑ ↓ more  ? or esc back' : '? or esc back'
  screen.put(end, y, state.isHelp ? helpKeys : keysIn(keys[viewOf(state)], room), 'dim', room)
}

/** As many keys as there is room for; help and quit are always there. */
function keysIn(all: readonly string[], room: number): string {
  const [first, ends] = [all.slice(0, -2), all.slice(-2)]
  let shown = first
  const text = (): string => [...shown, ...ends].join('  ')
  while (shown.length > 0 && text().length > room) shown = shown.slice(0, -1)
  return text()
}
