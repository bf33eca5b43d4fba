import { amountOr0 } from '../amounts.ts'
import type { ReadTime } from '../read-time.ts'
import type { Labels, MeterSeries } from '../snapshot.ts'
import type { Slot } from '../store.ts'
import { rateCells, readRates } from './rates.ts'

/** Cells of a meter: the count, then its rates. */
export const meterRatesCell = 1
export const meterCells: number = meterRatesCell + rateCells

/** The meter whose cells begin at `slot`. */
export function readMeter(labels: Labels, { cells, index }: Slot, at: ReadTime): MeterSeries {
  const value = amountOr0(cells[index] as number)
  const rates = readRates(cells, index + meterRatesCell, value, at)
  return rates === undefined ? { labels, value } : { labels, value, rates }
}
