import { format } from 'node:util'
import type { Histogram as Cell } from '../../metrics/kinds/histogram.ts'
import { AgeBuckets } from './age-buckets.ts'
import { checkLabels, type GivenLabels, isLabels } from './labels.ts'
import { BaseMetric, type MetricConfiguration } from './metric.ts'
import {
  countNegative,
  type Extremes,
  noExtremes,
  quantileOf,
  type Spread,
  sizeOf,
  spreadOf,
  widen,
} from './quantiles.ts'
import { noSeries, type Series, setLive } from './series-store.ts'
import { beginTimer } from './time.ts'
import type { CollectFunction, LabelValues, MetricValueWithName } from './types.ts'

/** Options of a summary. */
export interface SummaryConfiguration<T extends string> extends MetricConfiguration<T> {
  /** The shares of the values below each quantile. @default [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999] */
  percentiles?: number[]
  /** With `ageBuckets`: how old the values are at most that quantiles are of. Default: any age. */
  maxAgeSeconds?: number
  /** In how many steps old values are forgotten. */
  ageBuckets?: number
  /** Whether a series is removed when all its values are too old. @default false */
  pruneAgedBuckets?: boolean
  /** Has no effect: buckets need no compression. */
  compressCount?: number
  /** Called before the values are read. */
  collect?: CollectFunction<Summary<T>>
}

/** A summary with given labels. */
export interface BoundSummary<T extends string> {
  /** Records a value. */
  observe(value: number): void
  /** Begins to measure; the function that it returns records the seconds since, and returns them. */
  startTimer(): (labels?: LabelValues<T>) => number
}

/** What a series has beside its histogram: where values are forgotten, or some were below 0. */
class Extra {
  readonly ages: AgeBuckets | undefined
  readonly negatives: Map<number, number> = new Map()
  readonly extremes: Extremes = noExtremes()
  /** Of all values, in the order in which they came; `undefined` while the histogram has it. */
  sum: number | undefined
  count = 0

  constructor(ages: AgeBuckets | undefined) {
    this.ages = ages
  }
}

/** How values are spread, as quantiles. */
export class Summary<T extends string = string> extends BaseMetric<Cell, MetricValueWithName<T>> {
  /** Type of the metric. */
  readonly type = 'summary'
  /** The shares of the values below each quantile. */
  readonly percentiles: readonly number[]
  private readonly makeAges: () => AgeBuckets | undefined
  private readonly prunes: boolean

  /** Throws where the configuration is invalid, or a registry has another metric of that name. */
  constructor(configuration: SummaryConfiguration<T>) {
    super(configuration as MetricConfiguration<string>, () => ({
      kind: 'histogram',
      options: {},
      reserved: 'quantile',
    }))
    const { percentiles, maxAgeSeconds, ageBuckets, pruneAgedBuckets } = configuration
    this.percentiles = percentiles ?? [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999]
    this.makeAges = () => (maxAgeSeconds && ageBuckets ? new AgeBuckets(maxAgeSeconds, ageBuckets) : undefined)
    this.prunes = pruneAgedBuckets === true
    if (this.labelNames.length === 0) this.start(this.store.findOrMake({}))
  }

  /** Records a value. Throws for one that is no finite number. */
  observe(value: number): void
  /** Records a value in the series with these labels. Throws for one that is no finite number, and for unknown labels. */
  observe(labels: LabelValues<T>, value: number): void
  observe(labels: LabelValues<T> | number, value?: number): void {
    if (isLabels(labels)) {
      const live = this.store.find(labels)?.live
      if (live !== undefined && isUsual(value)) live.record(value)
      else this.observeIn(labels, value === undefined ? labels : value)
    } else {
      const { live } = this.bare
      if (live !== undefined && isUsual(labels)) live.record(labels)
      // As prom-client reports it: without labels and a value, what is wrong is an empty object.
      else this.observeIn({}, value ?? (labels === 0 ? 0 : labels || {}))
    }
  }

