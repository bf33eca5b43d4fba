import type { AverageWindow } from '../family-traits.ts'
import type { AverageFamilySnapshot, AverageOverWindow, AverageSeries } from '../snapshot.ts'
import type { MergedFamily, Mutable } from './merge-series.ts'
import { mergedSeries } from './merge-series.ts'
import type { Places } from './series-index.ts'

/** Counts and sums add up, those of the windows too; families with windows over something else do not fit. */
export function mergedAverages(first: AverageFamilySnapshot, places: Places): MergedFamily {
  return mergedSeries<AverageFamilySnapshot, AverageSeries, Mutable<AverageSeries>>(first, places, {
    fits: (a, b) => windowText(a.over) === windowText(b.over),
    begin: (one) => ({ ...one }),
    add(row, { count, sum, window }) {
      row.count += count
      row.sum += sum
      if (window === undefined) return
      row.window = row.window === undefined ? window : joinWindows(row.window, window)
    },
    end: (row) => row,
  })
}

/** The longer of two times is what both together are about. */
function joinWindows(a: AverageOverWindow, b: AverageOverWindow): AverageOverWindow {
  const both = { count: a.count + b.count, sum: a.sum + b.sum }
  if (a.seconds === undefined && b.seconds === undefined) return both
  return { ...both, seconds: Math.max(a.seconds ?? 0, b.seconds ?? 0) }
}

/** The same for windows over the same; empty for none. */
export function windowText(over: AverageWindow | undefined): string {
  if (over === undefined) return ''
  return 'values' in over ? `${over.values} values` : `${over.seconds} seconds`
}
