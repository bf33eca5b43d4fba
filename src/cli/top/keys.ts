import type { Input } from '../screen/input.ts'
import { compareLines } from './compare-view.ts'
import type { Frame, History } from './history.ts'
import { type ListRow, readFilter } from './list-rows.ts'
import { selectedRow } from './list-view.ts'
import { chosenFamily, familyReadings } from './process-view.ts'
import { lookBack, shownFrame, sortNames, type TopState, type View, viewOf } from './state.ts'

/** What a key needs to know, and what only the command can do. */
export interface KeyContext {
  readonly history: History
  readonly list: readonly ListRow[]
  readonly rows: number
  readonly columns: number
  readonly isRecording: boolean
  quit(): void
  redraw(): void
  /** Finds out what a blocked process is doing. */
  takeStack(row: ListRow): void
  /** Of a recording: goes on by so many seconds, or to a text that is a time, or a part of the whole. */
  move(by: { readonly seconds: number } | { readonly text: string } | { readonly share: number }): void
}

const pageOfLines = 10
const steps: Readonly<Record<string, number>> = { left: -1, right: 1, '[': -10, ']': 10, '{': -60, '}': 60 }
const moves: Readonly<Record<string, number>> = {
  up: -1,
  k: -1,
  down: 1,
  j: 1,
  pageup: -pageOfLines,
  pagedown: pageOfLines,
}

/** Changes the state as somebody wants it. */
export function act(state: TopState, input: Input, context: KeyContext): void {
  if ('mouse' in input) {
    actOnMouse(state, input, context)
    return
  }
  const { key } = input
  if (key === 'ctrl-c') context.quit()
  else if (state.prompt !== undefined) type(state, key, context)
  else if (state.isHelp) actOnHelp(state, key)
  else actOnKey(state, key, context)
}

/** What moves the choice elsewhere scrolls the help; all other keys close it. */
function actOnHelp(state: TopState, key: string): void {
  const move = moves[key]
  if (move === undefined) state.isHelp = false
  else state.helpScroll += move
}

function openHelp(state: TopState): void {
  state.isHelp = true
  state.helpScroll = 0
}

function actOnKey(state: TopState, key: string, context: KeyContext): void {
  state.message = undefined
  const step = steps[key]
  const move = moves[key]
  if (step !== undefined) travel(state, step, context)
  else if (move !== undefined) moveBy(state, move, context)
  else keyActions[key]?.(state, context)
}

const keyActions: Readonly<Record<string, (state: TopState, context: KeyContext) => void>> = {
  q: (_, { quit }) => quit(),
  '?': openHelp,
  h: openHelp,
  escape: back,
  backspace: back,
  enter: open,
  ' ': pause,
  end: toEnd,
  home: (state, context) => {
    if (context.isRecording) context.move({ share: 0 })
    else moveBy(state, Number.NEGATIVE_INFINITY, context)
  },
  '/': (state) => {
    state.prompt = { for: 'filter', text: state.filter }
  },
  t: (state, { isRecording }) => {
    if (isRecording) state.prompt = { for: 'time', text: '' }
  },
  s: (state) => {
    state.sort = sortNames[(sortNames.indexOf(state.sort) + 1) % sortNames.length] ?? 'app'
    state.frozenOrder = undefined
  },
  S: (state) => {
    state.isReversed = !state.isReversed
    state.frozenOrder = undefined
  },
  f: fold,
  F: foldAll,
  c: compareWorkers,
  b: (state, { list, takeStack }) => {
    const row = viewOf(state) === 'list' ? selectedRow(list, state) : list.find(({ key }) => key === state.page)
    if (row === undefined || row.folded !== undefined) return
    state.message = `Asking ${row.page.pid} what it is doing …`
    takeStack(row)
  },
  tab: (state) => {
    state.isBars = !state.isBars
  },
  'ctrl-l': (_, { redraw }) => redraw(),
}

function back(state: TopState): void {
  if (state.views.length > 1) state.views.pop()
  else if (state.filter !== '') state.filter = ''
}

function frameOf(state: TopState, { history }: KeyContext): Frame | undefined {
  return history.frames[shownFrame(state, history)]
}

function open(state: TopState, context: KeyContext): void {
  const view = viewOf(state)
  if (view === 'list') {
    const row = selectedRow(context.list, state)
    if (row?.folded !== undefined) state.folded.delete(row.folded.app)
    else if (row !== undefined) openProcess(state, row.key)
  } else if (view === 'process') {
    const family = chosenFamily(familyReadings(frameOf(state, context), state), state)
    if (family === undefined) return
    state.selected.process = family.key
    state.views.push('metric')
  } else if (view === 'metric') {
    state.isBars = !state.isBars
  }
}

function openProcess(state: TopState, key: string): void {
  state.page = key
  state.scroll.process = 0
  state.views.push('process')
}

