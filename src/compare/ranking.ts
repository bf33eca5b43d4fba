import type { ObservedChange } from './metric-change.ts'
import { isAge, maxSize, relevanceOf, textSize } from './relevance.ts'

/** Less than 15 % is no change. */
const minScore = 0.2
/** Of one metric at most so many changes, so that one label does not fill the list. */
const maxOfMetric = 3
/** So many standard deviations apart, a value is surely another one. */
const sureDeviations = 4

/** How sure it is that two values differ not only by chance, from the standard deviation of their difference. */
export function certainty(difference: number, deviation: number): number {
  if (difference === 0) return 0
  return deviation > 0 ? Math.min(1, Math.abs(difference) / deviation / sureDeviations) : 1
}

/**
 * What changed, what matters most first; what did not is left out. A change counts by its ratio, and less where it may be chance,
 * is of little, or of none of the main metrics: see {@link relevanceOf}. Of a series whose p99 changed, the p50 is left out: the
 * slow end says more.
 */
export function rankObserved<T extends ObservedChange>(observed: readonly T[]): (T & { readonly score: number })[] {
  const scored = observed
    .filter((one) => !isAge(one))
    .map((one) => ({ ...one, score: scoreOf(one.before, one.after) * one.weight }))
    .filter(({ score }) => score >= minScore)
  const relevances = new Map(scored.map((one) => [one, relevanceOf(one)]))
  const slow = new Set(scored.flatMap(({ statistic, series }) => (statistic === 'p99' ? [series] : [])))
  const counts = new Map<string, number>()
  return scored
    .filter(({ statistic, series }) => statistic !== 'p50' || !slow.has(series))
    .sort((a, b) => {
      const [isDetail, relevance] = relevances.get(a) ?? none
      const [isOtherDetail, other] = relevances.get(b) ?? none
      if (isDetail !== isOtherDetail) return isDetail ? 1 : -1
      return other - relevance || (a.metric < b.metric ? -1 : a.metric > b.metric ? 1 : 0)
    })
    .filter(({ metric }) => {
      const count = counts.get(metric) ?? 0
      counts.set(metric, count + 1)
      return count < maxOfMetric
    })
}

const none = [true, 0] as const

/** How many times it doubled or halved. What begins or ends has the largest score; so has what changes its sign. */
function scoreOf(before: number | string | undefined, after: number | string): number {
  if (typeof before === 'string' || typeof after === 'string') return before === after ? 0 : textSize
  const old = before ?? 0
  if (old === after) return 0
  if (old * after <= 0) return maxSize
  return Math.min(maxSize, Math.abs(Math.log2(after / old)))
}
