import { conflictReasons } from '../../snapshot/conflicts.ts'
import { ofState } from '../../snapshot/kinds/state.ts'
import type {
  DistributionFamilySnapshot,
  Extremes,
  FamilySnapshot,
  GaugeFamilySnapshot,
  Labels,
  MeterFamilySnapshot,
  Snapshot,
  StateFamilySnapshot,
} from '../../snapshot/snapshot.ts'
import { BoundsOf } from '../exposition/bucket-bounds.ts'
import type { LeftOut } from '../exposition/options.ts'
import { averagePoint, explicitPoint, exponentialPoint } from './distributions.ts'
import type { OtlpMetric, OtlpNumber } from './metric.ts'
import type { Start, StartOf } from './starts.ts'

/** How a snapshot becomes metrics of OpenTelemetry. */
export interface OtlpMapping {
  /** Since when the series of a family count. */
  readonly startOf: StartOf
  /** How many buckets an exponential histogram has at most; with more, neighbours are joined. @default 160 */
  readonly maxBuckets?: number
  /** What metrics that record exponential buckets become. @default 'exponential' */
  readonly histograms?: 'exponential' | 'explicit'
  /** Whether meters have their rates beside them, as gauges. @default false */
  readonly rates?: boolean
  /** Leaves out what counted nothing, as the growth over an interval may. @default false */
  readonly growing?: boolean
  readonly leaveOut?: (leftOut: LeftOut) => void
}

/** That of OpenTelemetry's SDKs. */
export const defaultMaxBuckets = 160

/**
 * A snapshot as metrics of OpenTelemetry, each made when it is iterated. Counters and meters are sums, up-down counters sums that
 * may fall; gauges, texts and infos gauges, the last two of 1; histograms and timers exponential histograms, or histograms where buckets were given; averages
 * histograms without buckets; a state is a gauge and a sum of seconds for each state.
 *
 * What a kind has beside its main metric has an ending, such as `pool.seconds`; where the app declares that name itself, it
 * is left out.
 */
export function* otlpMetrics(snapshot: Snapshot, mapping: OtlpMapping): Generator<OtlpMetric> {
  const { leaveOut = () => {} } = mapping
  for (const conflict of conflictReasons(snapshot)) leaveOut(conflict)
  const declared = new Set(snapshot.families.map(({ name }) => name))
  for (const family of snapshot.families) {
    const { name, series } = family
    for (const metric of metricsOf(family, mapping)) {
      if (metric.name === name || !declared.has(metric.name)) yield metric
      else leaveOut({ name, series: series.length, reason: `the app declares a metric ${metric.name} as well` })
    }
  }
}

function metricsOf(family: FamilySnapshot, mapping: OtlpMapping): readonly OtlpMetric[] {
  const { name, unit, help: description } = family
  const head = { name, unit, description }
  switch (family.kind) {
    case 'counter':
      return [{ ...head, type: 'sum', ...counted(family.series, mapping, family) }]
    case 'meter':
      return [
        { ...head, type: 'sum', ...counted(family.series, mapping, family) },
        ...(mapping.rates ? [rateGauge(family)] : []),
      ]
    case 'gauge':
      return [gaugeOrSum(family, mapping), ...extremes(family)]
    case 'histogram':
    case 'timer':
      return distributions(family, mapping)
    case 'average': {
      const points = map(family.series, averagePoint)
      return [{ ...head, type: 'histogram', ...started(points, mapping, family) }]
    }
    case 'state':
      return stateMetrics(family, mapping)
    case 'text': {
      const points = map(family.series, ({ labels, value }) => ({
        labels: withLabel(labels, 'value', value),
        value: 1,
      }))
      return [{ ...head, type: 'gauge', isInteger: true, points }]
    }
    case 'info': {
      const points = map(family.series, ({ labels }) => ({ labels, value: 1 }))
      return [{ ...head, type: 'gauge', isInteger: true, points }]
    }
    default:
      return family satisfies never
  }
}

/** Not of the growth over an interval: an up-down counter counts since the start, whose time nobody needs then. */
function gaugeOrSum(family: GaugeFamilySnapshot, { growing, startOf }: OtlpMapping): OtlpMetric {
  const { name, unit, help: description, series } = family
  const head = { name, unit, description }
  if (!family.upDownCounter) return { ...head, type: 'gauge', isInteger: isInteger(family), points: series }
  return { ...head, type: 'sum', mayFall: true, ...withStart(series, growing ? 0 : startOf(family)) }
}

function isInteger({ type = 'float' }: GaugeFamilySnapshot): boolean {
  return type !== 'float'
}

/** Points of a sum. Series as they are, where they can be: that is most of what there is. */
function counted(
  series: Iterable<OtlpNumber>,
  mapping: OtlpMapping,
  family: FamilySnapshot,
): { start: number; points: Iterable<OtlpNumber> } {
  const growing = mapping.growing ? filter(series, ({ value }) => value > 0) : series
  return withStart(growing, mapping.startOf(family))
}

