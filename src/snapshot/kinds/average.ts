import { isIntegerWithin } from '../../options.ts'
import { addCounts, addSums, countOr0, sumOr0 } from '../amounts.ts'
import { mean } from '../buckets/buckets.ts'
import type { AverageWindow } from '../family-traits.ts'
import type { ReadTime } from '../read-time.ts'
import type { AverageFamilySnapshot, AverageOverWindow, AverageSeries, Labels } from '../snapshot.ts'
import type { Slot } from '../store.ts'
import { addCountCells, addSumCell } from './evict-cells.ts'
import { numberOptions } from './options.ts'
import type { KindRow, Mutable, SeriesSum } from './row.ts'
import { bare, inUnit, type KindStatistics, perSecond, rateOf, sinceStart } from './statistic.ts'

/** Cells of an average: how many values, and their sum; then those of its window, if it has one. */
export const averageCountCell = 0
export const averageSumCell: number = averageCountCell + 1
const windowCell: number = averageSumCell + 1

/** Over the last values: how many of them there are, at most as many as the window has, and their sum. */
export const windowCountCell: number = windowCell
export const windowSumCell: number = windowCountCell + 1

/**
 * Over the last seconds: a ring of marks, each when it was made (seconds of the writer's clock, 0 for one that never was),
 * and count and sum of then. What came in since is the difference to now. Marks are at least 1/21 of the window apart, so
 * that 22 reach back over all of it, beside the one that is being made.
 */
export const marksCell: number = windowCell
export const markCount = 23
export const markTimeCell = 0
export const markCountCell: number = markTimeCell + 1
export const markSumCell: number = markCountCell + 1
export const markCells: number = markSumCell + 1

/** How many cells an average has. */
export function averageCells(over: AverageWindow | undefined): number {
  if (over === undefined) return windowCell
  return 'values' in over ? windowSumCell + 1 : marksCell + markCount * markCells
}

/** Makes a mark in the cells at `at`. Until it is made it is none, also when the writer is killed before. */
export function makeMark(cells: Float64Array, at: number, now: number, count: number, sum: number): void {
  cells[at + markTimeCell] = 0
  cells[at + markCountCell] = count
  cells[at + markSumCell] = sum
  cells[at + markTimeCell] = now
}

/**
 * First cell of the newest mark, counted from the first cell of the average at `index`; that of the first where there is
 * none.
 */
export function newestMark(cells: Float64Array, index: number): number {
  return (readMarks(cells, index)[0]?.at ?? index + marksCell) - index
}

/** The average whose cells begin at `slot`. */
export function readAverage(
  over: AverageWindow | undefined,
  labels: Labels,
  { cells, index }: Slot,
  { end }: ReadTime,
): AverageSeries {
  const count = countOr0(cells[index + averageCountCell] as number)
  const sum = sumOf(count, cells[index + averageSumCell] as number)
  if (over === undefined) return { labels, count, sum }
  if ('values' in over) {
    const inWindow = countOr0(cells[index + windowCountCell] as number)
    const window = { count: inWindow, sum: sumOf(inWindow, cells[index + windowSumCell] as number) }
    return { labels, count, sum, window }
  }
  const window = windowOf(cells, index, end, over.seconds)
  return window === undefined ? { labels, count, sum } : { labels, count, sum, window }
}

/**
 * What came since the newest mark that is at least so many seconds old at `end`, or since the oldest one there is: no less
 * than the window unless the average is younger, and more by the time between two marks at most. `undefined` without
 * marks.
 */
function windowOf(cells: Float64Array, index: number, end: number, window: number): AverageOverWindow | undefined {
  const marks = readMarks(cells, index)
  const newest = marks[0]
  if (newest === undefined) return undefined
  // By the clock of another machine, the newest mark may seem to be in the future.
  const now = Math.max(end, newest.time)
  const { time, at } = marks.find((mark) => mark.time <= now - window) ?? marks.at(-1) ?? newest
  const count = countOr0(cells[index + averageCountCell] as number) - countOr0(cells[at + markCountCell] as number)
  const all = cells[index + averageSumCell] as number
  const sum = all - (cells[at + markSumCell] as number)
  // Without values there is no sum, even if the last digits of two large sums differ.
  if (!(count > 0)) return { count: 0, sum: 0, seconds: now - time }
  return { count, sum: sumOr0(Number.isNaN(sum) ? all : sum), seconds: now - time }
}

