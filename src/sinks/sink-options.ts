import { optionInvalid } from '../errors.ts'
import { checkOptions, type OptionRule } from '../options.ts'
import { missingPart } from './address.ts'
import type { SinkDescription } from './sink.ts'

/** The URL and the options that a sink was given, those of its query included. */
export interface SinkTarget<Options> {
  readonly url: URL
  readonly options: Options
  /** Absent where an option is a function, which no other thread can call. */
  readonly description?: SinkDescription
}

/**
 * Checks what a sink was given: a URL of one of these schemes with a host or path, and options, some of which may stand in the query of the URL.
 * Throws PLIMSOLL_OPTION_INVALID or PLIMSOLL_OPTION_UNKNOWN.
 *
 * @param where the function that was called, as in `graphite()`.
 * @param example a valid URL, for the error.
 */
export function sinkTarget<Options extends object>(
  where: string,
  to: string,
  given: Options | undefined,
  rules: Readonly<Record<string, OptionRule<Options>>>,
  { schemes, example }: { readonly schemes: readonly string[]; readonly example: string },
): SinkTarget<Options> {
  const url = typeof to === 'string' && URL.canParse(to) ? new URL(to) : undefined
  if (url === undefined || !schemes.includes(url.protocol.slice(0, -1))) {
    throw optionInvalid('to', where, to, `a URL such as ${example}`)
  }
  const missing = missingPart(to, url, example)
  if (missing !== undefined) throw optionInvalid('to', where, to, missing)
  const inQuery: Record<string, unknown> = {}
  for (const name of new Set(url.searchParams.keys())) {
    inQuery[name] = queryValue(url.searchParams.getAll(name), rules[name])
  }
  checkOptions(where, given, rules)
  const options = { ...inQuery, ...given } as Options
  checkOptions(where, options, rules)
  const hasFunctions = containsFunction(options)
  return { url, options, ...(!hasFunctions && { description: { to, options: { ...given } } }) }
}

/** A value of a query as the option takes it: a text, a list, a number or a flag; the text itself where none is valid. */
function queryValue(texts: readonly string[], rule: OptionRule<never> | undefined): unknown {
  const [text = ''] = texts
  const candidates: unknown[] = texts.length > 1 ? [texts] : [text, [text]]
  if (text.trim() !== '') candidates.push(Number(text))
  if (text === 'true' || text === 'false' || text === '') candidates.push(text !== 'false')
  const fitting = candidates.findIndex((value) => (rule as OptionRule | undefined)?.[0](value, {}) === true)
  return candidates[Math.max(fitting, 0)]
}

function containsFunction(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'function'
  return Object.values(value).some(containsFunction)
}
