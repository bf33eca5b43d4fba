export { MeterProvider, type MeterProviderOptions } from './meter-provider.ts'
export type {
  CollectionResult,
  DataPoint,
  EmptyResource,
  MetricData,
  Scope,
  ScopeMetrics,
} from './metric-data.ts'
export { type MetricProducerOptions, PlimsollMetricProducer } from './producer.ts'
export type { AggregationOption, AttributesProcessor, ViewOptions } from './views.ts'
