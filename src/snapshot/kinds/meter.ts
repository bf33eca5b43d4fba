import { addSums, amountOr0 } from '../amounts.ts'
import type { ReadTime } from '../read-time.ts'
import type { Labels, MeterFamilySnapshot, MeterSeries } from '../snapshot.ts'
import type { Slot } from '../store.ts'
import { addCell } from './evict-cells.ts'
import { numberOptions } from './options.ts'
import { addRates, evictRates, rateCells, rateStatistics, readRates } from './rates.ts'
import type { KindRow, Mutable, SeriesSum } from './row.ts'
import { countStatistics, type KindStatistics, perSecond, rateOf } from './statistic.ts'

/** Cells of a meter: the count, then its rates. */
export const meterRatesCell = 1
export const meterCells: number = meterRatesCell + rateCells

/** The meter whose cells begin at `slot`. */
export function readMeter(labels: Labels, { cells, index }: Slot, at: ReadTime): MeterSeries {
  const value = amountOr0(cells[index] as number)
  const rates = readRates(cells, index + meterRatesCell, value, at)
  return rates === undefined ? { labels, value } : { labels, value, rates }
}

/** Meters add up, and so do their rates. */
const sum: SeriesSum<MeterSeries, Mutable<MeterSeries>> = {
  begin: (one) => ({ ...one }),
  add(row, one) {
    row.value = addSums(row.value, one.value)
    if (one.rates !== undefined) row.rates = addRates(row.rates, one.rates)
    return row
  },
  end: (row) => row,
}

const statistics: KindStatistics<MeterSeries> = {
  default: 'value',
  overInterval: 'rate',
  named: {
    ...countStatistics,
    rate: perSecond('family', ({ value, rates }, interval) => {
      return interval === undefined ? rates?.mean : rateOf(value, interval)
    }),
    ...rateStatistics('family'),
  },
}

export const meterRow: KindRow<MeterFamilySnapshot> = {
  options: numberOptions,
  statistics,
  cells: () => meterCells,
  isTimed: () => true,
  read: (_, source, at) => readMeter(source.labels, source, at),
  sum: () => sum,
  totals: {
    cumulative: ({ labels, value }) => ({ labels, value }),
    subtract: (before, after) => ({ ...after, value: Math.max(0, after.value - before.value) }),
    sanitize: (series) => ({ ...series, value: amountOr0(series.value) }),
    evict(_, into, from) {
      addCell(into, from, 0)
      evictRates(into, from, meterRatesCell)
    },
  },
  fields: { value: 'finite', rates: 'rates?' },
}
