import type { Screen } from '../screen/screen.ts'
import type { Frame } from './history.ts'
import type { ProcessRow } from './process-row.ts'
import { quantileText, valueText } from './reading-text.ts'
import type { Reading } from './readings.ts'
import { drawScrolled } from './scroll.ts'
import type { TopState } from './state.ts'

const columnWidth = 11
const gap = 2
/** A value so many times that of the middle one, or this part of it, stands out. */
const outlierFactor = 1.5
/** Workers that are read as a whole at most. */
export const maxCompared = 16

interface CompareRow {
  readonly name: string
  readonly values: readonly (Reading | undefined)[]
  readonly read: (reading: Reading) => number | string | undefined
  readonly text: (reading: Reading) => string
}

/** The processes of the app that is compared. */
export function comparedRows(frame: Frame | undefined, { app }: TopState): ProcessRow[] {
  return (frame?.rows ?? []).filter(({ page }) => page.app === app && page.state !== 'archived').slice(0, maxCompared)
}

/** A line for each metric that all workers show beside each other: of a distribution the rate and its slow end. */
export function compareLines(frame: Frame | undefined, state: TopState): CompareRow[] {
  const details = comparedRows(frame, state).map(({ key }) => frame?.details.get(key))
  const names = new Set(details.flatMap((readings) => [...(readings?.keys() ?? [])]))
  return [...names].flatMap((key): CompareRow[] => {
    const values = details.map((readings) => readings?.get(key))
    const first = values.find((one) => one !== undefined)
    if (first === undefined || first.labels !== undefined) return []
    const value = {
      name: first.family,
      values,
      read: (one: Reading) => one.value,
      text: (one: Reading) => valueText(one, one.value),
    }
    if (values.every((one) => one?.p99 === undefined)) return [value]
    const slow = {
      name: `${first.family} p99`,
      values,
      read: (one: Reading) => one.p99,
      text: (one: Reading) => quantileText(one, one.p99),
    }
    return [value, slow]
  })
}

/** Draws the workers of an app beside each other; what differs from the others is marked. */
export function drawCompare(
  screen: Screen,
  frame: Frame,
  state: TopState,
  [top, bottom]: readonly [number, number],
): void {
  const rows = comparedRows(frame, state)
  const lines = compareLines(frame, state)
  const room = Math.floor((screen.columns - 28) / (columnWidth + gap))
  const shown = rows.slice(0, Math.max(1, room))
  const name = screen.columns - shown.length * (columnWidth + gap) - 2
  const left = rows.length > shown.length ? `, ${rows.length - shown.length} more have no room` : ''
  screen.put(1, top, `${state.app ?? ''}: ${rows.length} workers side by side${left}`, 'bold', screen.columns - 2)
  screen.put(1, top + 1, 'METRIC', 'head', name)
  const endOf = (i: number): number => 1 + name + (i + 1) * (columnWidth + gap)
  for (const [i, { page }] of shown.entries()) {
    const head = `${page.pid}${page.tid === 0 ? '' : `/${page.tid}`}`
    const style = page.state === 'live' ? 'head' : 'alarm'
    screen.putRight(endOf(i), top + 1, page.state === 'live' ? head : `▲ ${head}`, style, columnWidth)
  }
  const chosen = Math.min(state.selected.compare, lines.length - 1)
  state.selected.compare = Math.max(0, chosen)
  drawScrolled(lines, chosen, state, 'compare', [top + 2, bottom], (line, y) => {
    const isSelected = line === lines[chosen]
    if (isSelected) screen.fill(0, y, screen.columns, 'selected')
    screen.put(1, y, line.name, isSelected ? 'selected' : 'plain', name)
    const numbers = line.values.map((one) => one && line.read(one))
    for (const [i, reading] of line.values.slice(0, shown.length).entries()) {
      const isOdd = isOutlier(numbers[i], numbers)
      const text = reading === undefined ? '-' : line.text(reading)
      const plain = isSelected ? 'selected' : text === '-' ? 'dim' : 'plain'
      const style = isOdd ? (isSelected ? 'selectedAlarm' : 'alarm') : plain
      screen.putRight(endOf(i), y, isOdd ? `▲ ${text}` : text, style, columnWidth)
    }
  })
  screen.put(
    1,
    bottom,
    `▲ more than ${outlierFactor} times the middle value of three workers or more, or less than that part`,
    'dim',
  )
}

/** Whether a number is far from the middle of three or more. */
export function isOutlier(value: unknown, all: readonly unknown[]): boolean {
  const numbers = all.filter((one): one is number => typeof one === 'number').sort((a, b) => a - b)
  if (typeof value !== 'number' || numbers.length < 3) return false
  const middle = numbers[Math.floor(numbers.length / 2)] as number
  return middle > 0 ? value > middle * outlierFactor || value < middle / outlierFactor : value > 0 && middle === 0
}
