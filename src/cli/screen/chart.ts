import { durationText } from '../../formats/table/durations.ts'
import type { Screen } from './screen.ts'
import type { SeriesStyle } from './styles.ts'

/** A line of a chart: its values, the newest last; one that is missing is a gap. */
export interface ChartLine {
  readonly values: readonly (number | undefined)[]
  readonly style: SeriesStyle
}

/** A part of the screen. */
export interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Dots of a braille character by column, from its bottom to its top. */
const dots = [
  [0x40, 0x04, 0x02, 0x01],
  [0x80, 0x20, 0x10, 0x08],
] as const
const blank = 0x2800
const labelWidth = 10
/** Seconds ago, that may stand below a chart. */
const ages = [10, 30, 60, 120, 180, 240, 300, 600, 1800, 3600, 10_800, 36_000, 86_400]

/** A chart has room for so many values at least, so that it does not change its scale with the first ones. */
const minValues = 60

/** What stands at the edges of a chart. */
export interface Axes {
  format(value: number): string
  /** 1024 for amounts of bytes, so that the values at the edge are round ones; else 1000. */
  readonly thousand: 1000 | 1024
  /** Seconds between two values, and the time of the last. */
  readonly interval: number
  readonly now: string
}

/**
 * Draws lines from 0, or from below the smallest value under it, to above the largest one, two dots to a column and four to a
 * row, with round values at the left, and below it how long ago that was. Of lines that cross in one character, the later one
 * has its colour.
 */
export function drawChart(screen: Screen, lines: readonly ChartLine[], all: Area, axes: Axes): void {
  const width = all.width - labelWidth - 1
  const area = { ...all, height: all.height - 1 }
  if (width < 2 || area.height < 2) return
  const most = Math.max(minValues, ...lines.map(({ values }) => values.length))
  const step = Math.max(1, Math.floor((2 * width) / most))
  const shown = lines.map(({ values, style }) => ({ values: values.slice(-Math.floor((2 * width) / step)), style }))
  const known = shown.flatMap(({ values }) => values).filter(isKnown)
  const low = -roundAbove(-Math.min(0, ...known), axes.thousand)
  const range = roundAbove(Math.max(0, ...known), axes.thousand) - low || 1
  const left = area.x + labelWidth
  drawAxis(screen, area, known.length > 0 ? (share) => axes.format(low + range * share) : () => '')
  drawTimes(screen, { ...area, y: area.y + area.height, x: left + 1, width }, step, axes)
  const bottom = area.y + area.height - 1
  const levels = area.height * 4 - 1
  for (const { values, style } of shown) {
    let before: number | undefined
    for (const [i, value] of values.entries()) {
      const level = isKnown(value) ? Math.round(((value - low) / range) * levels) : undefined
      const column = 2 * width - 1 - (values.length - 1 - i) * step
      if (level !== undefined)
        drawStep(screen, [left + 1, bottom], column, before === undefined ? 0 : step, before ?? level, level, style)
      before = level
    }
  }
}

function isKnown(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value)
}

/** The least round value that is not below one, of which half is round, too; 0 for 0. */
export function roundAbove(value: number, thousand: 1000 | 1024): number {
  if (!(value > 0)) return 0
  const unit = thousand ** Math.floor(Math.log(value) / Math.log(thousand))
  const step = unit * 10 ** Math.floor(Math.log10(value / unit))
  const round = [1, 2, 3, 4, 5, 6, 8, 10].find((one) => one * step >= value * (1 - 1e-9)) ?? 10
  return round * step
}

function drawAxis(screen: Screen, { x, y, height }: Area, label: (share: number) => string): void {
  const shares = new Map([0, 0.5, 1].map((share) => [Math.round((1 - share) * (height - 1)), share]))
  for (let row = 0; row < height; row++) {
    const share = shares.get(row)
    if (share !== undefined) screen.putRight(x + labelWidth - 1, y + row, label(share), 'dim', labelWidth - 1)
    screen.put(x + labelWidth, y + row, share === undefined ? '│' : '┤', 'dim')
  }
}

/** The time of the last value at the right, and below others how long they were before it. */
function drawTimes(screen: Screen, { x, y, width }: Area, step: number, { interval, now }: Axes): void {
  let free = width - now.length - 2
  screen.put(x + width - now.length, y, now, 'dim')
  for (const age of ages) {
    const text = `-${durationText(age)}`
    const end = width - Math.round((age / interval) * (step / 2))
    if (end > free || end < text.length) continue
    screen.putRight(x + end, y, text, 'dim')
    free = end - text.length - 3
  }
}

/** A line of dots from the level before, so many columns back, to this one: also a steep one has no gaps. */
function drawStep(
  screen: Screen,
  [left, bottom]: readonly [number, number],
  column: number,
  back: number,
  before: number,
  level: number,
  style: SeriesStyle,
): void {
  const count = Math.max(back, Math.abs(level - before), 1)
  for (let i = 1; i <= count; i++) {
    const at = column - Math.round(back * (1 - i / count))
    drawDot(screen, left, bottom, at, Math.round(before + ((level - before) * i) / count), style)
  }
}

function drawDot(
  screen: Screen,
  left: number,
  bottom: number,
  column: number,
  level: number,
  style: SeriesStyle,
): void {
  const x = left + (column >> 1)
  const y = bottom - (level >> 2)
  const code = screen.texts[y * screen.columns + x]?.charCodeAt(0) ?? 0
  const present = code >= blank && code < blank + 256 ? code - blank : 0
  const dot = dots[column & 1 ? 1 : 0][level & 3] as number
  screen.put(x, y, String.fromCharCode(blank + (present | dot)), style)
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar of at most `width` columns, for a share of 0 to 1; what is not nothing is seen. */
export function bar(share: number, width: number): string {
  const filled = Math.min(width * 8, Math.max(share > 0 ? 1 : 0, Math.round(share * width * 8)))
  return '█'.repeat(filled >> 3) + (eighths[filled & 7] as string)
}
