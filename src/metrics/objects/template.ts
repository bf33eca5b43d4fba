import { checkIsOptions } from '../../errors.ts'
import type { Info } from '../kinds/info.ts'
import type { State } from '../kinds/state.ts'
import type { DeclaredKinds, DeclareExtras, NamedKind } from '../registry/declare.ts'
import type { FamilyOptions, InfoOptions, Labelled, StateOptions, Unlabelled } from '../registry/definition.ts'
import type { Family } from '../registry/family.ts'
import type { LabelValue } from '../registry/label-values.ts'
import type { Metric } from '../registry/metric.ts'
import type { Registry } from '../registry/registry.ts'

/** The options of every kind; those of some kinds only are kept, too. */
export type TemplateOptions = FamilyOptions & Partial<Labelled<string>>

/**
 * A metric without a name: `template.counter({ unit: 'By' })`. `collection`, `statsFor`, `Metered` and `metered` name it, and
 * so declare it; its options are checked then.
 * @typeParam M the metric, or the family, that it becomes
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

  /** @internal */
  constructor(
    kind: NamedKind | 'info',
    options: TemplateOptions = {},
    constants?: Readonly<Record<string, LabelValue>>,
  ) {
    checkIsOptions(`template.${kind}()`, options)
    this.kind = kind
    this.options = options
    this.constants = constants
  }

  /** @internal The metric of that name; throws what the registry's own methods throw. */
  declareIn(registry: Registry, name: string, extras?: DeclareExtras): M {
    const { kind, options, constants } = this
    if (kind === 'info') return registry.info(name, constants as never, options) as M
    return registry.declareAs(kind, name, options, extras) as M
  }
}

/** The metrics of a collection, a class or an object, by key. */
export type Templates = Readonly<Record<string, Template<unknown>>>

/** The metrics that templates become: a metric, or a family where there are labels. */
export type Members<T extends Templates> = { readonly [K in keyof T]: T[K] extends Template<infer M> ? M : never }

/** Takes the options of a kind, as its function in `plimsoll` does after the name. */
export interface MakeTemplate<O, M extends Metric, More = unknown> {
  <const L extends string>(options: O & More & Labelled<L>): Template<Family<M, L>>
  (options?: O & Unlabelled<More>): Template<M>
}

/** As {@link MakeTemplate}, for states. */
export interface MakeStateTemplate {
  <const S extends string, const L extends string>(
    options: StateOptions<S> & Labelled<L>,
  ): Template<Family<State<S>, L>>
  <const S extends string>(options: StateOptions<S> & Unlabelled): Template<State<S>>
}

/** What makes templates, by kind. */
export type TemplateMakers = {
  readonly [K in keyof DeclaredKinds]: MakeTemplate<DeclaredKinds[K][0], DeclaredKinds[K][1], DeclaredKinds[K][2]>
} & {
  /** Makes a template of a state. */
  readonly state: MakeStateTemplate
  /** Makes a template of constants. */
  readonly info: (constants: Readonly<Record<string, LabelValue>>, options?: InfoOptions) => Template<Info>
}

/**
 * Makes a template of each kind, with the options that the function of that kind in `plimsoll` takes:
 * `template.counter({ unit: 'By' })`, `template.info({ version: '1.2.0' })`. Throws PLIMSOLL_OPTION_INVALID where the options
 * are no object; each option is checked when the metric is declared.
 */
export const template: TemplateMakers = {
  counter: maker('counter'),
  gauge: maker('gauge'),
  histogram: maker('histogram'),
  timer: maker('timer'),
  meter: maker('meter'),
  average: maker('average'),
  state: maker('state') as MakeStateTemplate,
  text: maker('text'),
  info: (constants, options) => new Template('info', options, constants),
}

function maker<O extends object, M extends Metric>(kind: NamedKind): MakeTemplate<O, M> {
  const make = (options?: object): Template<Metric> => new Template(kind, options)
  return make as MakeTemplate<O, M>
}
