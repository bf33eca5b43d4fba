import { aggregateMetrics } from './aggregators.ts'
import { escaped, labelTexts, valueText } from './text.ts'
import type {
  MetricObject,
  MetricObjectWithValues,
  MetricValue,
  MetricValueWithName,
  OpenMetricsContentType,
  PrometheusContentType,
  RegistryContentType,
} from './types.ts'

/** What a registry can have: a metric of this module, or anything with a name and values. */
export interface Registered {
  readonly name?: string
  get(): unknown
}

/** A registry of any content type. */
export type AnyRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>

/** A metric of this module, as registries see it. */
interface Recorded extends Registered {
  readonly registers: readonly AnyRegistry[]
  readonly store: { show(): void; hide(): void }
  reset(): void
  runCollect(): unknown
  readValues(forText: boolean): MetricValueWithName<string>[]
  describe(values: MetricValueWithName<string>[]): Values
}

type Values = MetricObjectWithValues<MetricValueWithName<string>>

const prometheus: PrometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'
const openMetrics: OpenMetricsContentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/**
 * Metrics by name, and their text. In the page they are all together: a metric is there from its registration in a registry
 * until it is in none.
 */
export class Registry<T extends RegistryContentType = PrometheusContentType> {
  /** The registry of metrics that are made without one: `register`. */
  static readonly globalRegistry: Registry = new Registry()
  private readonly known = new Map<string, Registered>()
  private defaults: Readonly<Record<string, unknown>> = {}
  private type: RegistryContentType
  private readonly watchers: ((contentType: RegistryContentType) => void)[] = []

  /** The content type of Prometheus text. */
  static get PROMETHEUS_CONTENT_TYPE(): PrometheusContentType {
    return prometheus
  }

  /** The content type of OpenMetrics text. */
  static get OPENMETRICS_CONTENT_TYPE(): OpenMetricsContentType {
    return openMetrics
  }

  /** Throws a TypeError for an unsupported content type. */
  constructor(contentType: RegistryContentType = prometheus) {
    if (!isContentType(contentType)) throw new TypeError(`Content type ${contentType} is unsupported`)
    this.type = contentType
  }

  /** All metrics as text, after their `collect` functions. */
  async metrics(): Promise<string> {
    const texts = await Promise.all([...this.known.values()].map((metric) => this.getMetricsAsString(metric)))
    return this.type === openMetrics ? `${texts.join('\n')}\n# EOF\n` : `${texts.join('\n\n')}\n`
  }

  /** Removes all metrics, and the default labels. */
  clear(): void {
    const metrics = [...this.known.values()]
    this.known.clear()
    this.defaults = {}
    for (const metric of metrics) takeFrom(this, metric)
  }

  /** Resets all metrics. */
  resetMetrics(): void {
    for (const metric of this.known.values()) (metric as Recorded).reset()
  }

  /** Adds a metric. Throws where another one has its name. */
  registerMetric(metric: Registered): void {
    this.enter(metric)
    if (!isRecorded(metric)) return
    metric.store.show()
    homesOf(metric)?.add(this as AnyRegistry)
  }

  /** All metrics with their values; with an aggregator, those that have it. */
  async getMetricsAsJSON(aggregator?: string): Promise<MetricObjectWithValues<MetricValue<string>>[]> {
    const metrics = await Promise.all(this.selected(aggregator).map((metric) => metric.get() as Promise<Values>))
    const defaults = Object.entries(this.defaults)
    if (defaults.length === 0) return metrics
    return metrics.map(({ values, ...metric }) => ({
      ...metric,
      values: values?.map((one) => withDefaults(one, defaults)),
    }))
  }

  /** All metrics; with an aggregator, those that have it. */
  getMetricsAsArray(aggregator?: string): MetricObject[] {
    return this.selected(aggregator) as unknown as MetricObject[]
  }

  /** Removes the metric of that name. */
  removeSingleMetric(name: string): void {
    const metric = this.known.get(name)
    if (metric === undefined) return
    this.known.delete(name)
    takeFrom(this, metric)
  }

  /** The metric of that name. */
  getSingleMetric(name: string): Registered | undefined {
    return this.known.get(name)
  }

  /** Adds these labels to all values that do not have them. */
  setDefaultLabels(labels: object): void {
    this.defaults = labels as Readonly<Record<string, unknown>>
  }

  /** The text of the metric of that name. */
  getSingleMetricAsString(name: string): Promise<string> {
    return this.getMetricsAsString(this.known.get(name) as Registered)
  }

  /** The text of a metric, after its `collect` function. */
  async getMetricsAsString(metric: Registered): Promise<string> {
    return this.textOf(await valuesOf(metric))
  }

  /** The content type of the text. */
  get contentType(): T {
    return this.type as T
  }

