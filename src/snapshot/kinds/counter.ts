import { flag } from '../../options.ts'
import { amountOr0 } from '../amounts.ts'
import { newest } from '../merge/merge-exemplars.ts'
import type { ReadTime } from '../read-time.ts'
import type { CounterFamilySnapshot, CounterSeries } from '../snapshot.ts'
import type { SeriesCells } from './cells.ts'
import { addCell } from './evict-cells.ts'
import { addExact } from './exact.ts'
import { readExemplars } from './exemplar.ts'
import { numberOptions } from './options.ts'
import type { Parts } from './parts.ts'
import type { KindRow, Mutable, SeriesSum } from './row.ts'
import { countStatistics } from './statistic.ts'

/** A counter from its cell, with its exemplar if it has one. */
export function readCounter(
  { labels, cells, index, exemplars }: Omit<SeriesCells, 'octaves'>,
  at: ReadTime,
  parts: Parts,
): CounterSeries {
  const value = amountOr0(cells[index] as number)
  const known = exemplars && parts.exemplars && readExemplars(exemplars, at)
  return known && known.length > 0 ? { labels, value, exemplars: known } : { labels, value }
}

/** Counters add up; of their exemplars the newest stays. */
const sum: SeriesSum<CounterSeries, Mutable<CounterSeries>> = {
  begin: (one) => ({ ...one }),
  add(row, one) {
    addExact(row, one)
    if (one.exemplars !== undefined) row.exemplars = newest(row.exemplars, one.exemplars)
    return row
  },
  end: (row) => row,
}

export const counterRow: KindRow<CounterFamilySnapshot> = {
  options: { ...numberOptions, exemplars: flag },
  statistics: { default: 'value', overInterval: 'rate', named: countStatistics },
  cells: () => 1,
  isTimed: () => false,
  isTimeless: () => true,
  extensions: ({ exemplars }) => (exemplars ? ['exemplar'] : []),
  read: (_, source, at, parts) => readCounter(source, at, parts),
  sum: () => sum,
  totals: {
    cumulative: (series) => series,
    subtract(before, { labels, value, exemplars }) {
      const growth = { labels, value: Math.max(0, value - before.value) }
      return growth.value > 0 && exemplars !== undefined ? { ...growth, exemplars } : growth
    },
    sanitize: (series) => (series.exact === undefined ? { ...series, value: amountOr0(series.value) } : series),
    evict: (_, into, from) => addCell(into, from, 0),
  },
  fields: { value: 'digits', exemplars: 'exemplars?' },
}
