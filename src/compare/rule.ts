import { types } from 'node:util'
import { optionInvalid, type PlimsollError } from '../errors.ts'
import type { Kind, Labels } from '../snapshot/snapshot.ts'

/**
 * What to make of the values that sources have for one metric:
 *
 * - `sum`, `average`: an average of means is weighted by how many values each has, one of `mean` gauges by their processes.
 * - `min`, `max`: with the name of the source.
 * - `sorted`: all values with their sources, the largest first.
 * - `inverse`: each value that there is, and which sources have it; for texts, versions, states.
 * - `count`: how many sources have the metric.
 * - `quantiles`: those of all values that all sources recorded, from their buckets added up.
 */
export type Computation = 'sum' | 'average' | 'min' | 'max' | 'sorted' | 'inverse' | 'count' | 'quantiles'

/**
 * Which number of a series is its value. `value`: of counters, gauges and meters, and what texts, infos and states say.
 * `count`, `sum` and `mean`: of averages and distributions; `min`, `max` and quantiles as `p50`, `p99.9`: of distributions.
 * `m1`, `m5`, `m15`: the rates of meters and timers.
 */
export type CompareStatistic = 'value' | 'count' | 'sum' | 'mean' | 'min' | 'max' | 'm1' | 'm5' | 'm15' | `p${string}`

/** What to compute over which metrics. */
export interface CompareRule {
  /**
   * The name of a metric as a dotted path, in which an element `*` stands for any one element; or its elements one by one,
   * each of them a text, `*` or a regular expression; or one regular expression for the whole name. An expression fits
   * what it finds itself in, unless it says `^` and `$`. Each metric that fits has results of its own.
   */
  readonly metric: string | RegExp | readonly (string | RegExp)[]
  /** Only series with these label values; an expression is looked for in the value. @default all series */
  readonly labels?: Readonly<Record<string, string | RegExp>>
  /** Labels to keep apart: each combination of their values has results of its own. @default none */
  readonly by?: readonly string[]
  readonly compute: Computation | readonly Computation[]
  /** @default `value`; of averages and distributions `count` for `sum`, `mean` for all else */
  readonly of?: CompareStatistic
  /** The shares that `quantiles` gives, 0 to 1, ascending. @default 0.5, 0.9, 0.99 */
  readonly quantiles?: readonly number[]
}

const computations: readonly Computation[] = ['sum', 'average', 'min', 'max', 'sorted', 'inverse', 'count', 'quantiles']
const statisticPattern = /^(value|count|sum|mean|min|max|m1|m5|m15|p\d{1,2}(\.\d+)?|p100)$/

/** Whether a text is one of the numbers that a series can have. */
export function isStatistic(text: unknown): text is CompareStatistic {
  return typeof text === 'string' && statisticPattern.test(text)
}

/** The computations of a rule, each once. Throws PLIMSOLL_OPTION_INVALID for a rule that makes no sense for any metric. */
export function computationsOf(rule: CompareRule): readonly Computation[] {
  checkTypes(rule)
  const { compute, of, quantiles = [] } = rule
  const list = [...new Set(typeof compute === 'string' ? [compute] : compute)]
  for (const one of list) if (!computations.includes(one)) throw invalid('compute', one, computations.join(', '))
  if (of !== undefined && !isStatistic(of))
    throw invalid('"of"', of, 'value, count, sum, mean, min, max, m1 or p0 to p100')
  if (of?.startsWith('p') === true && list.some((one) => one === 'sum' || one === 'average')) {
    const expected =
      'compute: "quantiles", which adds buckets up: quantiles of several sources have no sum and no average'
    throw invalid('"of"', of, expected)
  }
  if (!quantiles.every((q, i) => q >= (quantiles[i - 1] ?? 0) && q <= 1)) {
    throw invalid('quantiles', `[${quantiles.join(', ')}]`, 'numbers from 0 to 1 in ascending order')
  }
  return list
}

/** What a rule cannot have at all. */
function checkTypes(rule: CompareRule): void {
  if (typeof rule !== 'object' || rule === null) throw invalid('rules', rule, 'objects with metric and compute')
  const { compute, quantiles = [], labels = {}, by = [] } = rule
  if (typeof compute !== 'string' && !Array.isArray(compute)) throw invalid('compute', compute, computations.join(', '))
  if (!Array.isArray(quantiles)) throw invalid('quantiles', quantiles, 'numbers from 0 to 1 in ascending order')
  if (!Array.isArray(by)) throw invalid('by', by, 'an array of label names')
  const isText = (wanted: unknown): boolean => typeof wanted === 'string' || types.isRegExp(wanted)
  if (typeof labels === 'object' && labels !== null && Object.values(labels).every(isText)) return
  throw invalid('labels', labels, 'texts or regular expressions by label names')
}

/** Whether the name of a family is what a rule asks for. Throws PLIMSOLL_OPTION_INVALID for a pattern that is none. */
export function nameTest(metric: CompareRule['metric']): (name: string) => boolean {
  if (types.isRegExp(metric)) return textTest(metric)
  const elements = typeof metric === 'string' ? metric.split('.') : metric
  if (!Array.isArray(elements) || elements.length === 0 || !elements.every(isPattern)) {
    throw invalid('metric', metric, 'a dotted path, a list of its elements, or a regular expression')
  }
  const tests = elements.map(textTest)
  const [first] = elements
  // A metric that another program wrote may have any name.
  if (elements.length === 1 && typeof first === 'string' && first !== '*') return (name) => name === first
  return (name) => {
    const parts = name.split('.')
    return parts.length === tests.length && tests.every((fits, i) => fits(parts[i] as string))
  }
}

/** Whether the labels of a series are what a rule asks for. */
export function labelTest(labels: CompareRule['labels'] = {}): (given: Labels) => boolean {
  const tests = Object.entries(labels).map(([name, wanted]) => {
    const fits = typeof wanted === 'string' ? (value: string) => value === wanted : textTest(wanted)
    return (given: Labels) => Object.hasOwn(given, name) && fits(given[name] as string)
  })
  return (given) => tests.every((test) => test(given))
}

/** The number that a rule means where it does not say. */
export function statisticOf({ of }: CompareRule, kind: Kind, computation: Computation): CompareStatistic {
  if (of !== undefined) return of
  if (kind !== 'histogram' && kind !== 'timer' && kind !== 'average') return 'value'
  return computation === 'sum' ? 'count' : 'mean'
}

function isPattern(element: unknown): element is string | RegExp {
  return (typeof element === 'string' && element !== '') || types.isRegExp(element)
}

function textTest(pattern: string | RegExp): (text: string) => boolean {
  if (typeof pattern === 'string') return pattern === '*' ? () => true : (text) => text === pattern
  // An expression that goes on from its last match would fit every other text.
  const expression = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
  return (text) => expression.test(text)
}

function invalid(option: string, given: unknown, expected: string): PlimsollError {
  return optionInvalid(option, 'compare()', given, expected)
}
