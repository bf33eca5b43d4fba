import type { Exemplar } from './exemplar.ts'

/** How the values of several processes become one. */
export type Aggregator = 'omit' | 'sum' | 'first' | 'min' | 'max' | 'average'

/** The types of metric, as the text format has them. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary'

/** The content type of the text format of Prometheus. */
export type PrometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'
/** The content type of OpenMetrics text. */
export type OpenMetricsContentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
/** The content types that a registry may have. */
export type RegistryContentType = PrometheusContentType | OpenMetricsContentType

/** Label values by label name. */
export type LabelValues<T extends string> = Partial<Record<T, string | number>>

/** Called before the values of a metric are read, with the metric as `this`. */
export type CollectFunction<T> = (this: T) => void | Promise<void>

/** One value of a metric. */
export interface MetricValue<T extends string> {
  /** The number. */
  value: number
  /** Its labels, in the order in which they were first passed. */
  labels: LabelValues<T>
  /** The last exemplar; absent or `null` for none. */
  exemplar?: Exemplar | null | undefined
}

/** A value with a name of its own, such as that of a bucket. */
export interface MetricValueWithName<T extends string> extends MetricValue<T> {
  /** The name; absent for that of the metric. */
  metricName?: string
}

/** What is known of a metric besides its values. */
export interface MetricObject {
  /** Name of the metric. */
  name: string
  /** Description of the metric. */
  help: string
  /** Type of the metric. */
  type: MetricType
  /** How the values of several processes become one. */
  aggregator: Aggregator
  /** Called before the values are read, to set them. */
  // biome-ignore lint/suspicious/noExplicitAny: as in prom-client, whatever the metric is.
  collect?: CollectFunction<any>
}

/** A metric with its values, as plain data. */
export interface MetricObjectWithValues<V extends MetricValue<string>> extends MetricObject {
  /** The values, in the order in which their series were made. */
  values: V[]
}
