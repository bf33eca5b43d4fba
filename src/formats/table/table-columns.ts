import { ofState } from '../../snapshot/kinds/state.ts'
import type {
  AverageFamilySnapshot,
  AverageSeries,
  DistributionFamilySnapshot,
  DistributionSeries,
  FamilySnapshot,
  GaugeFamilySnapshot,
  GaugeSeries,
  InfoFamilySnapshot,
  Labels,
  MeterSeries,
  StateFamilySnapshot,
  StateSeries,
  TextFamilySnapshot,
} from '../../snapshot/snapshot.ts'
import { statisticReader } from '../../snapshot/statistics.ts'
import { gaugeNumber, humanNumber, wholeNumber } from './human-number.ts'
import { cut, printable } from './printable.ts'

/** One column of a block: a head, which may be empty, and the text of a series. */
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

type Family = Exclude<FamilySnapshot, TextFamilySnapshot | InfoFamilySnapshot>
type Series = Family['series'][number]

/** The columns of a family of numbers. Those that would be empty in every line are left out. */
export function columnsOf(family: Family): Columns {
  return columns<Series>(family.series, allColumns(family) as readonly Column<Series>[])
}

function allColumns(family: Family): readonly Column<never>[] {
  const of = columnMaker<MeterSeries>(family)
  switch (family.kind) {
    case 'counter':
      return [
        { head: '', dispensable: 0, cell: ({ value, exact }: GaugeSeries) => numberCell(value, exact, family.unit) },
      ]
    case 'gauge':
      return gaugeColumns(family)
    case 'meter':
      return [
        of('count', 'value', 0),
        of('rate 1m', 'm1', 1),
        of('rate 5m', 'm5', 3),
        of('rate 15m', 'm15', 4),
        of('mean rate', 'rate', 2),
      ]
    case 'average':
      return averageColumns(family)
    case 'state':
      return stateColumns(family)
    case 'histogram':
    case 'timer':
      return distributionColumns(family)
    default:
      return family satisfies never
  }
}

/** Makes columns that show a statistic, or else what `missing` returns for a series that does not have it. */
function columnMaker<S extends Series>(family: FamilySnapshot) {
  return (head: string, name: string, dispensable: number, missing: (series: S) => string = () => ''): Column<S> => {
    const reader = statisticReader(family, name)
    return {
      head,
      dispensable,
      cell: (series) => {
        const value = reader?.read(series)
        if (reader === undefined || typeof value !== 'number') return missing(series)
        return reader.perSecond ? rateCell(value, reader.unit) : humanNumber(value, reader.unit)
      },
    }
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

/** Label names and values; `(all)` without any. */
export function labelText(labels: Labels): string {
  const pairs = labelPairs(labels)
  return pairs.length === 0 ? '(all)' : printable(pairs.join(' '))
}

/** `name=value` of each label; an empty value, which stands for none, is `(none)`. */
export function labelPairs(labels: Labels): string[] {
  return Object.entries(labels).map(([name, value]) => `${name}=${value || '(none)'}`)
}

function numberCell(value: number, exact: string | undefined, unit: string): string {
  return exact === undefined ? humanNumber(value, unit) : wholeNumber(exact)
}

const minRate = 0.001

/** Large rates need no fractions, and weighted averages fade for hours without ever being 0. */
function rateCell(rate: number, unit: string): string {
  if (rate > 0 && rate < minRate && unit === '') return `<${minRate}/s`
  return `${humanNumber(Math.abs(rate) >= 100 && unit === '' ? Math.round(rate) : rate, unit)}/s`
}

function gaugeColumns(family: GaugeFamilySnapshot): Column<GaugeSeries>[] {
  const of = columnMaker<GaugeSeries>(family)
  const hasExtremes = family.series.some((series) => series.extremes !== undefined)
  return [
    { head: hasExtremes ? 'now' : '', dispensable: 0, cell: (one) => gaugeCell(family, one) },
    of('min 1m', '1m.min', 3),
    of('max 1m', '1m.max', 1),
    of('min 5m', '5m.min', 4),
    of('max 5m', '5m.max', 2),
  ]
}

/**
 * A bool of one process, or of several that need not agree, is `true` or `false`; a sum of bools is the number of those that
 * are true.
 */
function gaugeCell(
  { type, aggregation, unit }: GaugeFamilySnapshot,
  { value, exact, processes = 1 }: GaugeSeries,
): string {
  if (type === 'bool' && aggregation === 'sum' && processes > 1) return `${humanNumber(value, '')} of ${processes} true`
  if (type === 'bool' && (value === 0 || value === 1)) return value === 1 ? 'true' : 'false'
  return exact === undefined ? gaugeNumber(value, unit) : wholeNumber(exact)
}

function averageColumns(family: AverageFamilySnapshot): Column<AverageSeries>[] {
  const { over } = family
  const of = columnMaker<AverageSeries>(family)
  const window =
    over === undefined ? '' : 'values' in over ? `mean of ${over.values}` : `mean ${humanNumber(over.seconds, 's')}`
  return [
    of('count', 'count', 0),
    of('mean', 'mean', 2, () => '-'),
    of(window, 'window', 1, (series) => (series.window === undefined ? '' : '-')),
  ]
}

const widestState = 16

/** The present state, and how long it was in each. The states with the least time are given up first. */
function stateColumns({ states, series }: StateFamilySnapshot): Column<StateSeries>[] {
  const totals = new Map(series.map((one) => [one, Object.values(one.seconds).reduce((sum, spent) => sum + spent, 0)]))
  const spent = states.map((state) => series.reduce((sum, { seconds }) => sum + ofState(seconds, state), 0))
  const byTime = [...states.keys()].sort((a, b) => (spent[b] as number) - (spent[a] as number))
  const ranks: number[] = []
  for (const [rank, i] of byTime.entries()) ranks[i] = rank
  return [
    { head: 'now', dispensable: 0, cell: presentState },
    { head: 'users', dispensable: 1, cell: ({ users }) => (users === 0 ? '' : String(users)) },
    ...states.map((state, i) => ({
      head: cut(printable(state), widestState),
      dispensable: 2 + (ranks[i] as number),
      cell: (one: StateSeries) => timeCell(ofState(one.seconds, state), totals.get(one) as number),
    })),
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
function timeCell(spent: number, all: number): string {
  if (!(spent > 0)) return '-'
  return `${humanNumber(spent, 's')} ${`${Math.round((spent / all) * 100)}%`.padStart(4)}`
}

function distributionColumns(family: DistributionFamilySnapshot): Column<DistributionSeries>[] {
  const of = columnMaker<DistributionSeries>(family)
  const none = (): string => '-'
  const m1 = of('', 'm1', 0)
  return [
    of('count', 'count', 0),
    // Of the same values as the quantiles beside it.
    of('rate 1m', '1m.rate', 3, (series) => (series.recent?.['1m'] === undefined ? m1.cell(series) : '')),
    of('p50 1m', '1m.p50', 5, ({ recent }) => (recent?.['1m'] === undefined ? '' : '-')),
    of('p99 1m', '1m.p99', 1, ({ recent }) => (recent?.['1m'] === undefined ? '' : '-')),
    of('mean', 'mean', 8, none),
    of('p50', 'p50', 4, none),
    of('p90', 'p90', 7, none),
    of('p99', 'p99', 2, none),
    of('max', 'max', 6, none),
  ]
}
