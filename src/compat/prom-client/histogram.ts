import { format } from 'node:util'
import type { Histogram as Cell } from '../../metrics/kinds/histogram.ts'
import { explicitCountsCell } from '../../snapshot/kinds/cells.ts'
import { type BoundPlan, boundOf, planBounds } from './buckets.ts'
import { type Exemplar, exemplarError, renewExemplar } from './exemplar.ts'
import { checkLabels, type GivenLabels, isLabels } from './labels.ts'
import { BaseMetric, type MetricConfiguration } from './metric.ts'
import { noSeries, type Series } from './series-store.ts'
import { secondsSince } from './time.ts'
import type { CollectFunction, LabelValues, MetricValueWithName } from './types.ts'

/** Options of a histogram. */
export interface HistogramConfiguration<T extends string> extends MetricConfiguration<T> {
  /** Upper bounds. Default: 0.005 to 10 in 11 steps. */
  buckets?: number[]
  /** Called before the values are read. */
  collect?: CollectFunction<Histogram<T>>
}

/** A value with an exemplar. */
export interface ObserveDataWithExemplar<T extends string> {
  /** The value. */
  value: number
  /** Labels of the series. @default {} */
  labels?: LabelValues<T>
  /** What leads to where it came from; without it, the exemplar of the bucket stays what it is. */
  exemplarLabels?: LabelValues<string>
}

/** A histogram with given labels. */
export interface BoundHistogram<T extends string> {
  /** Records a value. */
  observe(value: number): void
  /** Begins to measure; the function that it returns records the seconds since, and returns them. */
  startTimer(): (labels?: LabelValues<T>) => number
}

/** By bound of the bucket; that of -1 is above all. */
type Exemplars = Map<number, Exemplar>

const defaultBuckets: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** How values are spread over buckets with given upper bounds. */
export class Histogram<T extends string = string> extends BaseMetric<Cell, MetricValueWithName<T>> {
  /** Type of the metric. */
  readonly type = 'histogram'
  /** Upper bounds of the buckets. */
  readonly buckets: readonly number[]
  private readonly plan: BoundPlan

  /** Throws where the configuration is invalid, or a registry has another metric of that name. */
  constructor(configuration: HistogramConfiguration<T>) {
    const buckets = Object.freeze([...(configuration?.buckets ?? defaultBuckets)])
    const plan = planBounds(buckets)
    super(configuration as MetricConfiguration<string>, ({ enableExemplars }) => ({
      kind: 'histogram',
      options: { buckets: plan.sorted, exemplars: enableExemplars === true },
      reserved: 'le',
    }))
    this.buckets = buckets
    this.plan = plan
    if (this.labelNames.length === 0) this.store.findOrMake({})
  }

  /** Records a value. Throws for one that is no finite number. */
  observe(value: number): void
  /** Records a value in the series with these labels. Throws for one that is no finite number, and for unknown labels. */
  observe(labels: LabelValues<T>, value: number): void
  /** Records a value with an exemplar, where these are enabled. */
  observe(observation: ObserveDataWithExemplar<T>): void
  observe(labels: LabelValues<T> | number | ObserveDataWithExemplar<T>, value?: number): void {
    // A number first: asked whether it is an object, V8 makes one of it.
    const { live } = this.bare
    if (live !== undefined && Number.isFinite(labels)) live.record(labels as number)
    else if (isLabels(labels)) this.observeLabelled(labels, value)
    else this.observeOther(labels, value)
  }

  /**
   * Begins to measure; the function that it returns takes more labels, records the seconds since, and returns them. With
   * exemplars enabled, both take labels of the exemplar as well.
   */
  startTimer(
    labels?: LabelValues<T>,
    exemplarLabels?: LabelValues<string>,
  ): (labels?: LabelValues<T>, exemplarLabels?: LabelValues<string>) => number {
    const begun = performance.now()
    return (others, exemplarOthers) => {
      const value = secondsSince(begun)
      const all = { ...labels, ...others } as LabelValues<T>
      if (this.enableExemplars) {
        this.observeWithExemplar({ labels: all, value, exemplarLabels: { ...exemplarLabels, ...exemplarOthers } })
      } else this.observe(all, value)
      return value
    }
  }

  /** Makes the series with these labels, or sets it back to no values. */
  zero(labels: LabelValues<T>): void {
    this.store.renew(labels as GivenLabels)
  }

