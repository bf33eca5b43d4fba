import type { Kind, Labels } from '../snapshot/snapshot.ts'

/** How much a statistic of a series changed from one window of time to the next: plain data. */
export interface MetricChange {
  /** Name of the metric. */
  readonly metric: string
  /** Kind of the metric. */
  readonly kind: Kind
  /** UCUM unit of the numbers, or of what they count each second. */
  readonly unit: string
  /** The labels of the series. */
  readonly labels: Labels
  /** `rate`: per second; `p50`, `p99` or `mean` of what was recorded in the window; `value`: at its end. */
  readonly statistic: 'rate' | 'p50' | 'p99' | 'mean' | 'value'
  /** In the window before; absent where the series was not there. */
  readonly before?: number | string
  /** In the window itself. */
  readonly after: number | string
  /**
   * 1 for twice or half as much, 2 for four times or a quarter, at most 10; less where there is little to judge by. The order is
   * not by this alone: what is of little, and what is none of the main metrics, comes later.
   */
  readonly score: number
}

/** A statistic of a series in two windows, to be ranked. */
export type ObservedChange = Omit<MetricChange, 'score'> & {
  /** How sure it is that it is no chance, 0 to 1: 1 where it is sure. */
  readonly weight: number
  /** What stands for the series, the same object for all its statistics. */
  readonly series: object
  /** Length of the window, and the time from the value before to the one after. */
  readonly seconds: number
  readonly secondsApart: number
  /** Seconds for which the processes have run that it may be of. */
  readonly ages: readonly number[]
}
