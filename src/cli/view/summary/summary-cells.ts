import { isServerError } from '../../../findings/seen.ts'
import { gaugeNumber, humanNumber } from '../../../formats/table/human-number.ts'
import { printable } from '../../../formats/table/printable.ts'
import { labelText } from '../../../formats/table/table-columns.ts'
import { idleLabel } from '../../../snapshot/idle-label.ts'
import { mergedSeries } from '../../../snapshot/merge/merged-series.ts'
import type { FamilySnapshot, Kind, Labels } from '../../../snapshot/snapshot.ts'
import { statisticReader } from '../../../snapshot/statistics.ts'

export type Series = FamilySnapshot['series'][number]

/** Families that are shown below one line of heads. */
export interface Group {
  readonly kinds: readonly Kind[]
  /** Three columns about the last minute, three since the start; none where the numbers speak for themselves. */
  readonly heads: readonly string[]
  /** What stands in these columns; `share` and `mean` are computed here. */
  readonly statistics: readonly string[]
}

/** In the order in which they are shown. */
export const groups: readonly Group[] = [
  {
    kinds: ['timer', 'histogram'],
    heads: ['n/s', 'p50', 'p99', 'count', 'p99', 'max'],
    statistics: ['1m.rate', '1m.p50', '1m.p99', 'count', 'p99', 'max'],
  },
  {
    kinds: ['counter', 'meter'],
    heads: ['n/s', '', '', 'total', 'n/s', 'share'],
    statistics: ['m1', '', '', 'value', 'mean', 'share'],
  },
  { kinds: ['gauge'], heads: [], statistics: ['', '1m.min', '1m.max', 'value', '', ''] },
  {
    kinds: ['average'],
    heads: ['', '', 'mean', 'count', 'mean', ''],
    statistics: ['', '', 'window', 'count', 'mean', ''],
  },
  { kinds: ['state', 'text', 'info'], heads: [], statistics: [] },
]

/** A line of a family or series: its name, and cells in columns, or a text in their place. */
export interface Row {
  /** That of the family; empty where a line above has it. */
  readonly name: string
  readonly labels?: Labels
  readonly cells: readonly string[]
  readonly text?: string
  /** Whether it is about something that went wrong. */
  readonly isTrouble: boolean
}

/** The lines of a family: the first for all of it, then its series, the largest first. */
export function rowsOf(family: FamilySnapshot, seconds: number): readonly [Row, ...Row[]] {
  const name = printable(family.name)
  const { series } = family as { readonly series: readonly Series[] }
  const own = (one: Series, name: string): Row => ({
    name,
    ...(Object.keys(one.labels).length > 0 && { labels: one.labels }),
    ...contentOf(family, one, series, seconds),
    isTrouble: isTrouble(one),
  })
  const [only] = series
  if (series.length === 1 && only !== undefined) return [own(only, name)]
  const bySize = series.toSorted((a, b) => sizeOf(b) - sizeOf(a))
  return [{ name, ...totalOf(family, seconds), isTrouble: false }, ...bySize.map((one) => own(one, ''))]
}

function groupOf(kind: Kind): Group {
  return groups.find(({ kinds }) => kinds.includes(kind)) as Group
}

type Content = Pick<Row, 'cells' | 'text'>

/** The sum of all series, where there is one. */
function totalOf(family: FamilySnapshot, seconds: number): Content {
  const { kind } = family
  if (kind === 'timer' || kind === 'histogram') {
    const sum = mergedSeries(family) as Series | undefined
    return sum === undefined ? { cells: [] } : contentOf(family, sum, [sum], seconds)
  }
  const isSum = kind === 'counter' || (kind === 'gauge' && family.aggregation === 'sum' && family.type !== 'bool')
  if (!isSum || idleLabel(family) !== undefined) return { cells: [] }
  const value = (family.series as readonly { value: number }[]).reduce((sum, one) => sum + one.value, 0)
  const { cells } = contentOf(family, { labels: {}, value }, [], seconds)
  return { cells }
}

function contentOf(family: FamilySnapshot, one: Series, all: readonly Series[], seconds: number): Content {
  if (family.kind === 'state') return { cells: [], text: stateText(one as { value: string | null }) }
  if (family.kind === 'text') return { cells: [], text: printable((one as { value: string }).value) }
  if (family.kind === 'info') return { cells: [], text: labelText(one.labels) }
  return { cells: groupOf(family.kind).statistics.map((name) => cellOf(family, one, all, name, seconds)) }
}

function stateText({ value }: { readonly value: string | null }): string {
  return value === null ? '-' : printable(value)
}

function cellOf(family: FamilySnapshot, one: Series, all: readonly Series[], name: string, seconds: number): string {
  const { value } = one as { readonly value?: number }
  if (name === 'share') return all.length > 1 && value !== undefined ? shareText(value, all) : ''
  if (name === 'mean' && value !== undefined) return seconds > 0 ? rateText(value / seconds, family.unit) : ''
  const reader = name === '' ? undefined : statisticReader(family, name)
  const found = reader?.read(one)
  if (reader === undefined || typeof found !== 'number') return ''
  if (reader.perSecond) return rateText(found, reader.unit)
  if (family.kind === 'gauge') return family.type === 'bool' ? boolText(found) : gaugeNumber(found, reader.unit)
  return humanNumber(found, reader.unit)
}

function boolText(value: number): string {
  return value === 0 ? 'false' : value === 1 ? 'true' : humanNumber(value, '')
}

/** Below a head `n/s`, so without `/s`. */
function rateText(rate: number, unit: string): string {
  if (rate > 0 && rate < 0.001 && unit === '') return '<0.001'
  return humanNumber(Math.abs(rate) >= 100 && unit === '' ? Math.round(rate) : rate, unit)
}

function shareText(value: number, all: readonly Series[]): string {
  const sum = (all as readonly { value: number }[]).reduce((total, one) => total + one.value, 0)
  if (!(sum > 0) || value === 0) return ''
  const share = (value / sum) * 100
  return share < 0.05 ? '<0.1 %' : `${share < 9.95 ? Number(share.toFixed(1)) : Math.round(share)} %`
}

function sizeOf(one: Series): number {
  const { count, value } = one as { readonly count?: number; readonly value?: unknown }
  const recent = (one as { readonly recent?: { readonly '1m'?: { readonly count: number } } }).recent?.['1m']?.count
  const size = recent ?? count ?? (typeof value === 'number' ? Math.abs(value) : 0)
  return isTrouble(one) && size > 0 ? Number.MAX_VALUE : size
}

/** Responses with a status from 500 on; shown first, as a few of many thousands are missed easily. */
function isTrouble({ labels, ...one }: Series): boolean {
  const { value, count } = one as { readonly value?: unknown; readonly count?: number }
  return (count ?? value) !== 0 && isServerError(labels)
}
