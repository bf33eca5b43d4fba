import type { FamilySnapshot, Kind } from '../snapshot.ts'
import { averageRow } from './average.ts'
import { counterRow } from './counter.ts'
import { gaugeRow } from './gauge.ts'
import { histogramRow } from './histogram.ts'
import { infoRow } from './info.ts'
import { meterRow } from './meter.ts'
import type { FamilyOf, KindRow, SeriesLayout } from './row.ts'
import { stateRow } from './state.ts'
import { textRow } from './text.ts'
import { timerRow } from './timer.ts'

/** All kinds of metric. */
export const rows: { readonly [K in Kind]: KindRow<FamilyOf<K>> } = {
  counter: counterRow,
  gauge: gaugeRow,
  meter: meterRow,
  histogram: histogramRow,
  timer: timerRow,
  average: averageRow,
  state: stateRow,
  text: textRow,
  info: infoRow,
}

type Series = FamilySnapshot['series'][number]

/** The row of a kind, for families of that kind. */
export function rowOf(kind: Kind): KindRow<FamilySnapshot> {
  return rows[kind] as KindRow<FamilySnapshot>
}

/** The snapshot of a family with these series, which are of its kind. */
export function familyOf(layout: SeriesLayout, series: readonly unknown[]): FamilySnapshot {
  const { name, kind, unit, help, labelNames, maxSeries, expireAfterSeconds } = layout
  const row = rowOf(kind)
  const { isShown } = row
  const shown = isShown === undefined ? series : (series as Series[]).filter((one) => isShown(layout, one))
  return {
    name,
    kind,
    unit,
    help,
    labelNames,
    ...(maxSeries !== undefined && { maxSeries }),
    ...(expireAfterSeconds !== undefined && { expireAfterSeconds }),
    ...row.head?.(layout),
    series: shown,
  } as FamilySnapshot
}
