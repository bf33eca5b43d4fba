import { finiteOr0 } from '../amounts.ts'
import type { ReadTime } from '../read-time.ts'
import type { DistributionSeries } from '../snapshot.ts'
import { rateCells, readRates } from './rates.ts'

/** Cells of a timer behind those of its histogram: what was recorded last, then rates. */
export const lastCell = 0
export const timerRatesCell: number = lastCell + 1
export const timerCells: number = timerRatesCell + rateCells

/** The timer with this distribution, whose own cells begin at `index`. */
export function readTimer(
  distribution: DistributionSeries,
  cells: Float64Array,
  index: number,
  at: ReadTime,
): DistributionSeries {
  if (distribution.count === 0) return distribution
  const rates = readRates(cells, index + timerRatesCell, distribution.count, at)
  const last = finiteOr0(cells[index + lastCell] as number)
  return rates === undefined ? { ...distribution, last } : { ...distribution, last, rates }
}