function compareWorkers(state: TopState, { list }: KeyContext): void {
  const row = viewOf(state) === 'list' ? selectedRow(list, state) : list.find(({ key }) => key === state.page)
  if (row === undefined || viewOf(state) === 'compare') return
  state.app = row.page.app
  state.views.push('compare')
}

function fold(state: TopState, { list }: KeyContext): void {
  const row = selectedRow(list, state)
  if (row === undefined || viewOf(state) !== 'list') return
  const { app } = row.page
  if (!state.folded.delete(app)) {
    state.folded.add(app)
    state.selected.list = `app ${app}`
  }
}

function foldAll(state: TopState, { history }: KeyContext): void {
  const apps = history.frames.at(-1)?.rows.map(({ page }) => page.app) ?? []
  const isFolded = state.folded.size > 0
  state.folded = new Set(isFolded ? [] : apps)
}

function pause(state: TopState, context: KeyContext): void {
  if (context.isRecording) {
    state.isPlaying = !state.isPlaying || state.pausedAt !== undefined
    state.pausedAt = undefined
  } else if (state.pausedAt !== undefined) toEnd(state, context)
  else {
    state.pausedAt = context.history.frames.at(-1)?.time
    state.frozenOrder = context.list.map(({ key }) => key)
  }
}

function toEnd(state: TopState, context: KeyContext): void {
  if (context.isRecording) context.move({ share: 1 })
  state.pausedAt = undefined
  state.frozenOrder = undefined
}

/** A step back in time; what is further back than what is remembered is read again from a recording. */
function travel(state: TopState, step: number, context: KeyContext): void {
  if (context.isRecording) {
    state.isPlaying = false
    context.move({ seconds: step })
    return
  }
  state.frozenOrder ??= context.list.map(({ key }) => key)
  const beyond = lookBack(state, context.history, step)
  if (beyond === 'after') state.frozenOrder = undefined
  if (beyond === 'before') state.message = 'Nothing is remembered from before. plimsoll record keeps more.'
}

function moveBy(state: TopState, step: number, context: KeyContext): void {
  const view: View = viewOf(state)
  const place = (keys: readonly string[], key: string | undefined): string | undefined => {
    const now = Math.max(0, keys.indexOf(key ?? ''))
    return keys[Math.max(0, Math.min(keys.length - 1, now + step))]
  }
  if (view === 'list')
    state.selected.list = place(
      context.list.map(({ key }) => key),
      selectedRow(context.list, state)?.key,
    )
  else if (view === 'compare') {
    const most = compareLines(context.history, shownFrame(state, context.history), state).length - 1
    state.selected.compare = Math.max(0, Math.min(most, state.selected.compare + step))
  } else {
    const readings = familyReadings(frameOf(state, context), state)
    state.selected.process = place(
      readings.map(({ key }) => key),
      chosenFamily(readings, state)?.key,
    )
  }
}

function type(state: TopState, key: string, context: KeyContext): void {
  const { prompt } = state
  if (prompt === undefined) return
  if (key === 'escape') state.prompt = undefined
  else if (key === 'enter') {
    state.prompt = undefined
    if (prompt.for === 'time') context.move({ text: prompt.text })
    else setFilter(state, prompt.text.trim())
  } else if (key === 'backspace') prompt.text = prompt.text.slice(0, -1)
  else if (key === 'ctrl-u') prompt.text = ''
  else if ([...key].length === 1) prompt.text += key
}

function setFilter(state: TopState, text: string): void {
  const filter = readFilter(text)
  if ('error' in filter) state.message = filter.error
  else state.filter = text
}

/** The first line of what can be chosen is the third of the screen; in a metric nothing can. */
function actOnMouse(state: TopState, input: Extract<Input, { mouse: string }>, context: KeyContext): void {
  const wheel = input.mouse === 'wheelUp' ? -1 : 1
  if (state.isHelp && input.mouse === 'left') state.isHelp = false
  else if (state.isHelp) state.helpScroll += wheel
  else if (input.mouse !== 'left') moveBy(state, wheel, context)
  else if (context.isRecording && input.y === context.rows - 2)
    context.move({ share: Math.max(0, Math.min(1, (input.x - 10) / (context.columns - 23))) })
  else clickLine(state, input.y, context)
}

function clickLine(state: TopState, y: number, context: KeyContext): void {
  const view = viewOf(state)
  const first = view === 'list' ? 2 : 3
  const at = y - first + state.scroll[view]
  if (y < first || y >= context.rows - 2) return
  if (view === 'list') {
    const row = context.list[at]
    if (row === undefined) return
    const isChosen = state.selected.list === row.key
    state.selected.list = row.key
    if (isChosen) open(state, context)
  } else if (view === 'process') {
    const reading = familyReadings(frameOf(state, context), state)[at]
    if (reading === undefined) return
    const isChosen = state.selected.process === reading.key
    state.selected.process = reading.key
    if (isChosen) open(state, context)
  } else if (view === 'compare') state.selected.compare = Math.max(0, at)
  else state.isBars = !state.isBars
}
