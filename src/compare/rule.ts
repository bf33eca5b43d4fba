import { optionInvalid, type PlimsollError } from '../errors.ts'
import { type Selector, toSelector } from '../snapshot/selector.ts'
import type { Kind } from '../snapshot/snapshot.ts'
import { defaultStatistic } from '../snapshot/statistics.ts'

/**
 * What to compute from the values that sources have for one metric:
 *
 * - `sum`, `average`: an average of means is weighted by how many values each has, one of `mean` gauges by their processes.
 * - `min`, `max`: with the name of the source.
 * - `sorted`: all values with their sources, the largest first.
 * - `inverse`: each value that there is, and which sources have it; for texts, versions, states.
 * - `count`: how many sources have the metric.
 * - `quantiles`: those of all values that all sources recorded, from their buckets added up.
 */
export type Computation = 'sum' | 'average' | 'min' | 'max' | 'sorted' | 'inverse' | 'count' | 'quantiles'

/** What to compute over which metrics. */
export interface CompareRule {
  /**
   * A selector without a comparison, as a text or as `parseSelectors` returns it: `http.requests{status=5*}`,
   * `http.latency.p99`. Each metric that fits has results of its own. Without a statistic it is `value`; of averages and
   * distributions `count` for `sum`, `mean` for all else.
   */
  readonly metric: string | Selector
  /** Labels to keep apart: each combination of their values has results of its own. @default none */
  readonly by?: readonly string[]
  readonly compute: Computation | readonly Computation[]
  /** The quantiles to compute, 0 to 1, ascending. @default 0.5, 0.9, 0.99 */
  readonly quantiles?: readonly number[]
}

const computations: readonly Computation[] = ['sum', 'average', 'min', 'max', 'sorted', 'inverse', 'count', 'quantiles']

/** The selector of a rule, and its computations, each once. Throws PLIMSOLL_OPTION_INVALID for a rule that no metric can have. */
export function checkRule(rule: CompareRule): { selector: Selector; list: readonly Computation[] } {
  if (typeof rule !== 'object' || rule === null) throw invalid('rules', rule, 'objects with metric and compute')
  const { compute, quantiles = [], by = [] } = rule
  if (typeof compute !== 'string' && !Array.isArray(compute))
    throw invalid('compute', compute, `one of ${computations.join(', ')}`)
  const list = [...new Set(typeof compute === 'string' ? [compute] : (compute as readonly Computation[]))]
  for (const one of list)
    if (!computations.includes(one)) throw invalid('compute', one, `one of ${computations.join(', ')}`)
  if (!Array.isArray(quantiles) || !quantiles.every((q, i) => q >= (quantiles[i - 1] ?? 0) && q <= 1)) {
    throw invalid('quantiles', quantiles, 'numbers from 0 to 1 in ascending order')
  }
  if (!Array.isArray(by)) throw invalid('by', by, 'an array of label names')
  const selector = toSelector(rule.metric, 'compare()', 'metric')
  if (selector.comparison !== undefined) throw invalid('metric', rule.metric, 'a selector without a comparison')
  checkQuantile(selector.statistic, list)
  return { selector, list }
}

/** Throws PLIMSOLL_OPTION_INVALID for the sum or average of a quantile. */
export function checkQuantile(statistic: string | undefined, list: readonly Computation[]): void {
  if (!isQuantile(statistic) || !list.some((one) => one === 'sum' || one === 'average')) return
  const expected =
    'compute: "quantiles", which adds up buckets: quantiles of several sources cannot be added or averaged'
  throw invalid('statistic', statistic, expected)
}

/** Whether a statistic is a quantile. */
export function isQuantile(statistic = ''): boolean {
  return /^(\dm\.)?p\d/.test(statistic)
}

/** The statistic that is meant where a rule does not name one. */
export function usualStatistic(kind: Kind, computation: Computation): string {
  if (kind !== 'histogram' && kind !== 'timer' && kind !== 'average') return defaultStatistic(kind)
  return computation === 'sum' ? 'count' : 'mean'
}

function invalid(option: string, given: unknown, expected: string): PlimsollError {
  return optionInvalid(option, 'compare()', given, expected)
}
