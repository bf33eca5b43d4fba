import { format } from 'node:util'
import type { Counter as Cell } from '../../metrics/kinds/counter.ts'
import type { Slot } from '../../snapshot/store.ts'
import { type Exemplar, exemplarError, renewExemplar } from './exemplar.ts'
import { checkLabels, type GivenLabels, isLabels } from './labels.ts'
import { BaseMetric, type MetricConfiguration } from './metric.ts'
import { noSeries, type Series } from './series-store.ts'
import type { CollectFunction, LabelValues, MetricValue } from './types.ts'

/** Options of a counter. */
export interface CounterConfiguration<T extends string> extends MetricConfiguration<T> {
  /** Called before the value is read. */
  collect?: CollectFunction<Counter<T>>
}

/** An increase with an exemplar. */
export interface IncreaseDataWithExemplar<T extends string> {
  /** How much. @default 1 */
  value?: number
  /** Labels of the series. @default {} */
  labels?: LabelValues<T>
  /** What leads to where it came from; without it, the exemplar stays what it is. */
  exemplarLabels?: LabelValues<string>
}

/** A counter with given labels. */
export interface BoundCounter {
  /** Adds 1, or `value`. */
  inc(value?: number): void
}

interface Extra {
  exemplar?: Exemplar
  /** Whether NaN was added: prom-client takes it, and the sum stays NaN. A page has no such value. */
  hasNaN?: true
}

/** A number that only goes up. */
export class Counter<T extends string = string> extends BaseMetric<Cell, MetricValue<T>> {
  /** Type of the metric. */
  readonly type = 'counter'

  /** Throws where the configuration is invalid, or a registry has another metric of that name. */
  constructor(configuration: CounterConfiguration<T>) {
    super(configuration as MetricConfiguration<string>, ({ enableExemplars }) => ({
      kind: 'counter',
      options: { exemplars: enableExemplars === true },
    }))
    if (this.labelNames.length === 0) this.store.findOrMake({})
  }

  /** Adds 1, or `value`, to the series with these labels. Throws for a value below 0 or no number, and for unknown labels. */
  inc(labels: LabelValues<T>, value?: number): void
  /** Adds 1, or `value`. */
  inc(value?: number): void
  /** Adds with an exemplar, where these are enabled. */
  inc(increase: IncreaseDataWithExemplar<T>): void
  inc(labels?: LabelValues<T> | number | IncreaseDataWithExemplar<T>, value?: number): void {
    const { live } = this.bare
    if (live !== undefined && labels === undefined) live.inc()
    else if (isLabels(labels)) this.incLabelled(labels, value)
    else this.incBy(labels, value)
  }

  /** The counter with these labels, an object or one value for each name in the order of `labelNames`. */
  labels(...values: (string | number)[]): BoundCounter
  /** The counter with these labels. */
  labels(labels: LabelValues<T>): BoundCounter
  labels(...given: unknown[]): BoundCounter {
    const first = given[0]
    return (isLabels(first) ? this.boundTo(first) : this.boundToValues(...given)) as BoundCounter
  }

  /** @internal */
  protected override bind(labels: GivenLabels): BoundCounter {
    let series: Series<Cell> = noSeries
    // Where the cell is, in variables of the function itself: the call goes through no object on its way.
    let cells: Float64Array | undefined
    let index = 0
    const bound: BoundCounter = {
      inc: (value) => {
        if (value === undefined && cells !== undefined) (cells[index] as number) += 1
        else add(value)
      },
    }
    const add = (value: unknown): void => {
      const { live } = series
      if (live !== undefined && value === undefined) live.inc()
      else if (live !== undefined && isAmount(value)) live.add(value)
      else if (this.enableExemplars) this.incWithExemplar({ labels, value } as IncreaseDataWithExemplar<T>)
      else keep(this.addTo(labels, value))
    }
    const follow = (slot: Slot | undefined): void => {
      cells = slot?.cells
      index = slot?.index ?? 0
    }
    const isInOrder = this.store.isInOrder(labels)
    const keep = (found: Series<Cell>): void => {
      series = found
      if (isInOrder) found.bound ??= bound
      found.follow ??= follow
      if (found.follow === follow) follow(found.live?.slot)
    }
    const known = this.store.find(labels)
    if (known !== undefined) keep(known)
    return bound
  }

  /** Sets it back: to 0 without labels, to no series with labels. */
  reset(): void {
    this.store.reset()
    if (this.labelNames.length === 0) this.store.findOrMake({})
  }

  /** @internal */
  readValues(): MetricValue<T>[] {
    return [...this.store.all.values()].map(({ labels, cell, extra }) => {
      const { hasNaN, exemplar } = (extra ?? {}) as Extra
      const value = { value: hasNaN ? Number.NaN : cell.value, labels: labels as LabelValues<T> }
      return exemplar === undefined ? value : { ...value, exemplar }
    })
  }

  /** Apart from `inc(5)`, as V8 compiles each for what it is called with. */
  private incLabelled(labels: GivenLabels, value: unknown): void {
    const live = this.store.findInOrder(labels)?.live
    if (live !== undefined && value === undefined) live.inc()
    else if (live !== undefined && isAmount(value)) live.add(value)
    else this.incOther(labels, value)
  }

  private incBy(amount: unknown, value: unknown): void {
    const { live } = this.bare
    if (live !== undefined && isAmount(amount)) live.add(amount)
    else this.incOther(amount, value)
  }

  private incOther(given: unknown, value: unknown): void {
    if (this.enableExemplars) this.incWithExemplar(given as IncreaseDataWithExemplar<T> | undefined)
    else if (isLabels(given)) this.addTo(given, value)
    else this.addTo({}, given)
  }

  private addTo(labels: GivenLabels, value: unknown): Series<Cell> {
    const known = this.store.find(labels)
    if (known === undefined) checkLabels(this.labelNames, labels)
    const amount = checkAmount(value)
    const series = known ?? this.store.findOrMake(labels)
    this.add(series, amount)
    return series
  }

  private add(series: Series<Cell>, amount: number): void {
    if (Number.isNaN(amount)) series.extra = { ...(series.extra as Extra), hasNaN: true }
    else series.cell.add(amount)
  }

  private incWithExemplar({ labels = {}, value = 1, exemplarLabels }: IncreaseDataWithExemplar<T> = {}): void {
    const given: unknown = labels
    const amount = checkAmount(value)
    const series = this.seriesOf(isLabels(given) ? given : {})
    const error = exemplarLabels && exemplarError(exemplarLabels)
    if (exemplarLabels === undefined || error !== undefined) this.add(series, amount)
    if (error !== undefined) throw error
    if (exemplarLabels === undefined) return
    series.cell.addWithExemplar(amount, exemplarLabels as Record<string, string>)
    const extra = (series.extra ?? {}) as Extra
    series.extra = { ...extra, exemplar: renewExemplar(extra.exemplar, exemplarLabels, value || 1) }
  }
}

/** Whether it is a number that a counter adds. */
function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY
}

/** The amount to add; throws where that is none. */
function checkAmount(value: unknown): number {
  if (value && !Number.isFinite(value)) throw new TypeError(`Value is not a valid number: ${format(value)}`)
  if ((value as number) < 0) throw new Error('It is not possible to decrease a counter')
  return value === null || value === undefined ? 1 : Number(value)
}
