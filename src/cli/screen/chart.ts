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

/**
 * Draws lines from 0, or from the smallest value below it, to the largest one, two values to a column and four levels to a row,
 * with the values of the edges at the left. Of lines that cross in one character, the later one has its colour.
 */
export function drawChart(
  screen: Screen,
  lines: readonly ChartLine[],
  area: Area,
  format: (value: number) => string,
): void {
  const width = area.width - labelWidth - 1
  if (width < 2 || area.height < 2) return
  const shown = lines.map(({ values, style }) => ({ values: values.slice(-2 * width), style }))
  const known = shown.flatMap(({ values }) => values).filter((value) => value !== undefined && Number.isFinite(value))
  const low = Math.min(0, ...(known as number[]))
  const high = Math.max(0, ...(known as number[]))
  const range = high - low || 1
  const left = area.x + labelWidth
  const { height } = area
  for (let row = 0; row < height; row++) {
    const isLabelled = row === 0 || row === height - 1 || row === Math.floor((height - 1) / 2)
    const value = high - (range * row) / (height - 1)
    if (isLabelled && known.length > 0) screen.putRight(left - 1, area.y + row, format(value), 'dim', labelWidth - 1)
    screen.put(left, area.y + row, isLabelled ? '┤' : '│', 'dim')
  }
  const levels = height * 4
  for (const { values, style } of shown) {
    const first = 2 * width - values.length
    let before: number | undefined
    for (const [i, value] of values.entries()) {
      if (value === undefined || !Number.isFinite(value)) {
        before = undefined
        continue
      }
      const level = Math.min(levels - 1, Math.floor(((value - low) / range) * (levels - 1) + 0.5))
      // A steep line has no gaps.
      for (const each of levelsBetween(before, level)) {
        drawDot(screen, left + 1, area.y + height - 1, first + i, each, style)
      }
      before = level
    }
  }
}

function levelsBetween(before: number | undefined, level: number): number[] {
  if (before === undefined || before === level) return [level]
  const step = level > before ? 1 : -1
  return Array.from({ length: Math.abs(level - before) }, (_, i) => before + step * (i + 1))
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
