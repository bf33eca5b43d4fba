import { addSums } from '../amounts.ts'
import type { Aggregation } from '../family-traits.ts'
import type { Extremes, GaugeSeries, Windows } from '../snapshot.ts'
import { addExact } from './exact.ts'
import type { Mutable, SeriesSum } from './row.ts'

type Row = Mutable<GaugeSeries> & { processes: number }

/**
 * Gauges are combined by their `aggregation`. Those of `process` that have the same labels all the same, as when a page is read
 * twice, give the largest.
 */
export function gaugeSum(aggregation: Aggregation): SeriesSum<GaugeSeries, Row> {
  return {
    begin: rowOf,
    add(row, one) {
      if (row.extremes !== undefined || one.extremes !== undefined) {
        row.extremes = joinExtremes(aggregation, row, one)
      }
      join(aggregation, row, one)
      row.processes += one.processes ?? 1
      return row
    },
    end: (row) => row,
  }
}

/** Copied field by field: a copy of the rest took three times as long. */
function rowOf({ labels, value, exact, processes = 1, setAt, extremes }: GaugeSeries): Row {
  const row: Row = { labels, value, processes }
  if (exact !== undefined) row.exact = exact
  if (setAt !== undefined) row.setAt = setAt
  if (extremes !== undefined) row.extremes = extremes
  return row
}

function join(aggregation: Aggregation, row: Row, one: GaugeSeries): void {
  switch (aggregation) {
    case 'sum':
      addExact(row, one)
      return
    case 'last':
      if (isLater(one, row)) take(row, one)
      return
    case 'min':
      if (one.value < row.value) take(row, one)
      return
    case 'max':
    case 'process':
      if (one.value > row.value) take(row, one)
      return
    case 'mean': {
      const { processes = 1 } = one
      row.value = weighted(row.value, row.processes, one.value, processes)
      delete row.exact
      return
    }
    default:
      aggregation satisfies never
  }
}

/** The mean of means of so many; by shares where their sum is beyond all numbers. */
function weighted(a: number, m: number, b: number, n: number): number {
  const sum = a * m + b * n
  return Number.isFinite(sum) ? sum / (m + n) : a * (m / (m + n)) + b * (n / (m + n))
}

/** Of two that were set in the same instant, the larger one counts as the later, whichever comes first. */
function isLater(a: GaugeSeries, b: GaugeSeries): boolean {
  const { setAt: atA = -Infinity } = a
  const { setAt: atB = -Infinity } = b
  return atA === atB ? a.value > b.value : atA > atB
}

function take(row: Row, { value, exact, setAt }: GaugeSeries): void {
  row.value = value
  if (exact === undefined) delete row.exact
  else row.exact = exact
  if (setAt !== undefined) row.setAt = setAt
}

/**
 * The range of the combined value. The processes may have had their extremes at different moments, so
 * for a sum it is from the sum of the minima to that of the maxima, for a mean from mean to mean, for the smallest from
 * the smallest minimum to the smallest maximum, for the largest accordingly: the value was never outside, and may have
 * been nearer. A process without extremes counts with its value. For `last` and `process` it is from the
 * smallest to the largest of those with extremes.
 */
function joinExtremes(aggregation: Aggregation, a: Row, b: GaugeSeries): Windows<Extremes> {
  const window = (name: '1m' | '5m'): Windows<Extremes> => {
    const [x, y] = [a.extremes?.[name], b.extremes?.[name]]
    if (x === undefined && y === undefined) return {}
    return { [name]: joinWindow(aggregation, [x ?? only(a), a.processes], [y ?? only(b), b.processes ?? 1]) }
  }
  const only = ({ value }: GaugeSeries): Extremes | undefined =>
    aggregation === 'last' || aggregation === 'process' ? undefined : { seconds: 0, min: value, max: value }
  return { ...window('1m'), ...window('5m') }
}

type Weighted = readonly [extremes: Extremes | undefined, processes: number]

function joinWindow(aggregation: Aggregation, [a, m]: Weighted, [b, n]: Weighted): Extremes | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const seconds = Math.max(a.seconds, b.seconds)
  switch (aggregation) {
    case 'sum':
      return { seconds, min: addSums(a.min, b.min), max: addSums(a.max, b.max) }
    case 'mean':
      return { seconds, min: weighted(a.min, m, b.min, n), max: weighted(a.max, m, b.max, n) }
    case 'min':
      return { seconds, min: Math.min(a.min, b.min), max: Math.min(a.max, b.max) }
    case 'max':
      return { seconds, min: Math.max(a.min, b.min), max: Math.max(a.max, b.max) }
    case 'last':
    case 'process':
      return { seconds, min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) }
    default:
      return aggregation satisfies never
  }
}
