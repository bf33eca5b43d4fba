import { format } from 'node:util'
import type { Gauge as Cell } from '../../metrics/kinds/gauge.ts'
import type { Aggregation } from '../../snapshot/family-traits.ts'
import { checkLabels, type GivenLabels, isLabels } from './labels.ts'
import { BaseMetric, type MetricConfiguration } from './metric.ts'
import { noSeries, type Series, setLive } from './series-store.ts'
import { beginTimer } from './time.ts'
import type { Aggregator, CollectFunction, LabelValues, MetricValue } from './types.ts'

/** Options of a gauge. */
export interface GaugeConfiguration<T extends string> extends MetricConfiguration<T> {
  /** Called before the value is read. */
  collect?: CollectFunction<Gauge<T>>
}

/** A gauge with given labels. */
export interface BoundGauge<T extends string> {
  /** Adds 1, or `value`. */
  inc(value?: number): void
  /** Subtracts 1, or `value`. */
  dec(value?: number): void
  /** Sets the value. */
  set(value: number): void
  /** Sets the value to Unix time in seconds. */
  setToCurrentTime(): void
  /** Begins to measure; the function that it returns sets the gauge to the seconds since, and returns them. */
  startTimer(): (labels?: LabelValues<T>) => number
}

/** What a page has for each aggregator; those that are left out stay apart there. */
const aggregations: Readonly<Record<Aggregator, Aggregation>> = {
  sum: 'sum',
  min: 'min',
  max: 'max',
  average: 'mean',
  first: 'max',
  omit: 'process',
}

/** A number that goes up and down. */
export class Gauge<T extends string = string> extends BaseMetric<Cell, MetricValue<T>> {
  /** Type of the metric. */
  readonly type = 'gauge'

  /** Throws where the configuration is invalid, or a registry has another metric of that name. */
  constructor(configuration: GaugeConfiguration<T>) {
    super(configuration as MetricConfiguration<string>, ({ aggregator = 'sum', labelNames = [] }) => {
      const aggregation = aggregations[aggregator] ?? 'sum'
      // A label of that name stands in the way of the one that keeps processes apart.
      return { kind: 'gauge', options: { aggregation: labelNames.includes('process') ? 'sum' : aggregation } }
    })
    if (this.labelNames.length === 0) this.store.findOrMake({})
  }

  /** Sets the series with these labels. Throws for unknown labels and for values that are not numbers. */
  set(labels: LabelValues<T>, value: number): void
  /** Sets the value. */
  set(value: number): void
  set(labels: LabelValues<T> | number, value?: number): void {
    // A number first: asked whether it is an object, V8 makes one of it.
    const { live } = this.bare
    if (live !== undefined && Number.isFinite(labels)) live.set(labels as number)
    else this.setOther(labels, value)
  }

  /** Adds 1, or `value`, to the series with these labels. Throws for unknown labels and for values that are not numbers. */
  inc(labels: LabelValues<T>, value?: number): void
  /** Adds 1, or `value`. */
  inc(value?: number): void
  inc(labels?: LabelValues<T> | number, value?: number): void {
    if (isLabels(labels)) this.add(this.store.find(labels)?.live, labels, value === undefined ? 1 : value)
    else this.add(this.bare.live, {}, labels === undefined ? 1 : labels)
  }

  /** Subtracts 1, or `value`, from the series with these labels. Throws as {@link inc} does. */
  dec(labels: LabelValues<T>, value?: number): void
  /** Subtracts 1, or `value`. */
  dec(value?: number): void
  dec(labels?: LabelValues<T> | number, value?: number): void {
    if (isLabels(labels)) this.add(this.store.find(labels)?.live, labels, value === undefined ? -1 : -value)
    else this.add(this.bare.live, {}, labels === undefined ? -1 : -labels)
  }

  /** Sets the value to Unix time in seconds. */
  setToCurrentTime(labels?: LabelValues<T>): void {
    this.set((labels ?? {}) as LabelValues<T>, Date.now() / 1000)
  }

  /** Begins to measure; the function that it returns sets the gauge to the seconds since, and returns them. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number {
    return beginTimer(labels, (all, seconds) => this.set(all, seconds))
  }

  /** The gauge with these labels, one value for each name in the order of `labelNames`. */
  labels(...values: (string | number)[]): BoundGauge<T>
  /** The gauge with these labels. */
  labels(labels: LabelValues<T>): BoundGauge<T>
  labels(...given: unknown[]): BoundGauge<T> {
    const first = given[0]
    return (isLabels(first) ? this.boundTo(first) : this.boundToValues(...given)) as BoundGauge<T>
  }

  /** @internal */
  protected override bind(labels: GivenLabels): BoundGauge<T> {
    checkLabels(this.labelNames, labels)
    let series: Series<Cell> = this.store.findInOrder(labels) ?? noSeries
    // The text has the labels in the order in which they were set last: in another one than declared, each call sees to that.
    const isInOrder = this.store.isInOrder(labels)
    const keep = (found: Series<Cell> | undefined): void => {
      if (found !== undefined && isInOrder) series = found
    }
    const named = labels as LabelValues<T>
    return {
      inc: (value) => keep(this.add(series.live, labels, value === undefined ? 1 : value)),
      dec: (value) => keep(this.add(series.live, labels, value === undefined ? -1 : -value)),
      set: (value) => {
        const { live } = series
        if (live !== undefined && Number.isFinite(value)) live.set(value)
        else keep(this.setTo(labels, value))
      },
      setToCurrentTime: () => this.setToCurrentTime(named),
      startTimer: () => this.startTimer(named),
    }
  }

  /** Sets it back: to 0 without labels, to no series with labels. */
  reset(): void {
    this.store.reset()
    if (this.labelNames.length === 0) this.store.findOrMake({})
  }

  /** @internal */
  readValues(): MetricValue<T>[] {
    return [...this.store.all.values()].map((series) => ({
      value: this.present(series),
      labels: series.labels as LabelValues<T>,
    }))
  }

  private present({ extra, cell }: Series<Cell>): number {
    return (extra as number | undefined) ?? cell.value
  }

  private setOther(given: unknown, value: unknown): void {
    const live = isLabels(given) ? this.store.findInOrder(given)?.live : undefined
    if (live !== undefined && Number.isFinite(value)) live.set(value as number)
    else if (isLabels(given)) this.setTo(given, value)
    else this.setTo({}, given)
  }

  private setTo(labels: GivenLabels, value: unknown): Series<Cell> {
    if (typeof value !== 'number') throw new TypeError(`Value is not a valid number: ${format(value)}`)
    if (this.store.find(labels) === undefined) checkLabels(this.labelNames, labels)
    const series = this.store.respell(labels)
    this.put(series, value)
    return series
  }

  /** NaN and infinities, which no page has, stand beside the cell. */
  private put(series: Series<Cell>, value: number): void {
    const isOdd = !Number.isFinite(value)
    if (!isOdd) series.cell.set(value)
    series.extra = isOdd ? value : undefined
    setLive(series, isOdd || !series.isInOrder ? undefined : series.cell)
  }

  /** Returns the series where the cell alone was not all that there was to do. */
  private add(live: Cell | undefined, labels: GivenLabels, amount: unknown): Series<Cell> | undefined {
    if (live !== undefined && typeof amount === 'number') {
      const sum = live.value + amount
      if (Number.isFinite(sum)) {
        live.set(sum)
        return undefined
      }
    }
    if (typeof amount !== 'number') throw new TypeError(`Delta is not a valid number: ${format(amount)}`)
    const series = this.seriesOf(labels)
    this.put(series, this.present(series) + amount)
    return series
  }
}
