import { mean, recentRate } from './buckets/buckets.ts'
import { quantile } from './buckets/quantile.ts'
import { standardDeviation } from './buckets/standard-deviation.ts'
import type {
  AverageSeries,
  CounterSeries,
  Distribution,
  DistributionSeries,
  FamilySnapshot,
  GaugeSeries,
  InfoSeries,
  Kind,
  MeterSeries,
  StateSeries,
  TextSeries,
} from './snapshot.ts'

type AnySeries = FamilySnapshot['series'][number]

/** Where a series is what came in an interval of time: how long that was, and the same series since its start. */
export interface Interval<Series = AnySeries> {
  readonly seconds: number
  readonly total: Series | undefined
}

/** A named number, or text, of a series. */
interface Statistic<Series> {
  /** Whether its unit is that of the family, a unit of its own, or none. */
  readonly unit: 'family' | 's' | ''
  /** Whether it is an amount per second. */
  readonly perSecond: boolean
  /**
   * `undefined` where the series does not have it now. `rest` is what stands for the `*` in the name of a statistic.
   * A method, so that the statistics of a kind can be kept with those of others.
   */
  read(series: Series, interval: Interval<Series> | undefined, rest: string): number | string | undefined
}

/** The statistics of a kind by their names; a `*` at the end of a name stands for a percentile, or for a state. */
interface KindStatistics<Series> {
  /** The one that is meant where none is named: of a snapshot, and of what came in an interval. */
  readonly default: string
  readonly overInterval?: string
  readonly named: Readonly<Record<string, Statistic<Series>>>
}

function inUnit<S>(read: Statistic<S>['read'], unit: Statistic<S>['unit'] = 'family'): Statistic<S> {
  return { unit, perSecond: false, read }
}

function bare<S>(read: Statistic<S>['read']): Statistic<S> {
  return inUnit(read, '')
}

function perSecond<S>(unit: Statistic<S>['unit'], read: Statistic<S>['read']): Statistic<S> {
  return { unit, perSecond: true, read }
}

function rateOf(amount: number, interval: Interval<never> | undefined): number | undefined {
  return interval !== undefined && interval.seconds > 0 ? amount / interval.seconds : undefined
}

/** The series since its start. */
function sinceStart<S>(series: S, interval: Interval<S> | undefined): S | undefined {
  return interval === undefined ? series : interval.total
}

const ofCount: Readonly<Record<string, Statistic<CounterSeries | MeterSeries>>> = {
  rate: perSecond('family', ({ value }, interval) => rateOf(value, interval as Interval<never>)),
  count: inUnit(({ value }) => value),
  total: inUnit((series, interval) => sinceStart(series, interval)?.value),
  value: inUnit((series, interval) => sinceStart(series, interval)?.value),
}

function ofRates(unit: 'family' | ''): Readonly<Record<string, Statistic<MeterSeries | DistributionSeries>>> {
  return {
    m1: perSecond(unit, ({ rates }) => rates?.m1),
    m5: perSecond(unit, ({ rates }) => rates?.m5),
    m15: perSecond(unit, ({ rates }) => rates?.m15),
  }
}

const counterStatistics: KindStatistics<CounterSeries> = { default: 'value', overInterval: 'rate', named: ofCount }

const meterStatistics: KindStatistics<MeterSeries> = {
  default: 'value',
  overInterval: 'rate',
  named: {
    ...ofCount,
    rate: perSecond('family', ({ value, rates }, interval) => {
      return interval === undefined ? rates?.mean : rateOf(value, interval as Interval<never>)
    }),
    ...ofRates('family'),
  },
}

const gaugeStatistics: KindStatistics<GaugeSeries> = {
  default: 'value',
  named: {
    value: inUnit(({ value }) => value),
    '1m.min': inUnit(({ extremes }) => extremes?.['1m']?.min),
    '1m.max': inUnit(({ extremes }) => extremes?.['1m']?.max),
    '5m.min': inUnit(({ extremes }) => extremes?.['5m']?.min),
    '5m.max': inUnit(({ extremes }) => extremes?.['5m']?.max),
  },
}

const averageStatistics: KindStatistics<AverageSeries> = {
  default: 'mean',
  named: {
    rate: perSecond('', ({ count }, interval) => rateOf(count, interval as Interval<never>)),
    count: bare(({ count }) => count),
    total: bare((series, interval) => sinceStart(series, interval)?.count),
    sum: inUnit(({ sum }) => sum),
    mean: inUnit(mean),
    window: inUnit(({ window }) => window && mean(window)),
  },
}

