import type { Kind } from '../../snapshot/snapshot.ts'
import type { Average } from '../kinds/average.ts'
import type { Counter } from '../kinds/counter.ts'
import type { MetricFactory } from '../kinds/factories.ts'
import type { Gauge } from '../kinds/gauge.ts'
import type { Histogram } from '../kinds/histogram.ts'
import type { Meter } from '../kinds/meter.ts'
import type { State } from '../kinds/state.ts'
import type { Text } from '../kinds/text.ts'
import type { Timer } from '../kinds/timer.ts'
import type {
  AverageOptions,
  CounterOptions,
  FamilyOptions,
  GaugeOptions,
  HistogramOptions,
  Labelled,
  LabelledGaugeOptions,
  StateOptions,
  TextOptions,
  TimerOptions,
  Unlabelled,
} from './definition.ts'
import type { Family } from './family.ts'
import type { Metric } from './metric.ts'

/**
 * A metric without labels is itself; one with labels is a family of series.
 * @typeParam O the options
 * @typeParam M the kind of metric
 * @typeParam More the additional options with labels
 */
export interface Declare<O, M extends Metric, More = unknown> {
  <const L extends string>(name: string, options: O & More & Labelled<L>): Family<M, L>
  (name: string, options?: O & Unlabelled<More>): M
}

/** A state declares its states. */
export interface DeclareState {
  <const S extends string, const L extends string>(
    name: string,
    options: StateOptions<S> & Labelled<L>,
  ): Family<State<S>, L>
  <const S extends string>(name: string, options: StateOptions<S> & Unlabelled): State<S>
}

/** Of each kind its options, its metric, and the options that it has only with labels. */
export interface DeclaredKinds {
  /** Declares a counter, or finds it: `registry.counter('mails.sent').inc()`. */
  readonly counter: [CounterOptions, Counter, unknown]
  /** Declares a gauge, or finds it: `registry.gauge('queue.length').set(3)`. */
  readonly gauge: [GaugeOptions, Gauge, LabelledGaugeOptions]
  /** Declares a meter, or finds it: `registry.meter('mails.sent').mark()`. */
  readonly meter: [FamilyOptions, Meter, unknown]
  /** Declares a histogram, or finds it: `registry.histogram('mails.size', { unit: 'By' }).record(1024)`. */
  readonly histogram: [HistogramOptions, Histogram, unknown]
  /** Declares a timer, or finds it: `registry.timer('db.query').time(() => query())`. */
  readonly timer: [TimerOptions, Timer, unknown]
  /** Declares an average, or finds it: `registry.average('batch.size', { window: { values: 100 } }).record(17)`. */
  readonly average: [AverageOptions, Average, unknown]
  /** Declares a text, or finds it: `registry.text('last.error').set(error.message)`. */
  readonly text: [TextOptions, Text, unknown]
}

/** What declares metrics by a name and options, one method a kind. */
export type Declarers = {
  readonly [K in keyof DeclaredKinds]: Declare<DeclaredKinds[K][0], DeclaredKinds[K][1], DeclaredKinds[K][2]>
} & {
  /** Declares a state, or finds it: `registry.state('worker', { states: ['idle', 'busy'] }).set('busy')`. */
  readonly state: DeclareState
}

/** The kinds that are declared by a name and options. */
export type NamedKind = Exclude<Kind, 'info'>

/** How what is declared for a class or an object differs from what an app declares itself. */
export interface DeclareExtras {
  /** What a conflict calls the place of the declaration. Default: where the app is on the stack. */
  readonly place?: string
  /** Makes the metrics. Default: the factory of their kind. */
  readonly factory?: MetricFactory
  /** Whether each series has labels of its own: see {@link SparseFamily}. */
  readonly sparse?: true
}