/** Points of histograms. */
function started<Point extends { readonly labels: Labels; readonly count: number }>(
  points: Iterable<Point>,
  { growing, startOf }: OtlpMapping,
  family: FamilySnapshot,
): { start: number; points: Iterable<Point> } {
  return withStart(growing ? filter(points, ({ count }) => count > 0) : points, startOf(family))
}

function withStart<Point extends { readonly labels: Labels }>(
  points: Iterable<Point>,
  start: Start,
): { start: number; points: Iterable<Point> } {
  if (typeof start === 'number') return { start, points }
  return { start: 0, points: map(points, (point) => ({ ...point, start: start(point.labels) })) }
}

function distributions(family: DistributionFamilySnapshot, mapping: OtlpMapping): readonly OtlpMetric[] {
  const { name, unit, help: description, series } = family
  const { maxBuckets = defaultMaxBuckets, histograms } = mapping
  const head = { name, unit, description }
  const bounds = histograms === 'explicit' ? new BoundsOf(family, {}) : undefined
  const explicit = map(series, (one) => explicitPoint(one, bounds?.of(one)))
  const exponential = map(bounds === undefined ? series : [], (one) => exponentialPoint(one, maxBuckets))
  return [
    { ...head, type: 'exponentialHistogram', ...started(exponential, mapping, family) },
    { ...head, type: 'histogram', ...started(explicit, mapping, family) },
  ]
}

function rateGauge({ name, unit, help, series }: MeterFamilySnapshot): OtlpMetric {
  const points = flatMap(series, function* ({ labels, rates }) {
    if (rates === undefined) return
    const windows = { '1m': rates.m1, '5m': rates.m5, '15m': rates.m15 }
    for (const [window, value] of Object.entries(windows)) yield { labels: withLabel(labels, 'window', window), value }
  })
  const perSecond = `${unit === '' ? '1' : unit}/s`
  return { name: `${name}.rate`, unit: perSecond, description: help, type: 'gauge', isInteger: false, points }
}

/** The smallest and largest value of a gauge over each window. */
function extremes(family: GaugeFamilySnapshot): readonly OtlpMetric[] {
  const { name, unit, help: description, series } = family
  if (!series.some((one) => one.extremes !== undefined)) return []
  return (['min', 'max'] as const).map((which) => ({
    name: `${name}.${which}`,
    unit,
    description,
    type: 'gauge',
    isInteger: isInteger(family),
    points: flatMap(series, function* ({ labels, extremes: known = {} }) {
      for (const [window, values] of Object.entries(known) as [string, Extremes][]) {
        yield { labels: withLabel(labels, 'window', window), value: values[which] }
      }
    }),
  }))
}

/** How many processes are in each state, the seconds spent in each, and how many holders there are. */
function stateMetrics(family: StateFamilySnapshot, mapping: OtlpMapping): readonly OtlpMetric[] {
  const { name, help: description, states, series } = family
  const gauge = { type: 'gauge', unit: '', description, isInteger: true } as const
  const start = mapping.startOf(family)
  const seconds = flatMap(series, function* ({ labels, seconds: spent }) {
    const own = typeof start === 'number' ? {} : { start: start(labels) }
    for (const state of states) {
      const value = ofState(spent, state)
      if (value > 0 || !mapping.growing) yield { labels: withLabel(labels, 'state', state), value, ...own }
    }
  })
  const processes = flatMap(series, function* ({ labels, processes: counts }) {
    for (const state of states) yield { labels: withLabel(labels, 'state', state), value: ofState(counts, state) }
  })
  const users = map(series, ({ labels, users: value }) => ({ labels, value }))
  const since = typeof start === 'number' ? start : 0
  return [
    { ...gauge, name, points: processes },
    { name: `${name}.seconds`, unit: 's', description, type: 'sum', start: since, points: seconds },
    { ...gauge, name: `${name}.users`, points: users },
  ]
}

/** Labels with one more, for which one of that name makes room. */
function withLabel(labels: Labels, name: string, value: string): Labels {
  if (!Object.hasOwn(labels, name)) return { ...labels, [name]: value }
  let own = `label_${name}`
  while (Object.hasOwn(labels, own)) own = `label_${own}`
  const { [name]: before = '', ...others } = labels
  return { ...others, [own]: before, [name]: value }
}

/** Iterates lazily, more than once if asked to. What becomes `undefined` is left out. */
function map<From, To>(list: Iterable<From>, change: (one: From) => To | undefined): Iterable<To> {
  return {
    *[Symbol.iterator]() {
      for (const one of list) {
        const changed = change(one)
        if (changed !== undefined) yield changed
      }
    },
  }
}

function filter<T>(list: Iterable<T>, isKept: (one: T) => boolean): Iterable<T> {
  return map(list, (one) => (isKept(one) ? one : undefined))
}

function flatMap<From, To>(list: Iterable<From>, expand: (one: From) => Iterable<To>): Iterable<To> {
  return {
    *[Symbol.iterator]() {
      for (const one of list) yield* expand(one)
    },
  }
}
