import type { ReadTime } from '../read-time.ts'
import type { FamilySnapshot, Labels } from '../snapshot.ts'
import type { Slot } from '../store.ts'
import { averageCountCell, averageSumCell } from './average.ts'
import {
  explicitCells,
  explicitCountsCell,
  exponentialHeadCells,
  maxCell,
  minCell,
  type Octave,
  octaveCells,
  type SeriesParts,
  sumCell,
  zeroCell,
} from './cells.ts'
import { headCells, readSeries, type SeriesLayout } from './kinds.ts'
import { meterRatesCell } from './meter.ts'
import { startedAtCell, tickedCountCell } from './rates.ts'
import { enteredStateCell, readState, secondsCell, stintCells, stintSumCell, stintsCell } from './state.ts'
import { lastCell, timerRatesCell } from './timer.ts'

/** Labels of the one series that takes all updates past the limit of a family. */
export const overflowLabels: Labels = { overflow: 'true' }
/** Labels of what those series counted that are gone because they were idle for too long. */
export const evictedLabels: Labels = { evicted: 'true' }

/** Whether series of this family leave something behind that adds up. */
export function folds({ kind }: SeriesLayout): boolean {
  return kind !== 'gauge' && kind !== 'text' && kind !== 'info'
}

/** Makes a fresh series one that was folded: a state is in none of its states. */
export function beginFolded({ kind }: SeriesLayout, { cells, index }: Slot): void {
  if (kind !== 'state') return
  for (const stint of [stintsCell, stintsCell + stintCells]) {
    cells.fill(0, index + stint, index + stint + stintCells)
    cells[index + stint + enteredStateCell] = -1
    cells[index + stint + stintSumCell] = -1
  }
}

/**
 * Adds to the head of a series what another one has in its head and what adds up: counts, sums, seconds up to `end`. What
 * is of the moment stays as it is.
 */
export function foldHead(family: SeriesLayout, into: Slot, from: Slot, end: number): void {
  const { kind, bounds, states = [] } = family
  switch (kind) {
    case 'counter':
      add(into, from, 0)
      break
    case 'meter':
      add(into, from, 0)
      foldRates(into, from, meterRatesCell)
      break
    case 'histogram':
      foldHistogram(into, from, bounds)
      break
    case 'timer': {
      const own = bounds === undefined ? exponentialHeadCells : explicitCells(bounds.length)
      foldHistogram(into, from, bounds)
      foldRates(into, from, own + timerRatesCell)
      const last = into.index + own + lastCell
      into.cells[last] ||= from.cells[from.index + own + lastCell] as number
      break
    }
    case 'average':
      add(into, from, averageCountCell)
      add(into, from, averageSumCell)
      break
    case 'state': {
      const { seconds } = readState({}, from, states, { now: end, end })
      for (const [i, state] of states.entries()) {
        ;(into.cells[into.index + secondsCell + i] as number) += seconds[state] as number
      }
      break
    }
    case 'gauge':
    case 'text':
    case 'info':
      break
    default:
      kind satisfies never
  }
}

/** Adds the counts of one octave to those of another. */
export function foldOctave(into: Slot, from: Slot): void {
  for (let i = 0; i < octaveCells; i++) add(into, from, i)
}

/**
 * One series as plain data from several that stand for one: the first is in use and has all that is of the moment, the
 * others only have what adds up.
 */
export function readFolded(
  family: SeriesLayout,
  [first, ...others]: readonly [SeriesParts, ...SeriesParts[]],
  at: ReadTime,
  most?: number,
  maxRecent?: number,
): FamilySnapshot['series'][number] {
  const inUse = readSeries(family, first, at, most, maxRecent)
  if (others.length === 0) return inUse
  const { labels, cells, index } = first
  const sum = { cells: cells.slice(index, index + headCells(family)), index: 0 }
  const octaves: (Octave | undefined)[] = [...first.octaves]
  for (const other of others) {
    foldHead(family, sum, other, at.end)
    octaves.push(...other.octaves)
  }
  const total: object = readSeries(family, { labels, ...sum, octaves }, at, most)
  // What came lately did not come to those that are gone.
  const { window: _, ...adding } = total as { window?: unknown }
  return { ...inUse, ...adding } as typeof inUse
}

function add(into: Slot, from: Slot, cell: number): void {
  ;(into.cells[into.index + cell] as number) += from.cells[from.index + cell] as number
}

function foldHistogram(into: Slot, from: Slot, bounds: readonly number[] | undefined): void {
  add(into, from, sumCell)
  const least = into.index + minCell
  const most = into.index + maxCell
  into.cells[least] = Math.min(into.cells[least] as number, from.cells[from.index + minCell] as number)
  into.cells[most] = Math.max(into.cells[most] as number, from.cells[from.index + maxCell] as number)
  if (bounds === undefined) add(into, from, zeroCell)
  else for (let i = 0; i <= bounds.length; i++) add(into, from, explicitCountsCell + i)
}

/** The mean rate is that of all; the averages are of those in use, whose growth since the last tick must stay what it is. */
function foldRates(into: Slot, from: Slot, rates: number): void {
  add(into, from, rates + tickedCountCell)
  const started = into.index + rates + startedAtCell
  into.cells[started] = Math.min(
    into.cells[started] as number,
    from.cells[from.index + rates + startedAtCell] as number,
  )
}
