export { type Clock, systemClock } from './clock.ts'
export { type ErrorCode, PlimsollError } from './errors.ts'
export { Average } from './metrics/average.ts'
export { type CollectionOptions, collection } from './metrics/collection.ts'
export { Counter } from './metrics/counter.ts'
export type { Declare, DeclareState } from './metrics/declare.ts'
export {
  average,
  counter,
  defaultRegistry,
  gauge,
  histogram,
  info,
  meter,
  state,
  text,
  timer,
} from './metrics/default-registry.ts'
export type {
  AverageOptions,
  CounterOptions,
  FamilyOptions,
  GaugeOptions,
  HistogramOptions,
  InfoOptions,
  Labelled,
  LabelledGaugeOptions,
  StateOptions,
  TextOptions,
  TimerOptions,
} from './metrics/definition.ts'
export type { ExemplarLabels } from './metrics/exemplars.ts'
export { ExplicitHistogram } from './metrics/explicit-histogram.ts'
export { ExponentialHistogram } from './metrics/exponential-histogram.ts'
export { Family } from './metrics/family.ts'
export { Gauge } from './metrics/gauge.ts'
export type { Histogram } from './metrics/histogram.ts'
export { Info } from './metrics/info.ts'
export type { LabelValue } from './metrics/label-values.ts'
export { Meter } from './metrics/meter.ts'
export type { MetricSnapshot } from './metrics/metric-snapshot.ts'
export type { Dictionary } from './metrics/object-part.ts'
export { type ObjectStats, type ObjectTemplates, type StatsForOptions, statsFor } from './metrics/object-stats.ts'
export {
  type AnyClass,
  Metered,
  type MeteredClass,
  type MeteredField,
  type MeteredOptions,
  metered,
} from './metrics/per-class.ts'
export { Registry, type RegistryOptions } from './metrics/registry.ts'
export type { SlowLog } from './metrics/slow-runs.ts'
export { type Holder, State } from './metrics/state.ts'
export { Stopwatch } from './metrics/stopwatch.ts'
export { childrenByValue, type Sum, SumTemplate, sumOfChildren } from './metrics/sum-template.ts'
export {
  type DeclareOrTemplate,
  type DeclareOrTemplateInfo,
  type DeclareOrTemplateState,
  type Members,
  Template,
  type TemplateOptions,
  type Templates,
} from './metrics/template.ts'
export { Text } from './metrics/text.ts'
export { Timer } from './metrics/timer.ts'
export { type Publication, publish } from './publish.ts'
export type { PublishOptions } from './publish-options.ts'
export { version } from './version.ts'