/** Statistics of values, since the start or over a window of time. */
function ofValues(
  prefix: '' | '1m.' | '5m.',
  pick: (series: DistributionSeries) => (Distribution & { readonly seconds?: number }) | undefined,
): Readonly<Record<string, Statistic<DistributionSeries>>> {
  const of = (read: (values: Distribution) => number | undefined) => (series: DistributionSeries) => {
    const values = pick(series)
    return values && read(values)
  }
  return {
    [`${prefix}rate`]: perSecond('', (series, interval) => {
      const recent = prefix === '' ? undefined : series.recent?.[prefix === '1m.' ? '1m' : '5m']
      return prefix === '' ? rateOf(series.count, interval as Interval<never>) : recent && recentRate(recent)
    }),
    [`${prefix}count`]: bare(of(({ count }) => count)),
    [`${prefix}sum`]: inUnit(of(({ sum }) => sum)),
    [`${prefix}mean`]: inUnit(of(mean)),
    [`${prefix}stddev`]: inUnit(of(standardDeviation)),
    [`${prefix}p*`]: inUnit((series, interval, rest) => {
      const values = pick(series)
      // A window has no extremes of its own, but its values are among those since the start.
      const within = prefix === '' ? series : (sinceStart(series, interval) ?? series)
      return values && quantile(values, Number(rest) / 100, within)
    }),
  }
}

const histogramStatistics: KindStatistics<DistributionSeries> = {
  default: 'mean',
  overInterval: 'rate',
  named: {
    ...ofValues('', (series) => series),
    total: bare((series, interval) => sinceStart(series, interval)?.count),
    min: inUnit(({ min }) => min),
    max: inUnit(({ max }) => max),
    ...ofValues('1m.', ({ recent }) => recent?.['1m']),
    ...ofValues('5m.', ({ recent }) => recent?.['5m']),
  },
}

const timerStatistics: KindStatistics<DistributionSeries> = {
  ...histogramStatistics,
  named: { ...histogramStatistics.named, ...ofRates(''), last: inUnit(({ last }) => last) },
}

const stateStatistics: KindStatistics<StateSeries> = {
  default: 'value',
  named: {
    value: bare(({ value }) => value ?? undefined),
    users: bare(({ users }) => users),
    'seconds.*': inUnit(({ seconds }, _, state) => (Object.hasOwn(seconds, state) ? seconds[state] : undefined), 's'),
  },
}

const textStatistics: KindStatistics<TextSeries> = { default: 'value', named: { value: bare(({ value }) => value) } }

const infoStatistics: KindStatistics<InfoSeries> = {
  default: 'value',
  named: { value: bare(({ labels }) => pairs(labels).join(' ') || undefined) },
}

function pairs(labels: InfoSeries['labels']): string[] {
  return Object.entries(labels).map(([name, value]) => `${name}=${value}`)
}

const byKind: { readonly [K in Kind]: KindStatistics<AnySeries> } = {
  counter: counterStatistics,
  gauge: gaugeStatistics,
  meter: meterStatistics,
  histogram: histogramStatistics,
  timer: timerStatistics,
  average: averageStatistics,
  state: stateStatistics,
  text: textStatistics,
  info: infoStatistics,
} as { readonly [K in Kind]: KindStatistics<AnySeries> }

/** The statistic that is meant where none is named. */
export function defaultStatistic(kind: Kind, overInterval = false): string {
  const { default: usual, overInterval: live = usual } = byKind[kind]
  return overInterval ? live : usual
}

/** What may follow the name of a metric of a kind, for people to read. */
export function statisticNames(kind: Kind): string[] {
  return Object.keys(byKind[kind].named).map((name) => name.replace('p*', 'p0 to p100').replace('.*', '.<state>'))
}

/** A statistic of a family: how to read it, and the UCUM unit of its numbers, or of what they count each second. */
export interface StatisticReader {
  readonly unit: string
  readonly perSecond: boolean
  /** `interval`: where the series is what came in it. `undefined` where the series does not have the statistic now. */
  read(series: AnySeries, interval?: Interval): number | string | undefined
}

/** The statistic of that name; `undefined` where families of the kind have none. */
export function statisticReader(
  { kind, unit }: Pick<FamilySnapshot, 'kind' | 'unit'>,
  name: string,
): StatisticReader | undefined {
  const [key, rest] = keyOf(name)
  const { named } = byKind[kind]
  const statistic = Object.hasOwn(named, key) ? named[key] : undefined
  if (statistic === undefined) return undefined
  return {
    unit: statistic.unit === 'family' ? unit : statistic.unit,
    perSecond: statistic.perSecond,
    read: (series, interval) => statistic.read(series, interval, rest),
  }
}

const allNames = new Set(Object.values(byKind).flatMap(({ named }) => Object.keys(named)))

/** Names that some kind has, with one percentile for all, to suggest the nearest one. */
export const exampleStatistics: readonly string[] = [...allNames].map((name) => name.replace('p*', 'p99'))

/** Whether some kind has a statistic of that name. */
export function isStatistic(name: string): boolean {
  return allNames.has(keyOf(name)[0])
}

/** The name as it stands in the list, and what is in place of its `*`. */
function keyOf(name: string): [key: string, rest: string] {
  const [, prefix, percentile] = /^((?:1m\.|5m\.)?p)(\d{1,2}(?:\.\d+)?|100)$/.exec(name) ?? []
  if (prefix !== undefined) return [`${prefix}*`, percentile as string]
  if (name.startsWith('seconds.')) return ['seconds.*', name.slice('seconds.'.length)]
  return [name.endsWith('*') ? '' : name, '']
}
