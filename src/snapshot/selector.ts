import { optionInvalid } from '../errors.ts'
import { nearest } from '../nearest.ts'
import type { LabelMatcher, Selector, SelectorComparison } from './selector-type.ts'
import { exampleStatistics, isStatistic } from './statistics.ts'

const quoted = String.raw`"(?:[^"\\]|\\.)*"`
// A class of other characters, [!a-z], has a ! in it.
const bare = String.raw`(?:\\.|\[!(?=(?:\\.|[^\]\s=\\])*\])|[^\s,{}"=!<>\\])+`
const parts = {
  gap: /[\s,]*/sy,
  space: /\s*/sy,
  name: new RegExp(`${quoted}|${bare}`, 'sy'),
  open: /\{\s*/sy,
  label: /([A-Za-z_][\w.]*)\s*(=~|!~|!=|=)\s*/sy,
  value: new RegExp(String.raw`(?:${quoted}|(?:\\.|[^",}\\])*)\s*`, 'sy'),
  comma: /,\s*/sy,
  close: /\}/sy,
  statistic: new RegExp(String.raw`\.(${quoted}|${bare})`, 'sy'),
  operator: /\s*(<=|>=|!=|[<>=])\s*/sy,
  end: /(?=[\s,]|$)/sy,
} satisfies Record<string, RegExp>

/**
 * Parses selectors that are separated by spaces or commas. Each is `family{label=value,…}.statistic`, all parts but one of
 * the first two optional, and may end in a comparison:
 *
 * - `http.requests`: all series of a family. `http.*`: of families that fit; `*` is any text, `?` any character,
 *   and beside one of these `[a-z]` is one of some characters, `[!a-z]` any other one.
 * - `http.requests{status=5*,method!=GET}`: only series with such labels; `=~` and `!~` take regular expressions.
 * - `http.latency.p99`, `http.latency{route=/}.p99`: a statistic. Names may contain dots: where a family is called
 *   `http.latency.p99`, that is meant.
 * - `http.latency.p99 > 500ms`, `pool.state = busy`: only series of which this is true. A number may have a unit.
 * - `"any name"{route="/a,b*"}`: nothing in quotes is special but `\"` and `\\`. Elsewhere `\` makes any character plain.
 *
 * @throws PlimsollError `PLIMSOLL_OPTION_INVALID` for an invalid selector.
 */
export function parseSelectors(text: string, where = 'parseSelectors()', option = 'selector'): Selector[] {
  if (typeof text !== 'string') throw optionInvalid(option, where, text, 'a string')
  const source = new Source(text, (expected) => optionInvalid(option, where, text, expected))
  const selectors: Selector[] = []
  for (source.take('gap'); source.at < text.length; source.take('gap')) selectors.push(parseOne(source))
  return selectors
}

/** One selector, given as a text or as plain data. Throws PLIMSOLL_OPTION_INVALID for anything else. */
export function toSelector(given: string | Selector, where: string, option = 'selector'): Selector {
  const [one, second] = typeof given === 'string' ? parseSelectors(given, where, option) : [given]
  if (isSelector(one) && second === undefined) return one
  throw optionInvalid(option, where, given, 'one selector, as a string or as parseSelectors() returns it')
}

function isSelector(given: unknown): given is Selector {
  const { family, labels, statistic = '', comparison } = (given ?? {}) as Partial<Selector>
  const isComparison = comparison === undefined || (isText(comparison?.operator) && isText(comparison.value))
  return isText(family) && isText(statistic) && isComparison && Array.isArray(labels) && labels.every(isMatcher)
}

function isMatcher(given: unknown): given is LabelMatcher {
  const { name, operator, value } = (given ?? {}) as Partial<LabelMatcher>
  if (!isText(name) || !isText(value)) return false
  return operator === '=' || operator === '!=' || ((operator === '=~' || operator === '!~') && isExpression(value))
}

function isText(given: unknown): given is string {
  return typeof given === 'string'
}

function isExpression(value: string): boolean {
  try {
    return new RegExp(`^(?:${value})$`, 'su') !== undefined
  } catch {
    return false
  }
}

/** A text on its way through the parser. */
class Source {
  at = 0
  readonly text: string
  readonly invalid: (expected: string) => Error

  constructor(text: string, invalid: (expected: string) => Error) {
    this.text = text
    this.invalid = invalid
  }

