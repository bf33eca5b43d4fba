import { rowOf, rows } from './kinds/rows.ts'
import type { Interval } from './kinds/statistic.ts'
import type { FamilySnapshot, Kind } from './snapshot.ts'

type AnySeries = FamilySnapshot['series'][number]

/**
 * The statistic that is meant where none is named: of a snapshot, of what came in an interval, or of a sum over several
 * sources.
 */
export function defaultStatistic(kind: Kind, use?: 'overInterval' | 'inSum'): string {
  const { statistics } = rows[kind]
  return (use && statistics[use]) ?? statistics.default
}

/** What may follow the name of a metric of a kind, for people to read. */
export function statisticNames(kind: Kind): string[] {
  return Object.keys(rows[kind].statistics.named).map((name) =>
    name.replace('p*', 'p0 to p100').replace('.*', '.<state>'),
  )
}

/** A statistic of a family: how to read it, and the UCUM unit of its numbers, or of what they count each second. */
export interface StatisticReader {
  readonly unit: string
  readonly perSecond: boolean
  /** `interval`: where the series is what came in it. `undefined` where the series does not have the statistic now. */
  read(series: AnySeries, interval?: Interval<AnySeries>): number | string | undefined
}

/** The statistic of that name; `undefined` where families of the kind have none. */
export function statisticReader(
  { kind, unit }: Pick<FamilySnapshot, 'kind' | 'unit'>,
  name: string,
): StatisticReader | undefined {
  const [key, rest] = keyOf(name)
  const { named } = rowOf(kind).statistics
  const statistic = Object.hasOwn(named, key) ? named[key] : undefined
  if (statistic === undefined) return undefined
  return {
    unit: statistic.unit === 'family' ? unit : statistic.unit,
    perSecond: statistic.perSecond,
    read: (series, interval) => statistic.read(series, interval, rest),
  }
}

/** Names that some kind has, with one percentile for all, to suggest the nearest one. */
export function exampleStatistics(): readonly string[] {
  const names = Object.values(rows).flatMap(({ statistics }) => Object.keys(statistics.named))
  return [...new Set(names)].map((name) => name.replace('p*', 'p99'))
}

/** Whether some kind has a statistic of that name. */
export function isStatistic(name: string): boolean {
  const [key] = keyOf(name)
  return Object.values(rows).some(({ statistics }) => Object.hasOwn(statistics.named, key))
}

/** The name as it stands in the list, and what is in place of its `*`. */
function keyOf(name: string): [key: string, rest: string] {
  const [, prefix, percentile] = /^((?:1m\.|5m\.)?p)(\d{1,2}(?:\.\d+)?|100)$/.exec(name) ?? []
  if (prefix !== undefined) return [`${prefix}*`, percentile as string]
  if (name.startsWith('seconds.')) return ['seconds.*', name.slice('seconds.'.length)]
  return [name.endsWith('*') ? '' : name, '']
}
