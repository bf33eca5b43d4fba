import type { Attributes, HrTime, ValueType } from '@opentelemetry/api'

/** What the readers of the SDK take from a metric producer, structurally: its package need not be there. */

/** Numbers of the SDK's `DataPointType`, by the types of plimsoll's OTLP metrics. */
export const dataPointTypes = { histogram: 0, exponentialHistogram: 1, gauge: 2, sum: 3 } as const

/** An instrumentation scope. */
export interface Scope {
  /** Name of the meter. */
  name: string
  /** Its version. */
  version?: string
  /** Its schema URL. */
  schemaUrl?: string
}

/** A value at one time. */
export interface DataPoint<T> {
  /** Since when it counts. */
  readonly startTime: HrTime
  /** When it was read. */
  readonly endTime: HrTime
  /** What it is about. */
  readonly attributes: Attributes
  /** The value. */
  readonly value: T
}

/** An instrument. */
export interface Descriptor {
  /** Its name. */
  readonly name: string
  /** What it is about. */
  readonly description: string
  /** Its unit, as UCUM spells it. */
  readonly unit: string
  /** Whether its values are integers. */
  readonly valueType: ValueType
}

/** What all metrics have. */
export interface Head {
  /** What it is. */
  readonly descriptor: Descriptor
  /** Cumulative: 1. */
  readonly aggregationTemporality: 1
}

/** What both kinds of histogram have. */
export interface HistogramTotals {
  /** Number of values. */
  count: number
  /** Their sum. */
  sum?: number
  /** The smallest one. */
  min?: number
  /** The largest one. */
  max?: number
}

/** A histogram with bounds. */
export interface ExplicitHistogram extends HistogramTotals {
  /** Its buckets. */
  buckets: ExplicitBuckets
}

/** Buckets with bounds. */
export interface ExplicitBuckets {
  /** Upper bounds, ascending. */
  boundaries: number[]
  /** Values in each, and in the last place those above all bounds. */
  counts: number[]
}

/** A histogram whose bounds are powers of 2 to the power of -scale. */
export interface ExponentialHistogram extends HistogramTotals {
  /** Its scale. */
  scale: number
  /** Number of zeros. */
  zeroCount: number
  /** Buckets of values above 0. */
  positive: ExponentialBuckets
  /** Buckets of values below 0. */
  negative: ExponentialBuckets
}

/** Counts of neighbouring buckets. */
export interface ExponentialBuckets {
  /** Index of the first one. */
  offset: number
  /** The counts. */
  bucketCounts: number[]
}

/** A sum. */
export interface SumData extends Head {
  /** The SDK's `DataPointType.SUM`. */
  readonly dataPointType: 3
  /** Whether it never falls. */
  readonly isMonotonic: boolean
  /** A point for each set of attributes. */
  readonly dataPoints: DataPoint<number>[]
}

/** A gauge. */
export interface GaugeData extends Head {
  /** The SDK's `DataPointType.GAUGE`. */
  readonly dataPointType: 2
  /** A point for each set of attributes. */
  readonly dataPoints: DataPoint<number>[]
}

/** A histogram with bounds. */
export interface ExplicitHistogramData extends Head {
  /** The SDK's `DataPointType.HISTOGRAM`. */
  readonly dataPointType: 0
  /** A point for each set of attributes. */
  readonly dataPoints: DataPoint<ExplicitHistogram>[]
}

/** An exponential histogram. */
export interface ExponentialHistogramData extends Head {
  /** The SDK's `DataPointType.EXPONENTIAL_HISTOGRAM`. */
  readonly dataPointType: 1
  /** A point for each set of attributes. */
  readonly dataPoints: DataPoint<ExponentialHistogram>[]
}

/** One metric with its points. */
export type MetricData = SumData | GaugeData | ExplicitHistogramData | ExponentialHistogramData

/** The metrics of one scope. */
export interface ScopeMetrics {
  /** Who recorded them. */
  scope: Scope
  /** The metrics. */
  metrics: MetricData[]
}

/** A resource without attributes: a reader adds what is collected here to the resource of its SDK. */
export interface EmptyResource {
  /** None. */
  readonly attributes: Attributes
  /** Returns the other one. */
  merge<R>(other: R | null): R
  /** None. */
  getRawAttributes(): []
}

/** All metrics, by scope. */
export interface ResourceMetrics {
  /** Has no attributes. */
  resource: EmptyResource
  /** The scopes with their metrics. */
  scopeMetrics: ScopeMetrics[]
}

/** What a metric producer collects. */
export interface CollectionResult {
  /** All metrics, by scope. */
  resourceMetrics: ResourceMetrics
  /** Why there are none. */
  errors: unknown[]
}

export const emptyResource: EmptyResource = {
  attributes: {},
  merge<R>(other: R | null): R {
    return other ?? (emptyResource as R)
  },
  getRawAttributes: () => [],
}