function sumOf(count: number, sum: number): number {
  return count > 0 ? sumOr0(sum) : 0
}

/** Time and place of all marks, the newest first. */
function readMarks(cells: Float64Array, index: number): readonly { readonly time: number; readonly at: number }[] {
  const found: { time: number; at: number }[] = []
  const first = index + marksCell
  for (let at = first; at < first + markCount * markCells; at += markCells) {
    const time = cells[at + markTimeCell] as number
    if (time > 0 && Number.isFinite(time)) found.push({ time, at })
  }
  return found.sort((a, b) => b.time - a.time)
}

/** Counts and sums add up, those of the windows too. */
const sum: SeriesSum<AverageSeries, Mutable<AverageSeries>> = {
  begin: (one) => ({ ...one }),
  add(row, { count, sum, window }) {
    row.count = addCounts(row.count, count)
    row.sum = addSums(row.sum, sum)
    if (window !== undefined) row.window = row.window === undefined ? window : joinWindows(row.window, window)
    return row
  },
  end: (row) => row,
}

/** The longer of two times is what both together are about. */
function joinWindows(a: AverageOverWindow, b: AverageOverWindow): AverageOverWindow {
  const both = { count: addCounts(a.count, b.count), sum: addSums(a.sum, b.sum) }
  if (a.seconds === undefined && b.seconds === undefined) return both
  return { ...both, seconds: Math.max(a.seconds ?? 0, b.seconds ?? 0) }
}

/** The same for windows over the same; empty for none. */
function windowText(over: AverageWindow | undefined): string {
  if (over === undefined) return ''
  return 'values' in over ? `${over.values} values` : `${over.seconds} seconds`
}

function subtract(before: AverageSeries, after: AverageSeries): AverageSeries {
  const count = after.count - before.count
  return { ...after, ...(count > 0 ? { count, sum: addSums(after.sum, -before.sum) } : { count: 0, sum: 0 }) }
}

function isWindow(over: unknown): boolean {
  if (typeof over !== 'object' || over === null || Object.keys(over).length !== 1) return false
  const { values, seconds } = over as { values?: unknown; seconds?: unknown }
  return isIntegerWithin(values, 1, 1_000_000) || isIntegerWithin(seconds, 10, 86_400)
}

const statistics: KindStatistics<AverageSeries> = {
  default: 'mean',
  inSum: 'count',
  named: {
    rate: perSecond('', ({ count }, interval) => rateOf(count, interval)),
    count: bare(({ count }) => count),
    total: bare((series, interval) => sinceStart(series, interval)?.count),
    sum: inUnit(({ sum }) => sum),
    mean: inUnit(mean),
    window: inUnit(({ window }) => window && mean(window)),
  },
}

export const averageRow: KindRow<AverageFamilySnapshot> = {
  options: { ...numberOptions, window: [isWindow, '{ values: 1 to 1,000,000 } or { seconds: 10 to 86,400 }'] },
  statistics,
  cells: ({ over }) => averageCells(over),
  isTimed: ({ over }) => over !== undefined && 'seconds' in over,
  isTimeless: ({ over }) => over === undefined || 'values' in over,
  read: ({ over }, source, at) => readAverage(over, source.labels, source, at),
  head: ({ over }) => (over === undefined ? {} : { over }),
  traits: ({ over }) => windowText(over),
  sum: () => sum,
  totals: {
    cumulative: ({ labels, count, sum }) => ({ labels, count, sum }),
    subtract,
    sanitize: (series) => ({ ...series, count: countOr0(series.count), sum: sumOr0(series.sum) }),
    evict(_, into, from) {
      addCountCells(into, from, averageCountCell, 1)
      addSumCell(into, from, averageSumCell)
    },
  },
  familyFields: ['over'],
  fields: { count: 'count', sum: 'finite', mean: 'mean', window: 'averageWindow?' },
}
