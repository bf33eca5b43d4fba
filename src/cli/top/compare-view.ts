import { levelOf, marks } from '../../findings/levels.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import type { Screen } from '../screen/screen.ts'
import type { Frame, History } from './history.ts'
import { stateStyle } from './list-columns.ts'
import type { ProcessRow } from './process-row.ts'
import { quantileText, valueText } from './reading-text.ts'
import type { Reading } from './readings.ts'
import { drawScrolled } from './scroll.ts'
import type { TopState } from './state.ts'

const narrowestColumn = 11
/** Columns of the screen that values have not: the narrowest name, and the edges. */
const besides = 28
const gap = 2
/** A value so many times that of the middle one, or less than this part of it, stands out. */
const outlierFactor = 2
/** Values are means of so many frames, so that what comes now here, now there does not stand out. */
const meanFrames = 15
/** Workers that are read as a whole at most. */
const maxCompared = 16

/** A metric that all workers show. */
interface CompareLine {
  readonly name: string
  readonly values: readonly (number | string | undefined)[]
  readonly text: (value: number | string | undefined) => string
}

/** The processes of the app that is compared: those that live, or all where none does. */
export function comparedRows(frame: Frame | undefined, { app }: TopState): ProcessRow[] {
  const rows = (frame?.rows ?? []).filter(({ page }) => page.app === app && page.state !== 'archived')
  const living = rows.filter(({ page }) => isAlive(page))
  return (living.length > 0 ? living : rows).slice(0, maxCompared)
}

/** A line for each metric, up to frame `at`: of a distribution the rate and its slow end. What is 0 everywhere is left out. */
export function compareLines({ frames }: History, at: number, state: TopState): CompareLine[] {
  const rows = comparedRows(frames[at], state)
  const recent = frames.slice(Math.max(0, at + 1 - meanFrames), at + 1)
  const all = rows.flatMap(({ key }) => frames[at]?.details.get(key) ?? [])
  // In the order of the one that has most: the primary process of a cluster has few.
  const names = new Set(all.sort((a, b) => b.size - a.size).flatMap((one) => [...one.keys()]))
  return [...names].flatMap((name) => {
    const first = rows.map(({ key }) => frames[at]?.details.get(key)?.get(name)).find((one) => one !== undefined)
    if (first === undefined || (first.labels !== undefined && first.part === undefined)) return []
    const line = (label: string, read: (one: Reading) => Reading['value'], text: CompareLine['text']): CompareLine => ({
      name: label,
      values: rows.map(({ key }) =>
        meanOf(recent.map(({ details }) => details.get(key)?.get(name)).map((one) => one && read(one))),
      ),
      text,
    })
    const rate = line(
      first.part === undefined ? first.family : `${first.family} ${first.part}`,
      ({ value }) => value,
      (value) => valueText(first, value),
    )
    const slow = line(
      `${first.family} p99 1m`,
      ({ p99 }) => p99,
      (value) => quantileText(first, Number(value ?? Number.NaN)),
    )
    return [rate, ...(first.distribution === undefined ? [] : [slow])].filter(({ values }) => values.some((one) => one))
  })
}

function meanOf(values: readonly Reading['value'][]): Reading['value'] {
  const numbers = values.filter((value) => typeof value === 'number')
  return numbers.length === 0 ? values.at(-1) : numbers.reduce((sum, one) => sum + one, 0) / numbers.length
}

/** Draws the workers of an app beside each other; what differs from the others is marked. */
export function drawCompare(
  screen: Screen,
  history: History,
  at: number,
  state: TopState,
  [top, bottom]: readonly [number, number],
): void {
  const rows = comparedRows(history.frames[at], state)
  const lines = compareLines(history, at, state)
  const width = columnWidth(lines, rows.length, screen.columns)
  const room = Math.floor((screen.columns - besides) / (width + gap))
  const shown = rows.slice(0, Math.max(1, room))
  const longest = lines.reduce((most, line) => Math.max(most, line.name.length + gap), 26)
  const name = Math.min(longest, screen.columns - shown.length * (width + gap) - 2)
  const left = rows.length > shown.length ? `, ${rows.length - shown.length} more have no room` : ''
  const workers = rows.length === 1 ? 'one worker, and none to compare it with' : `${rows.length} workers side by side`
  screen.put(1, top, `${state.app ?? ''}: ${workers}${left}`, 'bold', screen.columns - 2)
  screen.put(1, top + 1, 'METRIC', 'head', name)
  const endOf = (i: number): number => 1 + name + (i + 1) * (width + gap)
  for (const [i, row] of shown.entries()) {
    const { pid, tid } = row.page
    const head = `${marks[levelOf(row.page, row.findings)]} ${pid}${tid === 0 ? '' : `/${tid}`}`
    screen.putRight(endOf(i), top + 1, head, stateStyle(row), width)
  }
  const chosen = Math.max(0, Math.min(state.selected.compare, lines.length - 1))
  state.selected.compare = chosen
  drawScrolled(lines, chosen, state, 'compare', [top + 2, bottom], (line, y) => {
    const isSelected = line === lines[chosen]
    if (isSelected) screen.fill(0, y, screen.columns, 'selected')
    screen.put(1, y, line.name, isSelected ? 'selected' : 'plain', name)
    for (const [i, value] of line.values.slice(0, shown.length).entries()) {
      const isOdd = isOutlier(value, line.values)
      const text = value === undefined ? '-' : line.text(value)
      const plain = isSelected ? 'selected' : text === '-' ? 'dim' : 'plain'
      const style = isOdd ? (isSelected ? 'selectedAlarm' : 'warning') : plain
      screen.putRight(endOf(i), y, isOdd ? `${marks.warning} ${text}` : text, style, width + 1)
    }
  })
  const meaning = `${marks.warning} over ${outlierFactor} times the middle of three or more, or under half; means of ${meanFrames} reads`
  screen.put(1, bottom, meaning, 'dim', screen.columns - 2)
}

/** As wide as a value in full, such as a time, where all workers have room for that. */
function columnWidth(lines: readonly CompareLine[], workers: number, columns: number): number {
  const texts = lines.flatMap(({ values, text }) => values.map((value) => (value === undefined ? '-' : text(value))))
  const widest = texts.reduce((most, text) => Math.max(most, text.length), narrowestColumn)
  return workers * (widest + gap) + besides <= columns ? widest : narrowestColumn
}

/** Whether a number is far from the middle one of three or more. */
export function isOutlier(value: unknown, all: readonly unknown[]): boolean {
  const numbers = all.filter((one): one is number => typeof one === 'number').sort((a, b) => a - b)
  if (typeof value !== 'number' || numbers.length < 3) return false
  const middle = numbers[Math.floor((numbers.length - 1) / 2)] as number
  return middle > 0 && (value > middle * outlierFactor || value < middle / outlierFactor)
}