  /** Begins to measure; the function that it returns takes more labels, records the seconds since, and returns them. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number {
    return beginTimer(labels, (all, seconds) => this.observe(all, seconds))
  }

  /** The summary with these labels, one value for each name in the order of `labelNames`. */
  labels(...values: (string | number)[]): BoundSummary<T>
  /** The summary with these labels. */
  labels(labels: LabelValues<T>): BoundSummary<T>
  labels(...given: unknown[]): BoundSummary<T> {
    const first = given[0]
    return (isLabels(first) ? this.boundTo(first) : this.boundToValues(...given)) as BoundSummary<T>
  }

  /** @internal */
  protected override bind(labels: GivenLabels): BoundSummary<T> {
    checkLabels(this.labelNames, labels)
    let series: Series<Cell> = this.store.find(labels) ?? noSeries
    return {
      observe: (value) => {
        const { live } = series
        if (live !== undefined && isUsual(value)) live.record(value)
        else series = this.observeIn(labels, value === undefined ? labels : value)
      },
      startTimer: () => this.startTimer(labels as LabelValues<T>),
    }
  }

  /** Takes all values out of all series. */
  reset(): void {
    this.store.empty()
    for (const series of this.store.all.values()) this.start(series)
  }

  /** @internal */
  readValues(): MetricValueWithName<T>[] {
    return [...this.store.all.values()].flatMap((series) => this.valuesOf(series))
  }

  private valuesOf(series: Series<Cell>): MetricValueWithName<T>[] {
    const { cell, labels, extra } = series as Series<Cell> & { readonly extra: Extra | undefined }
    const [spread, extremes] = this.windowOf(series)
    if (this.prunes && sizeOf(spread) === 0) {
      this.store.remove(labels)
      return []
    }
    const quantiles = this.percentiles.map((quantile) => ({
      labels: { quantile, ...labels } as unknown as LabelValues<T>,
      value: quantileOf(spread, extremes, quantile),
    }))
    const named = (ending: string, value: number) => {
      return { metricName: `${this.name}_${ending}`, labels: labels as LabelValues<T>, value }
    }
    return [...quantiles, named('sum', extra?.sum ?? cell.sum), named('count', cell.count + (extra?.count ?? 0))]
  }

  private windowOf({ cell, extra }: Series<Cell>): readonly [Spread, Extremes] {
    const { ages, negatives, extremes } = (extra ?? {}) as Partial<Extra>
    const spread = spreadOf(cell, negatives)
    ages?.step(() => spread)
    if (ages !== undefined) return ages.read(spread)
    const { min, max } = cell.snapshot()
    const all = { ...(extremes ?? noExtremes()) }
    for (const value of [min, max]) if (value !== undefined) widen(all, value)
    return [spread, all]
  }

  private start(series: Series<Cell>): void {
    const ages = this.makeAges()
    series.extra = ages && new Extra(ages)
    setLive(series, ages === undefined ? series.cell : undefined)
  }

  private observeIn(labels: GivenLabels, value: unknown): Series<Cell> {
    checkLabels(this.labelNames, labels)
    if (!Number.isFinite(value)) throw new TypeError(`Value is not a valid number: ${format(value)}`)
    const count = this.store.all.size
    const series = this.seriesOf(labels)
    if (this.store.all.size > count) this.start(series)
    this.record(series, value as number)
    return series
  }

  private record(series: Series<Cell>, value: number): void {
    const { cell } = series
    if (value < 0) {
      series.extra ??= new Extra(undefined)
      setLive(series, undefined)
    }
    const extra = series.extra as Extra | undefined
    extra?.ages?.step(() => spreadOf(cell, extra.negatives))
    extra?.ages?.note(value)
    if (extra !== undefined && (value < 0 || extra.sum !== undefined)) {
      extra.sum = (extra.sum ?? cell.sum) + value
    }
    if (value >= 0 || extra === undefined) {
      cell.record(value)
      return
    }
    countNegative(extra.negatives, value)
    widen(extra.extremes, value)
    extra.count++
  }
}

/** Whether it is a number that the histogram of a series takes. */
function isUsual(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY
}
