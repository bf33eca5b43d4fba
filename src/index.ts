export type { Clock } from './clock.ts'
export { type ErrorCode, PlimsollError } from './errors.ts'
export type { Average } from './metrics/kinds/average.ts'
export type { Counter } from './metrics/kinds/counter.ts'
export type { ExemplarLabels } from './metrics/kinds/exemplars.ts'
export type { Gauge } from './metrics/kinds/gauge.ts'
export type { Histogram } from './metrics/kinds/histogram.ts'
export type { Info } from './metrics/kinds/info.ts'
export type { Meter } from './metrics/kinds/meter.ts'
export type { MetricSnapshot } from './metrics/kinds/metric-snapshot.ts'
export type { SlowLog } from './metrics/kinds/slow-runs.ts'
export type { State, StateHold } from './metrics/kinds/state.ts'
export type { Stopwatch } from './metrics/kinds/stopwatch.ts'
export type { Text } from './metrics/kinds/text.ts'
export type { Timer } from './metrics/kinds/timer.ts'
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
export type { Family } from './metrics/registry/family.ts'
export type { LabelValue } from './metrics/registry/label-values.ts'
export { Registry, type RegistryOptions } from './metrics/registry/registry.ts'
export { publish } from './publish.ts'
export type { Publication, PublishOptions } from './publish-options.ts'
export { version } from './version.ts'
