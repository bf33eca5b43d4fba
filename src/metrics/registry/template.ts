import type { Info } from '../kinds/info.ts'
import type { State } from '../kinds/state.ts'
import type { Declare, DeclareState, NamedKind, Variant } from './declare.ts'
import type { FamilyOptions, InfoOptions, Labelled, StateOptions, Unlabelled } from './definition.ts'
import type { Family } from './family.ts'
import type { LabelValue } from './label-values.ts'
import type { Metric } from './metric.ts'
import type { Registry } from './registry.ts'

/** What every kind may say; what only some may is there all the same. */
export type TemplateOptions = FamilyOptions & Partial<Labelled<string>>

/**
 * A metric that has no name yet: `counter({ unit: 'By' })` for `collection`, `statsFor`, `Metered` and `metered`, which
 * name it and so declare it. Options are checked then, too.
 * @typeParam M what it becomes
 */
export class Template<out M> {
  /** A type only: no template has it. Without it, the types in the package would not say what it becomes. */
  declare protected readonly becomes: M
  /** @internal */
  readonly kind: NamedKind | 'info'
  /** @internal */
  readonly options: TemplateOptions
  /** @internal Of an info. */
  readonly constants: Readonly<Record<string, LabelValue>> | undefined

  /** Made by `counter()`, `timer()` and the like, not by hand. */
  constructor(kind: NamedKind | 'info', options: TemplateOptions, constants?: Readonly<Record<string, LabelValue>>) {
    this.kind = kind
    this.options = options
    this.constants = constants
  }

  /** @internal The metric of that name; what goes wrong is as with the registry's own methods. */
  declareIn(registry: Registry, name: string, variant?: Variant): M {
    const { kind, options, constants } = this
    if (kind === 'info') return registry.info(name, constants ?? {}, options) as M
    return registry.declareAs(kind, name, options, variant) as M
  }
}

/** What of a collection, a class or an object is to be counted, by keys. */
export type Templates = Readonly<Record<string, Template<unknown>>>

/** The metrics that templates become: a metric, or a family where there are labels. */
export type Members<T extends Templates> = { readonly [K in keyof T]: T[K] extends Template<infer M> ? M : never }

/** With a name it declares, as the registry's method does; without one it makes a template. */
export interface DeclareOrTemplate<O, M extends Metric, More = unknown> extends Declare<O, M, More> {
  <const L extends string>(options: O & More & Labelled<L>): Template<Family<M, L>>
  (options?: O & Unlabelled<More>): Template<M>
}

/** As {@link DeclareOrTemplate}, for states. */
export interface DeclareOrTemplateState extends DeclareState {
  <const S extends string, const L extends string>(
    options: StateOptions<S> & Labelled<L>,
  ): Template<Family<State<S>, L>>
  <const S extends string>(options: StateOptions<S> & Unlabelled): Template<State<S>>
}

/** As {@link DeclareOrTemplate}, for constants. */
export interface DeclareOrTemplateInfo {
  (name: string, constants: Readonly<Record<string, LabelValue>>, options?: InfoOptions): Info
  (constants: Readonly<Record<string, LabelValue>>, options?: InfoOptions): Template<Info>
}
