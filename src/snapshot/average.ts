import type { AverageSeries, AverageWindow, Labels } from './snapshot.ts'

/** Cells of an average: how many values, and their sum. */
export const averageCountCell = 0
export const averageSumCell: number = averageCountCell + 1

/** How many cells an average has. */
export function averageCells(_over: AverageWindow | undefined): number {
  return averageSumCell + 1
}

/** The average whose first cell is `index`. */
export function readAverage(labels: Labels, cells: Float64Array, index: number): AverageSeries {
  return { labels, count: cells[index + averageCountCell] as number, sum: cells[index + averageSumCell] as number }
}
