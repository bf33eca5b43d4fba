import { formatSelector } from '../../snapshot/selector.ts'
import type { FamilySnapshot, Kind, Labels } from '../../snapshot/snapshot.ts'
import { statisticReader } from '../../snapshot/statistics.ts'

/** The statistics that a flat list has of each kind; a default stands without its name. */
const listed: Readonly<Record<Kind, readonly string[]>> = {
  counter: ['total'],
  gauge: ['value'],
  meter: ['total'],
  average: ['mean', 'count'],
  histogram: ['count', 'mean', 'min', 'p50', 'p90', 'p99', 'max'],
  timer: ['count', 'mean', 'min', 'p50', 'p90', 'p99', 'max'],
  state: ['value'],
  text: ['value'],
  info: [],
}
const unnamed = new Set(['total', 'value'])

/** One value of one process: its name is that of the metric, with labels as in selectors, and of the statistic. */
export interface Stat {
  readonly name: string
  readonly value: number | string
}

/** The name of a statistic of a series: `http.latency{route=/x}.p99`. */
export function statName(family: string, labels: Labels | undefined, statistic: string): string {
  const matchers = Object.entries(labels ?? {}).map(([name, value]) => ({ name, operator: '=' as const, value }))
  const series = matchers.length === 0 ? family : formatSelector({ family, labels: matchers })
  return unnamed.has(statistic) ? series : `${series}.${statistic}`
}

/** All values of a family. */
export function statsOf(family: FamilySnapshot): Stat[] {
  return listed[family.kind].flatMap((statistic) => {
    const reader = statisticReader(family, statistic)
    if (reader === undefined) return []
    return (family.series as readonly FamilySnapshot['series'][number][]).flatMap((series) => {
      const value = reader.read(series)
      return value === undefined ? [] : [{ name: statName(family.name, series.labels, statistic), value }]
    })
  })
}
