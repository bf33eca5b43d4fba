import { type CompareRule, type Computation, isStatistic, nameTest } from '../../compare/rule.ts'
import { PlimsollError } from '../../errors.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'

type Metric = readonly (string | RegExp)[]

const expectedForm =
  'metric[{label=value,…}][.statistic], the statistic one of count, sum, mean, min, max, m1, p0 to p100'

/**
 * A rule as it is typed: `path[{label=value,label=~expression,…}][.statistic]`. An element of the path is a text, `*` or an
 * expression between slashes; as with Prometheus, one behind `=~` must fit the whole value. A name that ends like a
 * statistic is a name where some snapshot has it. Throws PLIMSOLL_OPTION_INVALID.
 */
export function parseRule(
  compute: Computation,
  text: string,
  by: readonly string[],
  snapshots: Iterable<Snapshot>,
): CompareRule {
  const { path, rest } = parsePath(text)
  const [, selector, behind] = /^(?:\{(.*)\}(?:\.([^{}]+))?)?$/s.exec(rest) ?? []
  const labels = parseLabels(selector ?? '')
  const isWhole = rest === '' || selector !== undefined
  if (!isWhole || labels === undefined || path.includes('') || !(behind === undefined || isStatistic(behind)))
    throw invalidOption(compute, text, expectedForm)
  const split = behind === undefined ? splitPath(path, rest === '' ? [...snapshots] : []) : { metric: path, of: behind }
  const { metric, of } = split
  if (of?.startsWith('p') === true && (compute === 'sum' || compute === 'average')) {
    const whole = text.slice(0, -of.length - 1)
    throw invalidOption(compute, text, `--quantiles ${whole}: quantiles of several sources have no sum and no average`)
  }
  const rule = { compute, by, labels, metric }
  return of === undefined ? rule : { ...rule, of: of as 'mean' }
}

/** What is wrong with an option that says what to compute. */
export function invalidOption(compute: Computation, text: string, expected: string): PlimsollError {
  const values = { option: `--${compute}`, where: 'plimsoll compare', given: `"${text}"`, expected }
  return new PlimsollError('PLIMSOLL_OPTION_INVALID', values)
}

/** The elements up to the labels or the end. */
function parsePath(text: string): { path: Metric; rest: string } {
  const path: (string | RegExp)[] = []
  const element = /\/((?:[^/\\]|\\.)+)\/(?=[.{]|$)|([^.{}]*)/sy
  for (;;) {
    const [, expression, plain = ''] = element.exec(text) ?? []
    if (expression !== undefined) path.push(expressionOf(expression))
    else path.push(...plain.replace(/^\//, '').split('/'))
    if (text[element.lastIndex] !== '.') return { path, rest: text.slice(element.lastIndex) }
    element.lastIndex++
  }
}

/** Whether the last element is a statistic: not where a metric is called so, and then there is one without it. */
function splitPath(path: Metric, snapshots: readonly Snapshot[]): { metric: Metric; of?: string } {
  const last = path.at(-1)
  const isThere = (metric: Metric): boolean => {
    const fits = nameTest(metric)
    return snapshots.some(({ families }) => families.some(({ name }) => fits(name)))
  }
  // Of p99.9 the path has made two elements.
  const ends = [path.slice(-2).join('.'), last]
  for (const [i, of] of ends.entries()) {
    const metric = path.slice(0, i - 2)
    if (typeof of === 'string' && isStatistic(of) && metric.length > 0 && !isThere(path)) return { metric, of }
  }
  return { metric: path }
}

function parseLabels(selector: string): Record<string, string | RegExp> | undefined {
  const labels: Record<string, string | RegExp> = {}
  const pair = /\s*([A-Za-z_]\w*)(=~?)("(?:[^"\\]|\\.)*"|[^",]*)\s*(,|$)/sy
  while (pair.lastIndex < selector.length) {
    const [, name, sign, value] = pair.exec(selector) ?? []
    if (name === undefined || value === undefined) return undefined
    const plain = value.startsWith('"') ? value.slice(1, -1).replace(/\\(["\\])/gs, '$1') : value
    labels[name] = sign === '=~' ? expressionOf(`^(?:${plain})$`) : plain
  }
  return labels
}

function expressionOf(source: string): RegExp {
  try {
    return new RegExp(source, 'u')
  } catch (cause) {
    const values = { option: 'a regular expression', where: 'plimsoll compare', given: `"${source}"` }
    throw new PlimsollError('PLIMSOLL_OPTION_INVALID', { ...values, expected: 'one that JavaScript knows' }, { cause })
  }
}
