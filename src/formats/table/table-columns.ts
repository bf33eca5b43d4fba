import { mean, recentRate } from '../../snapshot/buckets/buckets.ts'
import { quantile, quantiles } from '../../snapshot/buckets/quantile.ts'
import { ofState } from '../../snapshot/kinds/state.ts'
import type {
  AverageFamilySnapshot,
  DistributionFamilySnapshot,
  DistributionSeries,
  FamilySnapshot,
  GaugeFamilySnapshot,
  GaugeSeries,
  InfoFamilySnapshot,
  Labels,
  MeterFamilySnapshot,
  StateFamilySnapshot,
  StateSeries,
  TextFamilySnapshot,
} from '../../snapshot/snapshot.ts'
import { humanNumber, wholeNumber } from './human-number.ts'
import { cut, printable } from './printable.ts'

/** One column of a block: a head, which may be empty, and how a series looks in it. */
interface Column<Series> {
  readonly head: string
  /** Columns with a high number are given up first on a narrow terminal, those with 0 never. */
  readonly dispensable: number
  cell(series: Series): string
}

/** What a block shows: heads, which of them go first, and for each series its labels and cells. */
export interface Columns {
  readonly heads: readonly string[]
  /** The columns, by place, in the order in which they are given up. */
  readonly givenUp: readonly number[]
  readonly rows: readonly { readonly label: string; readonly cells: readonly string[] }[]
}

/** The columns of a family of numbers. Those that would be empty in every line are left out. */
export function columnsOf(family: Exclude<FamilySnapshot, TextFamilySnapshot | InfoFamilySnapshot>): Columns {
  switch (family.kind) {
    case 'counter':
      return columns(family.series, [plain(({ value, exact }) => numberCell(value, exact, family.unit))])
    case 'gauge':
      return columns(family.series, gaugeColumns(family))
    case 'meter':
      return columns(family.series, meterColumns(family))
    case 'average':
      return columns(family.series, averageColumns(family))
    case 'state':
      return columns(family.series, stateColumns(family))
    case 'histogram':
    case 'timer':
      return columns(family.series, distributionColumns(family))
    default:
      return family satisfies never
  }
}

function columns<S extends { readonly labels: Labels }>(series: readonly S[], all: readonly Column<S>[]): Columns {
  const cells = series.map((one) => all.map((column) => column.cell(one)))
  const kept = all.map((_, i) => i).filter((i) => all[i]?.dispensable === 0 || cells.some((row) => row[i] !== ''))
  const rank = (i: number): number => all[kept[i] ?? 0]?.dispensable ?? 0
  return {
    heads: kept.map((i) => all[i]?.head ?? ''),
    givenUp: kept
      .map((_, i) => i)
      .filter((i) => rank(i) > 0)
      .sort((a, b) => rank(b) - rank(a)),
    rows: series.map(({ labels }, i) => ({ label: labelText(labels), cells: kept.map((at) => cells[i]?.[at] ?? '') })),
  }
}

function plain<S>(cell: (series: S) => string): Column<S> {
  return { head: '', dispensable: 0, cell }
}

/** A column that may be given up, and has nothing to show where its value is not known. */
function column<S>(head: string, dispensable: number, cell: (series: S) => string | undefined): Column<S> {
  return { head, dispensable, cell: (series) => cell(series) ?? '' }
}

/** Label names and values; `(all)` without any. */
export function labelText(labels: Labels): string {
  const text = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  return text.length === 0 ? '(all)' : printable(text.join(' '))
}

function numberCell(value: number, exact: string | undefined, unit: string): string {
  return exact === undefined ? humanNumber(value, unit) : wholeNumber(exact)
}

const smallestRate = 0.001

/** Large rates need no fractions, and weighted averages fade for hours without ever being 0. */
function rateCell(rate: number | undefined, unit: string): string | undefined {
  if (rate === undefined) return undefined
  if (rate > 0 && rate < smallestRate && unit === '') return `<${smallestRate}/s`
  return `${humanNumber(Math.abs(rate) >= 100 && unit === '' ? Math.round(rate) : rate, unit)}/s`
}

function gaugeColumns(family: GaugeFamilySnapshot): Column<GaugeSeries>[] {
  const extreme = (window: '1m' | '5m', which: 'min' | 'max', dispensable: number): Column<GaugeSeries> =>
    column(`${which} ${window}`, dispensable, ({ extremes }) => {
      const value = extremes?.[window]?.[which]
      return value === undefined ? undefined : humanNumber(value, family.unit)
    })
  const extremes = [extreme('1m', 'min', 3), extreme('1m', 'max', 1), extreme('5m', 'min', 4), extreme('5m', 'max', 2)]
  const hasExtremes = family.series.some((series) => series.extremes !== undefined)
  return [{ head: hasExtremes ? 'now' : '', dispensable: 0, cell: (one) => gaugeCell(family, one) }, ...extremes]
}

