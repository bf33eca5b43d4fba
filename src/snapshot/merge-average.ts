import type { Places } from './merge-places.ts'
import type { MergedFamily, Mutable } from './merge-series.ts'
import { mergedSeries } from './merge-series.ts'
import type { AverageFamilySnapshot, AverageSeries, AverageWindow } from './snapshot.ts'

/** Counts and sums add up, those of the windows too; families with windows over something else do not fit. */
export function mergedAverages(first: AverageFamilySnapshot, places: Places): MergedFamily {
  return mergedSeries<AverageFamilySnapshot, AverageSeries, Mutable<AverageSeries>>(first, places, {
    fits: (a, b) => windowText(a.over) === windowText(b.over),
    begin: (one) => ({ ...one }),
    add(row, { count, sum, window }) {
      row.count += count
      row.sum += sum
      if (window === undefined) return
      const { window: before = { count: 0, sum: 0 } } = row
      row.window = { count: before.count + window.count, sum: before.sum + window.sum }
    },
    end: (row) => row,
  })
}

/** The same for windows over the same; empty for none. */
export function windowText(over: AverageWindow | undefined): string {
  if (over === undefined) return ''
  return 'values' in over ? `${over.values} values` : `${over.seconds} seconds`
}
