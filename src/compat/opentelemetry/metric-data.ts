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

interface Head {
  /** What it is. */
  readonly descriptor: {
    readonly name: string
    readonly description: string
    readonly unit: string
    readonly valueType: ValueType
  }
  /** Cumulative: 1. */
  readonly aggregationTemporality: 1
}

interface Total {
  count: number
  sum?: number
  min?: number
  max?: number
}

/** One metric with its points. */
export type MetricData =
  | (Head & { readonly dataPointType: 3; readonly isMonotonic: boolean; readonly dataPoints: DataPoint<number>[] })
  | (Head & { readonly dataPointType: 2; readonly dataPoints: DataPoint<number>[] })
  | (Head & {
      readonly dataPointType: 0
      readonly dataPoints: DataPoint<Total & { buckets: { boundaries: number[]; counts: number[] } }>[]
    })
  | (Head & {
      readonly dataPointType: 1
      readonly dataPoints: DataPoint<
        Total & { scale: number; zeroCount: number; positive: ExponentialBuckets; negative: ExponentialBuckets }
      >[]
    })

interface ExponentialBuckets {
  offset: number
  bucketCounts: number[]
}

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

/** What a metric producer collects. */
export interface CollectionResult {
  /** All metrics, by scope. */
  resourceMetrics: { resource: EmptyResource; scopeMetrics: ScopeMetrics[] }
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
