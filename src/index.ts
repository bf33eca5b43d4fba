export { type Clock, systemClock } from './clock.ts'
export { type ErrorCode, PlimsollError } from './errors.ts'
export { Average } from './metrics/kinds/average.ts'
export { Counter } from './metrics/kinds/counter.ts'
export type { ExemplarLabels } from './metrics/kinds/exemplars.ts'
export { ExplicitHistogram } from './metrics/kinds/explicit-histogram.ts'
export { ExponentialHistogram } from './metrics/kinds/exponential-histogram.ts'
export { Gauge } from './metrics/kinds/gauge.ts'
export type { Histogram } from './metrics/kinds/histogram.ts'
export { Info } from './metrics/kinds/info.ts'
export { Meter } from './metrics/kinds/meter.ts'
export type { MetricSnapshot } from './metrics/kinds/metric-snapshot.ts'
export type { SlowLog } from './metrics/kinds/slow-runs.ts'
export { type Holder, State } from './metrics/kinds/state.ts'
export { Stopwatch } from './metrics/kinds/stopwatch.ts'
export { Text } from './metrics/kinds/text.ts'
export { Timer } from './metrics/kinds/timer.ts'
export { type CollectionOptions, collection } from './metrics/objects/collection.ts'
export type { Dictionary } from './metrics/objects/object-part.ts'
export {
  type ObjectStats,
  type ObjectTemplates,
  type StatsForOptions,
  statsFor,
} from './metrics/objects/object-stats.ts'
export {
  type AnyClass,
  Metered,
  type MeteredClass,
  type MeteredField,
  type MeteredOptions,
  metered,
} from './metrics/objects/per-class.ts'
export { childrenByValue, type Sum, SumTemplate, sumOfChildren } from './metrics/objects/sum-template.ts'
export type { Declare, DeclareState } from './metrics/registry/declare.ts'
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
} from './metrics/registry/default-registry.ts'
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
} from './metrics/registry/definition.ts'
export { Family } from './metrics/registry/family.ts'
export type { LabelValue } from './metrics/registry/label-values.ts'
export { Registry, type RegistryOptions } from './metrics/registry/registry.ts'
export {
  type DeclareOrTemplate,
  type DeclareOrTemplateInfo,
  type DeclareOrTemplateState,
  type Members,
  Template,
  type TemplateOptions,
  type Templates,
} from './metrics/registry/template.ts'
export { type Publication, publish } from './publish.ts'
export type { PublishOptions } from './publish-options.ts'
export { version } from './version.ts'
