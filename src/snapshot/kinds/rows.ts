import type { Aggregation } from '../family-traits.ts'
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

/** All kinds of metric. What `plimsoll/register` does not declare is by getters: it loads that when it is used. */
export const rows: { readonly [K in Kind]: KindRow<FamilyOf<K>> } = {
  counter: counterRow,
  gauge: gaugeRow,
  get meter() {
    return meterRow
  },
  histogram: histogramRow,
  timer: timerRow,
  get average() {
    return averageRow
  },
  get state() {
    return stateRow
  },
  get text() {
    return textRow
  },
  info: infoRow,
}

type Series = FamilySnapshot['series'][number]

/** The row of a kind, for families of that kind. */
export function rowOf(kind: Kind): KindRow<FamilySnapshot> {
  return rows[kind] as KindRow<FamilySnapshot>
}

/** The snapshot of a family with these series, which are of its kind. */
export function familyOf(layout: SeriesLayout, series: readonly unknown[]): FamilySnapshot {
  return new FamilyHead(layout).withSeries(series)
}

/** What the snapshots of a family have besides its series, for readers that make one after the other. */
export class FamilyHead {
  readonly layout: SeriesLayout
  private readonly test: KindRow<FamilySnapshot>['isShown']
  /** What only some families have. */
  private readonly extras: Partial<FamilySnapshot>
  private readonly aggregation: Aggregation | undefined
  private readonly isUsual: boolean

  constructor(layout: SeriesLayout) {
    const { kind, maxSeries, expireAfterSeconds } = layout
    const { head, isShown } = rowOf(kind)
    this.layout = layout
    this.test = isShown
    this.extras = {
      ...(maxSeries !== undefined && { maxSeries }),
      ...(expireAfterSeconds !== undefined && { expireAfterSeconds }),
      ...head?.(layout),
    }
    const names = Object.keys(this.extras)
    this.aggregation = names.includes('aggregation') ? (layout.aggregation ?? 'sum') : undefined
    this.isUsual = names.every((name) => name === 'aggregation')
  }

  /** Whether readers show a series. */
  isShown(series: Series): boolean {
    return this.test?.(this.layout, series) !== false
  }

  /** The snapshot with these series, without those that readers do not show. */
  withSeries(all: readonly unknown[]): FamilySnapshot {
    return this.withShown(this.test === undefined ? all : this.shown(all as readonly Series[]))
  }

  /** The snapshot with these series, which are all shown. */
  withShown(series: readonly unknown[]): FamilySnapshot {
    const { layout, aggregation, isUsual } = this
    const { name, kind, unit, help, labelNames } = layout
    // Spread is several times as slow once V8 has seen more than four sets of properties.
    if (!isUsual) return { name, kind, unit, help, labelNames, ...this.extras, series } as FamilySnapshot
    if (aggregation === undefined) return { name, kind, unit, help, labelNames, series } as FamilySnapshot
    return { name, kind, unit, help, labelNames, aggregation, series } as unknown as FamilySnapshot
  }

  private shown(all: readonly Series[]): readonly Series[] {
    for (const one of all) if (!this.isShown(one)) return all.filter((it) => this.isShown(it))
    return all
  }
}
