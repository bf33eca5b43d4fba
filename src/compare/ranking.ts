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
  /** 1 for twice or half as much, 2 for four times or a quarter, at most 10; less where there is little to judge by. */
  readonly score: number
}

/** A statistic of a series in two windows, to be ranked. */
export type ObservedChange = Omit<MetricChange, 'score'> & {
  /** How sure it is that it is no chance, 0 to 1: see {@link certainty}. */
  readonly weight: number
  /** What stands for the series, the same object for all its statistics. */
  readonly series: object
}

/** Less than 15 % is no change. */
const minScore = 0.2
const maxScore = 10
/** Of one metric at most so many changes, so that one label does not fill the list. */
const maxOfMetric = 3
/** So many standard deviations apart, a value is surely another one. */
const sureDeviations = 4
/** A text or state that is another one has no size. */
const textScore = 3
/** Grow by themselves. */
const passing = ['process.uptime', 'process.start_time', 'nodejs.eventloop.time']

/** How sure it is that two values differ not only by chance, from the standard deviation of their difference. */
export function certainty(difference: number, deviation: number): number {
  if (difference === 0) return 0
  return deviation > 0 ? Math.min(1, Math.abs(difference) / deviation / sureDeviations) : 1
}

/**
 * What changed, the most first; what did not is left out. A change counts by its ratio, and less where it may be chance. Of a
 * series whose p99 changed, the p50 is left out: the slow end says more.
 */
export function rankObserved<T extends ObservedChange>(observed: readonly T[]): (T & { readonly score: number })[] {
  const scored = observed
    .filter(({ metric }) => !passing.includes(metric) && !metric.startsWith('plimsoll.'))
    .map((one) => ({ ...one, score: scoreOf(one.before, one.after) * one.weight }))
    .filter(({ score }) => score >= minScore)
  const slow = new Set(scored.flatMap(({ statistic, series }) => (statistic === 'p99' ? [series] : [])))
  const counts = new Map<string, number>()
  return scored
    .filter(({ statistic, series }) => statistic !== 'p50' || !slow.has(series))
    .sort((a, b) => b.score - a.score || (a.metric < b.metric ? -1 : a.metric > b.metric ? 1 : 0))
    .filter(({ metric }) => {
      const count = counts.get(metric) ?? 0
      counts.set(metric, count + 1)
      return count < maxOfMetric
    })
}

/** How many times it doubled or halved. What begins or ends has the largest score; so has what changes its sign. */
function scoreOf(before: number | string | undefined, after: number | string): number {
  if (typeof before === 'string' || typeof after === 'string') return before === after ? 0 : textScore
  const old = before ?? 0
  if (old === after) return 0
  if (old * after <= 0) return maxScore
  return Math.min(maxScore, Math.abs(Math.log2(after / old)))
}
