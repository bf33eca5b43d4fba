import type { Attributes, HrTime, ValueType } from '@opentelemetry/api'
import { optionInvalid } from '../../errors.ts'
import { otlpExemplars } from '../../formats/otlp/exemplars.ts'
import { otlpMetrics } from '../../formats/otlp/mapping.ts'
import type { OtlpExplicit, OtlpExponential, OtlpMetric, OtlpNumber, OtlpPoint } from '../../formats/otlp/metric.ts'
import { startsOf } from '../../formats/otlp/starts.ts'
import { checkOptions, integer, type OptionRules, readable } from '../../options.ts'
import type { FamilySnapshot, Labels, Snapshot, Source } from '../../snapshot/snapshot.ts'
import { version } from '../../version.ts'
import {
  type CollectionResult,
  type DataPoint,
  dataPointTypes,
  emptyResource,
  type MetricData,
  type Scope,
  type ScopeMetrics,
} from './metric-data.ts'
import { scopeLabels } from './names.ts'

/** Options of a metric producer. */
export interface MetricProducerOptions {
  /**
   * How many buckets an exponential histogram has at most, 2 to 10,000. With more, neighbours are joined, so that quantiles get
   * coarser; counts stay exact.
   * @default 160
   */
  readonly maxBuckets?: number
}

const rules: OptionRules<MetricProducerOptions> = { maxBuckets: integer(2, 10_000) }
const cumulative = 1
const double = 1 as ValueType
const integerType = 0 as ValueType

/**
 * Lets an SDK of OpenTelemetry that is there already export what plimsoll has, by its own readers and exporters:
 * `new PeriodicExportingMetricReader({ exporter, metricProducers: [new PlimsollMetricProducer(fleet())] })`. The source is a
 * registry, a page, a fleet or anything else with `read()`; of a fleet, that is one process exporting for all. Kinds become
 * what `formatOtlp()` makes of them; what a meter recorded has its scope again. Totals are cumulative.
 */
export class PlimsollMetricProducer {
  readonly #source: Source
  readonly #options: MetricProducerOptions

  /** Throws PLIMSOLL_OPTION_UNKNOWN or PLIMSOLL_OPTION_INVALID. */
  constructor(source: Source, options: MetricProducerOptions = {}) {
    const where = 'new PlimsollMetricProducer()'
    const [isReadable, expected] = readable
    if (!isReadable(source, {})) throw optionInvalid('source', where, source, expected)
    checkOptions(where, options, rules)
    this.#source = source
    this.#options = options
  }

