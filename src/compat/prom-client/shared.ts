import { exponentialBuckets, linearBuckets } from '../../snapshot/buckets/bucket-generators.ts'
import { aggregators } from './aggregators.ts'
import { ClusterRegistry, WorkerRegistry } from './cluster.ts'
import { Counter } from './counter.ts'
import { collectDefaultMetrics } from './default-metrics/collect.ts'
import { Gauge } from './gauge.ts'
import { Histogram } from './histogram.ts'
import { Pushgateway } from './pushgateway.ts'
import { Registry } from './registry.ts'
import { Summary } from './summary.ts'
import type { OpenMetricsContentType, PrometheusContentType, RegistryContentType } from './types.ts'
import { validateMetricName } from './validation.ts'

/** What this module is. */
export interface PromClient {
  readonly register: Registry
  readonly AggregatorRegistry: typeof ClusterRegistry
  readonly prometheusContentType: PrometheusContentType
  readonly openMetricsContentType: OpenMetricsContentType
  /** That of `register`. */
  contentType: RegistryContentType
  readonly Registry: typeof Registry
  readonly Counter: typeof Counter
  readonly Gauge: typeof Gauge
  readonly Histogram: typeof Histogram
  readonly Summary: typeof Summary
  readonly Pushgateway: typeof Pushgateway
  readonly ClusterRegistry: typeof ClusterRegistry
  readonly WorkerRegistry: typeof WorkerRegistry
  readonly aggregators: typeof aggregators
  readonly collectDefaultMetrics: typeof collectDefaultMetrics
  readonly exponentialBuckets: typeof exponentialBuckets
  readonly linearBuckets: typeof linearBuckets
  readonly validateMetricName: typeof validateMetricName
}

const own: PromClient = {
  register: Registry.globalRegistry,
  AggregatorRegistry: ClusterRegistry,
  prometheusContentType: Registry.PROMETHEUS_CONTENT_TYPE,
  openMetricsContentType: Registry.OPENMETRICS_CONTENT_TYPE,
  get contentType() {
    return Registry.globalRegistry.contentType
  },
  set contentType(contentType) {
    Registry.globalRegistry.setContentType(contentType)
  },
  Registry,
  Counter,
  Gauge,
  Histogram,
  Summary,
  Pushgateway,
  ClusterRegistry,
  WorkerRegistry,
  aggregators,
  collectDefaultMetrics,
  exponentialBuckets,
  linearBuckets,
  validateMetricName,
}

/** Found by every copy of this module in the thread: `import` and `require`, and packages that stand for prom-client. */
const key = Symbol.for('plimsoll.prom-client.1')
const shared = globalThis as { [key]?: PromClient }
shared[key] ??= own

/** The one that was loaded first: all have one `register`, and classes that know each other's metrics. */
export const first: PromClient = shared[key]
