import type { ReadTime } from './kinds.ts'
import type { GaugeSeries, Labels } from './snapshot.ts'
import type { FamilyDescription, Slot } from './store.ts'

type GaugeLayout = Pick<FamilyDescription, 'aggregation' | 'extremes'>

/** Cells of a gauge: the value; with aggregation `last` also the Unix time in seconds at which it was set. */
export const setAtCell = 1

/** How many cells a gauge has. */
export function gaugeCells({ aggregation }: GaugeLayout): number {
  return aggregation === 'last' ? setAtCell + 1 : 1
}

/** The gauge whose cells begin at `slot`. */
export function readGauge(
  { aggregation }: GaugeLayout,
  labels: Labels,
  { cells, index }: Slot,
  _at: ReadTime,
): GaugeSeries {
  const value = cells[index] as number
  return aggregation === 'last' ? { labels, value, setAt: cells[index + setAtCell] as number } : { labels, value }
}