  /** Chooses between the text of Prometheus and OpenMetrics. Throws for any other content type. */
  setContentType(contentType: RegistryContentType): void {
    if (!isContentType(contentType)) throw new Error(`Content type ${contentType} is unsupported`)
    this.type = contentType
    for (const watch of this.watchers) watch(contentType)
  }

  /** @internal Calls a function with the content type, now and when it changes. */
  watchContentType(watch: (contentType: RegistryContentType) => void): void {
    this.watchers.push(watch)
    watch(this.type)
  }

  /** A registry with the metrics of all these. Throws where two have one name, or content types differ. */
  static merge(registers: AnyRegistry[]): Registry {
    const [first] = registers as [AnyRegistry]
    if (registers.some((registry) => registry.contentType !== first.contentType)) {
      throw new Error('Registers can only be merged if they have the same content type')
    }
    const merged = new Registry(first.contentType) as Registry
    for (const registry of registers) for (const metric of registry.known.values()) merged.enter(metric)
    return merged
  }

  /** A registry with what `getMetricsAsJSON()` of several has, added up as the aggregators have it. */
  static aggregate<T extends RegistryContentType>(
    metrics: readonly object[],
    contentType: RegistryContentType = prometheus,
  ): Registry<T> {
    const aggregated = new Registry<T>(contentType)
    for (const metric of aggregateMetrics(metrics as Values[][])) aggregated.enter({ ...metric, get: () => metric })
    return aggregated
  }

  private enter(metric: Registered): void {
    const name = `${metric.name}`
    const known = this.known.get(name)
    if (known !== undefined && known !== metric) {
      throw new Error(`A metric with the name ${name} has already been registered.`)
    }
    this.known.set(name, metric)
  }

  private selected(aggregator: string | undefined): Registered[] {
    const all = [...this.known.values()]
    if (aggregator === undefined) return all
    return all.filter((metric) => ((metric as Partial<MetricObject>).aggregator ?? 'sum') === aggregator)
  }

  private textOf(metric: Values): string {
    const isOpenMetrics = this.type === openMetrics
    const isCounter = isOpenMetrics && metric.type === 'counter'
    const name = escaped(isCounter ? metric.name.replace(/_total$/, '') : metric.name)
    const lines = [`# HELP ${name} ${escaped(metric.help)}`, `# TYPE ${name} ${metric.type}`]
    const defaults = Object.entries(this.defaults)
    for (const value of metric.values ?? []) {
      const { metricName = name, exemplar } = value
      const { labels, sharedLabels } = withDefaults(value, defaults)
      const texts = [...labelTexts(labels, sharedLabels), ...(sharedLabels ? labelTexts(sharedLabels) : [])]
      const sample = `${isCounter ? `${metricName}_total` : metricName}${texts.length > 0 ? `{${texts.join(',')}}` : ''}`
      const kept = isOpenMetrics && exemplar ? exemplar : undefined
      const behind =
        kept && ` # {${labelTexts(kept.labelSet).join(',')}} ${valueText(kept.value as number)} ${kept.timestamp}`
      lines.push(`${sample} ${valueText(value.value)}${behind ?? ''}`)
    }
    return lines.join('\n')
  }
}

function isRecorded(metric: Registered): metric is Recorded {
  return 'store' in metric && 'readValues' in metric
}

/** In which registries a metric of this module is, one at least as long as it is in the page. */
const homes = new WeakMap<object, Set<AnyRegistry>>()

/** Where to note one more; `undefined` where it is not to be noted, as registries that an app puts together for one scrape. */
function homesOf(metric: Recorded): Set<AnyRegistry> | undefined {
  const known = homes.get(metric) ?? new Set()
  homes.set(metric, known)
  return known.size < Math.max(1, metric.registers.length) ? known : undefined
}

function takeFrom(registry: object, metric: Registered): void {
  const known = homes.get(metric)
  if (known?.delete(registry as AnyRegistry) && known.size === 0) (metric as Recorded).store.hide()
}

function isContentType(given: unknown): given is RegistryContentType {
  return given === prometheus || given === openMetrics
}

/** Calls `collect` at once; values are read when that of all metrics have been called that are read together. */
async function valuesOf(metric: Registered): Promise<Values> {
  if (!isRecorded(metric)) return (await metric.get()) as Values
  await metric.runCollect()
  return metric.describe(metric.readValues(true))
}

type Shared = MetricValueWithName<string> & { readonly sharedLabels?: object }

function withDefaults(value: Shared, defaults: readonly (readonly [string, unknown])[]): Shared {
  const { labels = {} } = value
  if (defaults.length === 0) return value.labels === undefined ? { ...value, labels } : value
  const all: Record<string, unknown> = { ...labels }
  for (const [name, text] of defaults) if (!Object.hasOwn(labels, name)) all[name] = text
  return { ...value, labels: all as MetricValue<string>['labels'] }
}
