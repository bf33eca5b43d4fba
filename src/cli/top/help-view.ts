import type { Screen } from '../screen/screen.ts'
import type { TopState } from './state.ts'

const general: readonly (readonly [string, string])[] = [
  ['↑ ↓ PgUp PgDn', 'choose a line; the wheel of the mouse too'],
  ['enter, click', 'open: a process, a metric, a folded app'],
  ['esc, backspace', 'back'],
  ['/', 'filter by app, pid, state or a selector; empty shows all'],
  ['s, S', 'sort by the next column; reverse'],
  ['f, F', 'fold the app of the chosen line into one line; all apps'],
  ['c', 'compare the workers of an app side by side'],
  ['b', 'where a blocked process is, as plimsoll stack (SIGUSR1)'],
  ['tab', 'chart or bars of a distribution'],
  ['space', 'pause: nothing moves; again: go on with the present'],
  ['← →, [ ]', 'one step back or forward in time, ten steps'],
  ['end', 'the present'],
  ['ctrl-l', 'draw the screen again'],
  ['q, ctrl-c', 'quit'],
]

const ofRecording: readonly (readonly [string, string])[] = [
  ['space', 'play or pause'],
  ['← →, [ ], { }', 'one second back or forward, ten, a minute'],
  ['home, end', 'the beginning and the end of the recording'],
  ['t, click on slider', 'go to a time'],
]

const columns: readonly (readonly [string, string])[] = [
  ['CPU', 'processors in use; 100 % is all of one'],
  ['LOOP p99', 'how late callbacks run, p99 of a minute'],
  ['UTIL', 'part of the time in which the event loop was busy'],
  ['REQ/S, P99 1m', 'HTTP requests, over 5 s; their time in the last minute'],
  ['ERR/S', 'HTTP responses 5xx and uncaught exceptions, over 10 s'],
]

/** Draws what the keys and columns mean above the row `bottom`, from the line on that was scrolled to. Returns whether there is more than fits. */
export function drawHelp(
  screen: Screen,
  [top, bottom]: readonly [number, number],
  isRecording: boolean,
  state: TopState,
): boolean {
  const replaced = isRecording ? general.filter(([key]) => !/^(space|←|end$|b$)/.test(key)) : general
  const room = Math.max(0, bottom - top)
  const all = [
    ['KEYS', ''] as const,
    ...replaced,
    ...(isRecording ? ofRecording : []),
    ['', ''] as const,
    ['COLUMNS', 'of what plimsoll/register observes; "-": not known'] as const,
    ...columns,
  ]
  const rows = all.length > room ? all.filter(([key]) => key !== '') : all
  const last = Math.max(0, rows.length - room)
  state.helpScroll = Math.max(0, Math.min(last, state.helpScroll))
  for (const [i, [key, meaning]] of rows.slice(state.helpScroll, state.helpScroll + room).entries()) {
    const isHead = key === 'KEYS' || key === 'COLUMNS'
    screen.put(1, top + i, key, isHead ? 'head' : 'bold', 20)
    screen.put(22, top + i, meaning, isHead ? 'head' : 'plain')
  }
  return last > 0
}