/** A bool of one process, or of several that need not agree, is `true` or `false`; a sum of bools says how many are true. */
function gaugeCell(
  { type, aggregation, unit }: GaugeFamilySnapshot,
  { value, exact, processes = 1 }: GaugeSeries,
): string {
  if (type === 'bool' && aggregation === 'sum' && processes > 1) return `${humanNumber(value, '')} of ${processes} true`
  if (type === 'bool' && (value === 0 || value === 1)) return value === 1 ? 'true' : 'false'
  return numberCell(value, exact, unit)
}

function meterColumns({ unit }: MeterFamilySnapshot): Column<MeterFamilySnapshot['series'][number]>[] {
  return [
    { head: 'count', dispensable: 0, cell: ({ value }) => humanNumber(value, unit) },
    column('rate 1m', 1, ({ rates }) => rateCell(rates?.m1, unit)),
    column('rate 5m', 3, ({ rates }) => rateCell(rates?.m5, unit)),
    column('rate 15m', 4, ({ rates }) => rateCell(rates?.m15, unit)),
    column('mean rate', 2, ({ rates }) => rateCell(rates?.mean, unit)),
  ]
}

function averageColumns({ unit, over }: AverageFamilySnapshot): Column<AverageFamilySnapshot['series'][number]>[] {
  const meanCell = (of: { count: number; sum: number } | undefined): string | undefined =>
    of === undefined ? undefined : of.count > 0 ? humanNumber(of.sum / of.count, unit) : '-'
  const lately =
    over === undefined ? '' : 'values' in over ? `mean of ${over.values}` : `mean ${humanNumber(over.seconds, 's')}`
  return [
    { head: 'count', dispensable: 0, cell: ({ count }) => humanNumber(count, '') },
    column('mean', 2, (series) => meanCell(series)),
    column(lately, 1, ({ window }) => meanCell(window)),
  ]
}

const widestState = 16

/** The present state, and how long it was in each. The states with the least time are given up first. */
function stateColumns({ states, series }: StateFamilySnapshot): Column<StateSeries>[] {
  const spent = (state: string): number => series.reduce((sum, { seconds }) => sum + ofState(seconds, state), 0)
  const byTime = [...states].sort((a, b) => spent(b) - spent(a))
  return [
    { head: 'now', dispensable: 0, cell: (one) => presentState(one) },
    column('users', 1, ({ users }) => (users === 0 ? '' : String(users))),
    ...states.map((state) =>
      column(cut(printable(state), widestState), 2 + byTime.indexOf(state), (one: StateSeries) => timeCell(one, state)),
    ),
  ]
}

/** Of several processes also how many are in the state. */
function presentState({ value, processes }: StateSeries): string {
  if (value === null) return '-'
  const all = Object.values(processes).reduce((sum, n) => sum + n, 0)
  const state = cut(printable(value), widestState)
  return all > 1 ? `${state} ${ofState(processes, value)}/${all}` : state
}

/** Time and share, `1.50 h  75%`. */
function timeCell({ seconds }: StateSeries, state: string): string {
  const all = Object.values(seconds).reduce((sum, one) => sum + one, 0)
  const spent = ofState(seconds, state)
  if (!(spent > 0)) return '-'
  return `${humanNumber(spent, 's')} ${`${Math.round((spent / all) * 100)}%`.padStart(4)}`
}

function distributionColumns({ unit }: DistributionFamilySnapshot): Column<DistributionSeries>[] {
  const value = (number: number | undefined): string => (number === undefined ? '-' : humanNumber(number, unit))
  const since = (q: number): ((series: DistributionSeries) => string) => {
    return (series) => value(quantiles(series, [q])?.[0])
  }
  const lastMinute = (q: number): ((series: DistributionSeries) => string | undefined) => {
    return (series) => series.recent?.['1m'] && value(quantile(series.recent['1m'], q, series))
  }
  return [
    { head: 'count', dispensable: 0, cell: ({ count }) => humanNumber(count, '') },
    // Of the same values as the quantiles beside it.
    column('rate 1m', 3, ({ rates, recent }) => {
      return rateCell(recent?.['1m'] === undefined ? rates?.m1 : recentRate(recent['1m']), '')
    }),
    column('p50 1m', 5, lastMinute(0.5)),
    column('p99 1m', 1, lastMinute(0.99)),
    column('mean', 8, (series) => value(mean(series))),
    column('p50', 4, since(0.5)),
    column('p90', 7, since(0.9)),
    column('p99', 2, since(0.99)),
    column('max', 6, ({ max }) => value(max)),
  ]
}
