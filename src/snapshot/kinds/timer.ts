import { finiteOr0 } from '../amounts.ts'
import { isExplicit } from '../buckets/buckets.ts'
import type { ReadTime } from '../read-time.ts'
import type { DistributionFamilySnapshot, DistributionSeries } from '../snapshot.ts'
import { distributionStatistics } from './distribution-statistics.ts'
import { evictHistogram, histogramCells, histogramRow, readHistogram } from './histogram.ts'
import { evictRates, rateCells, rateStatistics, readRates } from './rates.ts'
import type { KindRow, Mutable } from './row.ts'
import { inUnit, type KindStatistics } from './statistic.ts'

/** Cells of a timer behind those of its histogram: what was recorded last, then rates. */
export const lastCell = 0
export const timerRatesCell: number = lastCell + 1
export const timerCells: number = timerRatesCell + rateCells

/** Makes a distribution that was read just now a timer, whose own cells begin at `index`. */
export function readTimer(
  distribution: Mutable<DistributionSeries>,
  cells: Float64Array,
  index: number,
  at: ReadTime,
): DistributionSeries {
  if (distribution.count === 0) return distribution
  const rates = readRates(cells, index + timerRatesCell, distribution.count, at)
  const last = Math.max(finiteOr0(cells[index + lastCell] as number), isExplicit(distribution.buckets) ? -Infinity : 0)
  // Not by a copy, which takes longer than all else here.
  distribution.last = last
  if (rates !== undefined) distribution.rates = rates
  return distribution
}

const statistics: KindStatistics<DistributionSeries> = {
  ...distributionStatistics,
  named: { ...distributionStatistics.named, ...rateStatistics(''), last: inUnit(({ last }) => last) },
}

export const timerRow: KindRow<DistributionFamilySnapshot> = {
  ...histogramRow,
  options: { ...histogramRow.options, unit: [(given) => given === 's', 'no unit: timers measure seconds'] },
  defaults: { unit: 's' },
  statistics,
  cells: (layout) => histogramCells(layout) + timerCells,
  isTimed: () => true,
  read(layout, source, at, parts, max, maxRecent) {
    const histogram = readHistogram(source, layout.bounds, at, parts, max, maxRecent)
    return parts.inCells ? histogram : readTimer(histogram, source.cells, source.index + histogramCells(layout), at)
  },
  totals: {
    ...histogramRow.totals,
    evict(layout, into, from) {
      const own = histogramCells(layout)
      evictHistogram(layout, into, from)
      evictRates(into, from, own + timerRatesCell)
      into.cells[into.index + own + lastCell] ||= finiteOr0(from.cells[from.index + own + lastCell] as number)
    },
  },
}