  take(part: keyof typeof parts): RegExpExecArray | undefined {
    const expression = parts[part]
    expression.lastIndex = this.at
    const found = expression.exec(this.text) ?? undefined
    if (found !== undefined) this.at = expression.lastIndex
    return found
  }
}

function parseOne(source: Source): Selector {
  const name = source.take('name')?.[0]
  const labels = parseLabels(source)
  if (name === undefined && labels === undefined)
    throw source.invalid(`a name at "${source.text.slice(source.at, source.at + 20)}"`)
  const { text: family, isGlob } = name === undefined ? ({ text: '*', isGlob: true } as const) : textOf(name)
  const isWholeName = labels !== undefined || name?.startsWith('"') === true
  const statistic = isWholeName ? textOf(source.take('statistic')?.[1] ?? '').text : undefined
  if (statistic !== undefined && statistic !== '' && !isStatistic(statistic)) {
    throw source.invalid(`a statistic such as ${nearest(statistic, exampleStatistics())} in place of "${statistic}"`)
  }
  const operator = source.take('operator')?.[1] as SelectorComparison['operator'] | undefined
  const given = operator === undefined ? '' : source.take('name')?.[0]
  if (given === undefined) throw source.invalid(`a value after "${operator}"`)
  if (source.take('end') === undefined)
    throw source.invalid(`a space between selectors, before "${source.text.slice(source.at, source.at + 20)}"`)
  const value = textOf(given)
  return {
    family,
    ...(isGlob && { isGlob }),
    labels: labels ?? [],
    ...(statistic !== undefined && { statistic }),
    ...(operator && { comparison: { operator, value: value.text, ...(value.isGlob && { isGlob: true as const }) } }),
  }
}

function parseLabels(source: Source): LabelMatcher[] | undefined {
  if (source.take('open') === undefined) return undefined
  const labels: LabelMatcher[] = []
  while (source.take('close') === undefined) {
    const [, name, sign] = source.take('label') ?? []
    if (name === undefined) throw source.invalid('label=value pairs between { and }, with commas between them')
    const operator = sign as LabelMatcher['operator']
    const { text: value, isGlob } = textOf((source.take('value')?.[0] ?? '').trim())
    const isPattern = operator === '=~' || operator === '!~'
    if (isPattern && !isExpression(value)) throw source.invalid(`a regular expression in place of "${value}"`)
    labels.push({ name, operator, value, ...(isGlob && !isPattern && { isGlob }) })
    if (source.take('comma') === undefined && source.text[source.at] !== '}')
      throw source.invalid('a } after the labels')
  }
  return labels
}

function textOf(written: string): { readonly text: string; readonly isGlob?: true } {
  if (written.startsWith('"')) return { text: written.slice(1, -1).replace(/\\(["\\])/g, '$1') }
  if (/[*?]/.test(written.replace(/\\./gs, ''))) return { text: written, isGlob: true }
  return { text: written.replace(/\\(.)/gs, '$1') }
}

/** A selector as a text, which `parseSelectors` reads as the same one. */
export function formatSelector(selector: Selector): string {
  const { family, isGlob, labels, statistic, comparison } = toSelector(selector, 'formatSelector()')
  const matchers = labels.map(({ name, operator, value, isGlob: isPattern }) => {
    return name + operator + (isPattern ? escaped(value, true) : inQuotes(value))
  })
  const braces = matchers.length > 0 || statistic !== undefined ? `{${matchers.join(',')}}` : ''
  const ending = statistic === undefined || statistic === '' ? '' : `.${inQuotes(statistic)}`
  const value = comparison && (comparison.isGlob ? escaped(comparison.value, true) : inQuotes(comparison.value))
  return escaped(family, isGlob) + braces + ending + (comparison ? ` ${comparison.operator} ${value}` : '')
}

function inQuotes(text: string): string {
  return /^[^\s,{}"=!<>~\\*?]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** With a backslash before what is special; in globs those that are there already stay. */
function escaped(text: string, isGlob = false): string {
  if (text === '') return '""'
  return isGlob
    ? text.replace(/\\.|\[!(?=(?:\\.|[^\]\\])*\])|[\s,{}"=!<>~\\]/gs, (found) =>
        found.length > 1 ? found : `\\${found}`,
      )
    : text.replace(/[\s,{}"=!<>~\\*?]/g, '\\$&')
}
