import { durationText } from '../../formats/table/durations.ts'
import { isAlive, uptime } from '../../snapshot/page-state.ts'
import { sparkline } from '../screen/glyphs.ts'
import type { Screen } from '../screen/screen.ts'
import type { Frame, History } from './history.ts'
import { stateStyle, stateText, worstOf } from './list-columns.ts'
import type { ProcessRow } from './process-row.ts'
import { lastText, quantileText, valueText } from './reading-text.ts'
import type { Reading } from './readings.ts'
import { drawScrolled } from './scroll.ts'
import type { TopState } from './state.ts'

const narrowestValue = 12
/** A time in full. */
const widestValue = 19
const wideScreen = 120
const quantileWidth = 9
const gap = 2
const narrowestName = 26
const widestName = 44
const narrowestTrend = 8
const widestTrend = 60

/** The families of the process that is open, as lines to choose from. */
export function familyReadings(frame: Frame | undefined, { page }: TopState): Reading[] {
  const readings = frame?.details.get(page ?? '')
  return [...(readings?.values() ?? [])].filter(({ labels }) => labels === undefined)
}

/** The family that is chosen, else the first. */
export function chosenFamily(readings: readonly Reading[], { selected }: TopState): Reading | undefined {
  return readings.find(({ key }) => key === selected.process) ?? readings[0]
}

/** The title of a process: what it is called, its state and age. */
export function drawProcessHead(screen: Screen, row: ProcessRow, frame: Frame, state: TopState, y: number): void {
  const { app, pid, tid, host, worker } = row.page
  const name = `${app} ${pid}${tid === 0 ? '' : `/${tid}`}${worker === undefined ? '' : ` worker ${worker}`}`
  const behind = screen.put(1, y, name, 'bold', Math.floor(screen.columns / 2))
  const stack = state.stacks.get(row.key)
  const words = stateText(row, { time: frame.time, stack: () => stack })
  const end = screen.put(behind + gap, y, words, stateStyle(row))
  screen.put(end + gap, y, `up ${durationText(uptime(row.page, frame.time))}  ${host}`, 'dim')
}

/** Draws the families of a process with their present values and how these were lately. */
export function drawProcess(
  screen: Screen,
  row: ProcessRow,
  frame: Frame,
  state: TopState,
  history: History,
  at: number,
  [top, bottom]: readonly [number, number],
): void {
  drawProcessHead(screen, row, frame, state, top)
  const readings = familyReadings(frame, state)
  const chosen = chosenFamily(readings, state)
  const hasQuantiles = readings.some(({ p99 }) => p99 !== undefined)
  const valueWidth = screen.columns < wideScreen ? narrowestValue : widestValue
  const numbers = valueWidth + gap + (hasQuantiles ? 2 * (quantileWidth + gap) : 0)
  const longest = readings.reduce((most, { family }) => Math.max(most, family.length + 5), narrowestName)
  const trend = Math.min(widestTrend, Math.max(0, screen.columns - Math.min(longest, widestName) - numbers - gap - 3))
  // Numbers stand beside what they are of, however wide the screen is.
  const name = Math.min(longest, screen.columns - numbers - (trend < narrowestTrend ? 0 : trend + gap) - 2)
  const ends = [name + gap + valueWidth, name + gap + valueWidth + gap + quantileWidth] as const
  screen.put(1, top + 1, 'METRIC', 'head')
  const isLiving = isAlive(row.page)
  screen.putRight(ends[0], top + 1, isLiving ? 'NOW' : 'AT ITS END', 'head')
  if (hasQuantiles) {
    screen.putRight(ends[1], top + 1, 'P50 1m', 'head')
    screen.putRight(ends[1] + gap + quantileWidth, top + 1, 'P99 1m', 'head')
  }
  const trendAt = 1 + name + numbers + gap
  if (trend >= narrowestTrend) screen.put(trendAt, top + 1, `LAST ${trend} VALUES`, 'head', trend)
  drawScrolled(readings, readings.indexOf(chosen as Reading), state, 'process', [top + 2, bottom], (reading, y) => {
    const style = reading === chosen ? 'selected' : 'plain'
    if (reading === chosen) screen.fill(0, y, screen.columns, style)
    const end = screen.put(1, y, reading.family, style, name)
    if (reading.series > 1) screen.put(end + 1, y, `×${reading.series}`, reading === chosen ? style : 'dim', name - end)
    const isText = typeof reading.value === 'string'
    const text = isLiving ? valueText(reading, reading.value) : lastText(reading)
    // A time has room in the columns of quantiles, which it has none of.
    const isLong = isText || (text.length > valueWidth && reading.p99 === undefined)
    if (isLong) screen.put(name + gap, y, text, style)
    else screen.putRight(ends[0], y, text, style, valueWidth)
    if (reading.p99 !== undefined) {
      screen.putRight(ends[1], y, quantileText(reading, reading.p50), style, quantileWidth)
      screen.putRight(ends[1] + gap + quantileWidth, y, quantileText(reading, reading.p99), style, quantileWidth)
    }
    if (trend < narrowestTrend || isLong) return
    const values = history.ofReading(row.key, reading.key, at, trend)
    screen.put(trendAt, y, sparkline(values, trend), reading === chosen ? style : 'accent')
  })
  if (readings.length === 0) screen.put(1, top + 2, 'No metrics are known of it at this time.', 'dim')
  const worst = worstOf(row, state.stacks.get(row.key))
  if (worst !== undefined) screen.put(1, bottom, worst, stateStyle(row), screen.columns - 2)
  else if (chosen !== undefined) screen.put(1, bottom, chosen.help, 'dim', screen.columns - 2)
}
