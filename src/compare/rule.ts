import { optionInvalid, type PlimsollError } from '../errors.ts'
import { checkOptions, type OptionRules, unchecked } from '../options.ts'
import { toSelector } from '../snapshot/selector.ts'
import type { Selector } from '../snapshot/selector-type.ts'
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
  /** One computation, or several. */
  readonly compute: Computation | readonly Computation[]
  /** The quantiles to compute, 0 to 1, ascending. @default 0.5, 0.9, 0.99 */
  readonly quantiles?: readonly number[]
}

const computations: readonly Computation[] = ['sum', 'average', 'min', 'max', 'sorted', 'inverse', 'count', 'quantiles']

const rules: OptionRules<CompareRule> = {
  metric: unchecked,
  by: [Array.isArray, 'an array of label names'],
  compute: [areComputations, `one of ${computations.join(', ')}`, 'required'],
  quantiles: [areShares, 'numbers from 0 to 1 in ascending order'],
}

function areComputations(given: unknown): boolean {
  return (Array.isArray(given) ? given : [given]).every((one) => computations.includes(one))
}

function areShares(given: unknown): boolean {
  return Array.isArray(given) && given.every((q, i) => q >= (given[i - 1] ?? 0) && q <= 1)
}

/** The selector of a rule, and its computations, each once. Throws PLIMSOLL_OPTION_INVALID for a rule that no metric can have. */
export function checkRule(rule: CompareRule): { selector: Selector; list: readonly Computation[] } {
  if (typeof rule !== 'object' || rule === null) throw invalid('rules', rule, 'objects with metric and compute')
  checkOptions('compare()', rule, rules)
  const list = [...new Set([rule.compute].flat())]
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
  return defaultStatistic(kind, computation === 'sum' ? 'inSum' : undefined)
}

function invalid(option: string, given: unknown, expected: string): PlimsollError {
  return optionInvalid(option, 'compare()', given, expected)
}
