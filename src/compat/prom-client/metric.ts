import type { Metric } from '../../metrics/registry/metric.ts'
import { checkLabels, type GivenLabels, isLabels, labelsOf } from './labels.ts'
import type { PageDeclaration } from './page-family.ts'
import { pageHelp, pageName, unitOf } from './page-names.ts'
import { noteMetric } from './publishing.ts'
import { type AnyRegistry, Registry } from './registry.ts'
import { type Series, SeriesStore } from './series-store.ts'
import type { Aggregator, CollectFunction, MetricObjectWithValues, MetricType, MetricValueWithName } from './types.ts'
import { isLabelName, validateMetricName } from './validation.ts'

/** Options of each metric. */
export interface MetricConfiguration<T extends string> {
  /** Name of the metric: letters, digits, `_` and `:`. */
  name: string
  /** Description of the metric; not empty. */
  help: string
  /** Names of its labels. @default [] */
  labelNames?: T[] | readonly T[]
  /** The registries that it is part of. Default: `register`. */
  registers?: AnyRegistry[]
  /** How the values of several processes become one. @default 'sum' */
  aggregator?: Aggregator
  /** Whether the last exemplars are kept; only with OpenMetrics registries. @default false */
  enableExemplars?: boolean
  /** Called before the values are read, to set them. */
  // biome-ignore lint/suspicious/noExplicitAny: each kind has its own type of it.
  collect?: CollectFunction<any>
}

/** What a kind adds to the declaration. */
export interface KindPart {
  readonly kind: PageDeclaration['kind']
  readonly options: Readonly<Record<string, unknown>>
  /** A label that the kind has for itself. */
  readonly reserved?: string
}

/** Gives the names of metrics back that nobody can record into any more, such as those of a registry for one job. */
const dropped = new FinalizationRegistry<{ hide(): void }>((store) => store.hide())

/** What all metrics have in common. */
export abstract class BaseMetric<M extends Metric, V extends MetricValueWithName<string>> {
  /** Name of the metric. */
  name: string
  /** Description of the metric. */
  help: string
  /** Names of its labels. */
  labelNames: string[]
  /** The registries that it was made for. */
  registers: AnyRegistry[]
  /** How the values of several processes become one. */
  aggregator: Aggregator
  /** Whether exemplars are kept. */
  enableExemplars: boolean
  /** Called before the values are read. */
  // biome-ignore lint/suspicious/noExplicitAny: each kind has its own type of it.
  collect: CollectFunction<any> | undefined
  /** Type of the metric. */
  abstract readonly type: MetricType
  /** @internal When `collect` was called last, in milliseconds since the start of the process. */
  collectedAt: number = Number.NEGATIVE_INFINITY
  /** @internal */
  readonly store: SeriesStore<M>
  /** The series without labels, in as few steps from here as can be. */
  protected readonly bare: Series<M>

  /** @internal */
  constructor(config: MetricConfiguration<string>, part: (config: MetricConfiguration<string>) => KindPart) {
    checkConfiguration(config)
    this.name = config.name
    this.help = config.help
    this.labelNames = (config.labelNames ?? []) as string[]
    this.registers = config.registers ?? [Registry.globalRegistry]
    this.aggregator = config.aggregator ?? 'sum'
    this.enableExemplars = config.enableExemplars ?? false
    this.collect = config.collect
    const { kind, options, reserved } = part(config)
    if (reserved !== undefined && this.labelNames.includes(reserved)) {
      throw new Error(`${reserved} is a reserved label keyword`)
    }
    const described = { help: pageHelp(this.help), unit: unitOf(this.name), ...options }
    this.store = new SeriesStore<M>(this.labelNames, { kind, name: pageName(this.name), options: described })
    this.bare = this.store.bare
    for (const registry of this.registers) {
      if (this.enableExemplars && registry.contentType === Registry.PROMETHEUS_CONTENT_TYPE) {
        throw new TypeError('Exemplars are supported only on OpenMetrics registries')
      }
      registry.registerMetric(this)
    }
    noteMetric(this)
    dropped.register(this, this.store)
  }

  /** @internal The values now, without a call of `collect`. */
  abstract readValues(forText?: boolean): V[]

  /** @internal What `labels()` returns: the object that records with these labels. */
  protected abstract bind(labels: GivenLabels): unknown

  /**
   * The same for an object: one for each series, as much code asks for it in each call. `labels()` passes its arguments on one by
   * one, never as an array, which V8 then need not make.
   */
  protected boundTo(labels: GivenLabels): unknown {
    return this.store.findInOrder(labels)?.bound ?? this.bindNew([labels])
  }

  /** The same for label values. */
  protected boundToValues(...values: readonly unknown[]): unknown {
    return this.store.findByValues(values)?.bound ?? this.bindNew(values)
  }

  private bindNew(given: readonly unknown[]): unknown {
    const labels = labelsOf(this.labelNames, given)
    const bound = this.bind(labels)
    const series = this.store.findInOrder(labels)
    if (series !== undefined) series.bound ??= bound
    return bound
  }

  /** Sets the metric back: series with labels are gone. */
  abstract reset(): void

  /** The metric with its values, after a call of `collect`. */
  async get(): Promise<MetricObjectWithValues<V>> {
    const collected = this.runCollect()
    if (collected instanceof Promise) await collected
    return this.describe(this.readValues())
  }

  /** Removes the series with these labels, or label values in the order of `labelNames`. */
  remove(...given: unknown[]): void {
    const labels = labelsOf(this.labelNames, given)
    checkLabels(this.labelNames, labels)
    this.store.remove(labels)
  }

  /** @internal */
  runCollect(): unknown {
    if (this.collect === undefined) return undefined
    this.collectedAt = performance.now()
    return this.collect.call(this)
  }

  /** @internal */
  describe(values: V[]): MetricObjectWithValues<V> {
    const { help, name, type, aggregator } = this
    return { help, name, type, values, aggregator }
  }

  /** @internal The series with these labels, once they are checked. */
  seriesOf(labels: GivenLabels): Series<M> {
    const known = this.store.find(labels)
    if (known !== undefined) return known
    checkLabels(this.labelNames, labels)
    return this.store.findOrMake(labels)
  }
}

function checkConfiguration(config: unknown): asserts config is MetricConfiguration<string> {
  if (!isLabels(config)) throw new TypeError('constructor expected a config object')
  const { help, name, labelNames = [], collect } = config
  if (!help) throw new Error('Missing mandatory help parameter')
  if (!name) throw new Error('Missing mandatory name parameter')
  if (!validateMetricName(name as string)) throw new Error(`Invalid metric name: ${name}`)
  const invalid = (labelNames as string[]).filter((one) => !isLabelName(one))
  if (invalid.length > 0) throw new Error(`At least one label name is invalid: ${invalid.join(',')}`)
  if (collect && typeof collect !== 'function') throw new Error('Optional "collect" parameter must be a function')
}