  /** Reads the source. Never rejects: what fails is in `errors`. */
  async collect(): Promise<CollectionResult> {
    const resource = emptyResource
    try {
      return {
        resourceMetrics: { resource, scopeMetrics: scopesOf(await this.#source.read(), this.#options) },
        errors: [],
      }
    } catch (error) {
      return { resourceMetrics: { resource, scopeMetrics: [] }, errors: [error] }
    }
  }
}

/** A snapshot by scopes, each with its metrics. */
function scopesOf(snapshot: Snapshot, options: MetricProducerOptions): ScopeMetrics[] {
  const starts = startsOf(snapshot.pages)
  // Without a page, what counts is that of this process.
  const began = performance.timeOrigin / 1000
  const startOf = (family: FamilySnapshot): ReturnType<typeof starts> => starts(family) || began
  const scopes = new Map<string, ScopeMetrics>()
  for (const metric of otlpMetrics(snapshot, { ...options, startOf })) {
    const byScope = new Map<ScopeMetrics, MetricData>()
    for (const point of metric.points as Iterable<OtlpPoint>) {
      const scope = scopeOf(point.labels, scopes)
      const data = byScope.get(scope) ?? emptyData(metric)
      byScope.set(scope, data)
      data.dataPoints.push(dataPoint(metric, point, snapshot.takenAt) as never)
    }
    for (const [scope, data] of byScope) scope.metrics.push(data)
  }
  return [...scopes.values()].filter(({ metrics }) => metrics.length > 0)
}

function scopeOf(labels: Labels, scopes: Map<string, ScopeMetrics>): ScopeMetrics {
  const given = {
    name: labels[scopeLabels.name],
    version: labels[scopeLabels.version],
    schemaUrl: labels[scopeLabels.schemaUrl],
  }
  const key = JSON.stringify(given)
  const known = scopes.get(key)
  if (known !== undefined) return known
  const isGiven = Object.values(given).some((text) => text !== undefined)
  const { name = '', version: its, schemaUrl } = given
  const own: Scope = { name, ...(its !== undefined && { version: its }), ...(schemaUrl !== undefined && { schemaUrl }) }
  const scope = { scope: isGiven ? own : { name: 'plimsoll', version }, metrics: [] }
  scopes.set(key, scope)
  return scope
}

function emptyData(metric: OtlpMetric): MetricData {
  const { name, unit, description, type } = metric
  const valueType = type === 'gauge' && metric.isInteger ? integerType : double
  const common = {
    descriptor: { name, unit, description, valueType },
    aggregationTemporality: cumulative,
    dataPoints: [],
  } as const
  const dataPoints: never[] = []
  if (type === 'sum') {
    return { ...common, dataPoints, dataPointType: dataPointTypes.sum, isMonotonic: metric.mayFall !== true }
  }
  return { ...common, dataPoints, dataPointType: dataPointTypes[type] } as MetricData
}

function dataPoint(metric: OtlpMetric, point: OtlpPoint, takenAt: number): DataPoint<unknown> {
  const start = metric.type === 'gauge' ? takenAt : (point.start ?? metric.start)
  const exemplars = point.exemplars && otlpExemplars(point.exemplars, 0)
  return {
    startTime: hrTime(start),
    endTime: hrTime(takenAt),
    attributes: attributesOf(point.labels),
    value: numbersOf(metric, point),
    ...(exemplars !== undefined && {
      exemplars: exemplars.map(({ labels, value, time, traceId, spanId }) => ({
        filteredAttributes: { ...labels },
        value,
        timestamp: hrTime(time),
        ...(spanId !== undefined && { spanId }),
        ...(traceId !== undefined && { traceId }),
      })),
    }),
  }
}

function numbersOf({ type }: OtlpMetric, point: OtlpPoint): unknown {
  if (type === 'gauge' || type === 'sum') return (point as OtlpNumber).value
  const { count, sum, min, max } = point as OtlpExplicit | OtlpExponential
  const total = {
    count,
    ...(sum !== undefined && { sum }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
  }
  if (type === 'histogram') {
    const { bounds, counts } = point as OtlpExplicit
    // The SDK has one more count than bounds, also where there are no bounds.
    return { ...total, buckets: { boundaries: [...bounds], counts: counts.length === 0 ? [count] : [...counts] } }
  }
  const { scale, zeroCount, offset, counts } = point as OtlpExponential
  const positive = { offset, bucketCounts: [...counts] }
  return { ...total, scale, zeroCount, positive, negative: { offset: 0, bucketCounts: [] } }
}

const ofScope: ReadonlySet<string> = new Set(Object.values(scopeLabels))

function attributesOf(labels: Labels): Attributes {
  const attributes: Attributes = {}
  for (const name in labels) if (!ofScope.has(name)) attributes[name] = labels[name]
  // OpenTelemetry's own name for what is past the limit.
  const { overflow, ...others } = attributes
  return overflow === 'true' && Object.keys(others).length === 0 ? { 'otel.metric.overflow': true } : attributes
}

function hrTime(unixTime: number): HrTime {
  const seconds = Math.floor(unixTime)
  // A double has no digits below a microsecond.
  return [seconds, Math.min(999_999, Math.round((unixTime - seconds) * 1e6)) * 1000]
}
