import type { MetricFactory, MetricOf } from '../kinds/factories.ts'
import type { State } from '../kinds/state.ts'
import type { Labelled, StateOptions, Unlabelled } from './definition.ts'
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

/** The kinds that are declared by a name and options. */
export type NamedKind = Exclude<keyof MetricOf, 'info'>

/** How what is declared for a class or an object differs from what an app declares itself. */
export interface DeclareExtras {
  /** What a conflict calls the place of the declaration. Default: where the app is on the stack. */
  readonly place?: string
  /** Makes the metrics. Default: the factory of their kind. */
  readonly factory?: MetricFactory
}
