import type { Aggregate } from './aggregators.ts'
import type * as cluster from './cluster.ts'
import type * as counters from './counter.ts'
import type { CollectDefaultMetrics } from './default-metrics/collect.ts'
import type * as gauges from './gauge.ts'
import type * as histograms from './histogram.ts'
import type * as gateways from './pushgateway.ts'
import type * as registries from './registry.ts'
import { first, type PromClient } from './shared.ts'
import type * as summaries from './summary.ts'
import type { Aggregator, OpenMetricsContentType, PrometheusContentType, RegistryContentType } from './types.ts'

export type { BoundCounter, CounterConfiguration, IncreaseDataWithExemplar } from './counter.ts'
export type { CollectDefaultMetrics } from './default-metrics/collect.ts'
export type { DefaultMetricsCollectorConfiguration } from './default-metrics/declare.ts'
export type { Exemplar } from './exemplar.ts'
export type { BoundGauge, GaugeConfiguration } from './gauge.ts'
export type { BoundHistogram, HistogramConfiguration, ObserveDataWithExemplar } from './histogram.ts'
export type { MetricConfiguration } from './metric.ts'
export type { PushgatewayOptions, PushParameters, PushResult } from './pushgateway.ts'
export type { BoundSummary, SummaryConfiguration } from './summary.ts'
export type {
  Aggregator,
  CollectFunction,
  LabelValues,
  MetricObject,
  MetricObjectWithValues,
  MetricType,
  MetricValue,
  MetricValueWithName,
  OpenMetricsContentType,
  PrometheusContentType,
  RegistryContentType,
} from './types.ts'

/** The registry of metrics that are made without one. */
export const register: registries.Registry = first.register
/** Metrics by name, and their text. */
export const Registry: typeof registries.Registry = first.Registry
export type Registry<T extends RegistryContentType = PrometheusContentType> = registries.Registry<T>
/** A number that only goes up. */
export const Counter: typeof counters.Counter = first.Counter
export type Counter<T extends string = string> = counters.Counter<T>
/** A number that goes up and down. */
export const Gauge: typeof gauges.Gauge = first.Gauge
export type Gauge<T extends string = string> = gauges.Gauge<T>
/** How values are spread over buckets with given upper bounds. */
export const Histogram: typeof histograms.Histogram = first.Histogram
export type Histogram<T extends string = string> = histograms.Histogram<T>
/** How values are spread, as quantiles. */
export const Summary: typeof summaries.Summary = first.Summary
export type Summary<T extends string = string> = summaries.Summary<T>
/** Any metric. */
export type Metric<T extends string = string> = Counter<T> | Gauge<T> | Summary<T> | Histogram<T>
/** Sends metrics to a Pushgateway. */
export const Pushgateway: typeof gateways.Pushgateway = first.Pushgateway
export type Pushgateway<T = unknown> = gateways.Pushgateway<T>
/** The registry of all processes and threads of the app. */
export const ClusterRegistry: typeof cluster.ClusterRegistry = first.ClusterRegistry
export type ClusterRegistry<T extends RegistryContentType = RegistryContentType> = cluster.ClusterRegistry<T>
/** The same, by its name in prom-client 15. */
export const AggregatorRegistry: typeof cluster.ClusterRegistry = first.ClusterRegistry
export type AggregatorRegistry<T extends RegistryContentType = RegistryContentType> = cluster.ClusterRegistry<T>
/** The same, for worker threads. */
export const WorkerRegistry: typeof cluster.WorkerRegistry = first.WorkerRegistry
export type WorkerRegistry<T extends RegistryContentType = RegistryContentType> = cluster.WorkerRegistry<T>

/** How metrics of several processes become one, by the name of the aggregator. */
export const aggregators: Readonly<Record<Aggregator, Aggregate>> = first.aggregators
/** Metrics of the process under the names of prom-client. */
export const collectDefaultMetrics: CollectDefaultMetrics = first.collectDefaultMetrics
/** Whether Prometheus takes this name of a metric. */
export const validateMetricName: (name: string) => boolean = first.validateMetricName
/** So many bounds at the same distance. */
export const linearBuckets: (start: number, width: number, count: number) => number[] = first.linearBuckets
/** So many bounds, each a multiple of the one before. */
export const exponentialBuckets: (start: number, factor: number, count: number) => number[] = first.exponentialBuckets
/** The content type of Prometheus text. */
export const prometheusContentType: PrometheusContentType = first.Registry.PROMETHEUS_CONTENT_TYPE
/** The content type of OpenMetrics text. */
export const openMetricsContentType: OpenMetricsContentType = first.Registry.OPENMETRICS_CONTENT_TYPE
/** The content type of `register`. */
export let contentType: RegistryContentType
first.register.watchContentType((present) => {
  contentType = present
})

/** All of it as one object. */
// biome-ignore lint/style/noDefaultExport: as prom-client is imported in many apps.
export default first as PromClient