  /** The histogram with these labels, one value for each name in the order of `labelNames`. */
  labels(...values: (string | number)[]): BoundHistogram<T>
  /** The histogram with these labels. */
  labels(labels: LabelValues<T>): BoundHistogram<T>
  labels(...given: unknown[]): BoundHistogram<T> {
    const first = given[0]
    return (isLabels(first) ? this.boundTo(first) : this.boundToValues(...given)) as BoundHistogram<T>
  }

  /** @internal */
  protected override bind(labels: GivenLabels): BoundHistogram<T> {
    checkLabels(this.labelNames, labels)
    let series: Series<Cell> = this.store.find(labels) ?? noSeries
    return {
      observe: (value) => {
        const { live } = series
        if (live !== undefined && Number.isFinite(value)) live.record(value)
        else series = this.observeIn(labels, value)
      },
      startTimer: () => this.startTimer(labels as LabelValues<T>),
    }
  }

  /** Takes all series away. */
  reset(): void {
    this.store.reset()
  }

  /** @internal Labels of the series stand by themselves for texts, where they follow those of the bucket. */
  readValues(forText = false): MetricValueWithName<T>[] {
    return [...this.store.all.values()]
      .flatMap((series) => this.valuesOf(series))
      .map((value) => {
        if (forText) return value
        const { sharedLabels, labels, ...others } = value
        return { ...others, labels: { ...labels, ...sharedLabels } }
      })
  }

  private valuesOf(series: Series<Cell>): (MetricValueWithName<T> & { readonly sharedLabels: GivenLabels })[] {
    const { cell, labels: sharedLabels, extra } = series
    const { cells, index } = cell.slot
    const exemplars = this.enableExemplars ? ((extra ?? new Map()) as Exemplars) : undefined
    const { name } = this
    const { count, sum } = cell
    let passed = 0
    const bucket = (le: number | string, bound: number, value: number) => {
      const exemplar = exemplars?.get(bound) ?? null
      return {
        labels: { le } as unknown as LabelValues<T>,
        sharedLabels,
        value,
        metricName: `${name}_bucket`,
        exemplar,
      }
    }
    const plain = (ending: string, value: number) => {
      return { labels: {} as LabelValues<T>, sharedLabels, value, metricName: `${name}_${ending}`, exemplar: undefined }
    }
    const buckets = this.buckets.map((bound) => {
      for (const at of this.plan.cellsOf.get(bound) ?? []) passed += cells[index + explicitCountsCell + at] as number
      return bucket(bound, bound, passed)
    })
    return [...buckets, bucket('+Inf', -1, count), plain('sum', sum), plain('count', count)]
  }

  /** Apart from `observe(5)`, as in counters. */
  private observeLabelled(labels: GivenLabels, value: unknown): void {
    const live = this.store.findInOrder(labels)?.live
    if (live !== undefined && Number.isFinite(value)) live.record(value as number)
    else this.observeOther(labels, value)
  }

  private observeOther(given: unknown, value: unknown): void {
    if (this.enableExemplars) this.observeWithExemplar(given as ObserveDataWithExemplar<T>)
    else if (isLabels(given)) this.observeIn(given, value)
    else this.observeIn({}, given === 0 || given ? given : value)
  }

  private observeIn(labels: GivenLabels, value: unknown): Series<Cell> {
    const known = this.store.find(labels)
    if (known === undefined) checkLabels(this.labelNames, labels)
    if (!Number.isFinite(value)) throw new TypeError(`Value is not a valid number: ${format(value)}`)
    const series = known ?? this.store.findOrMake(labels)
    series.cell.record(value as number)
    return series
  }

  private observeWithExemplar({ labels = {}, value, exemplarLabels = {} }: ObserveDataWithExemplar<T>): void {
    const given: unknown = labels
    const named = isLabels(given) ? given : {}
    const error = exemplarError(exemplarLabels)
    const hasLabels = Object.keys(exemplarLabels).length > 0
    if (!hasLabels || error !== undefined || !Number.isFinite(value)) this.observeIn(named, value)
    if (error !== undefined) throw error
    if (!hasLabels) return
    const series = this.seriesOf(named)
    series.cell.recordWithExemplar(value, exemplarLabels as Record<string, string>)
    series.extra ??= new Map()
    const exemplars = series.extra as Exemplars
    const bound = boundOf(this.buckets, value)
    exemplars.set(bound, renewExemplar(exemplars.get(bound), exemplarLabels, value))
  }
}
