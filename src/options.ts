import { checkIsOptions, optionInvalid, PlimsollError } from './errors.ts'
import { suggestion } from './nearest.ts'

/**
 * Which values of an option are valid, among all options that were given, and the text that completes "Expected …". An
 * option may be left out, unless it is `required`.
 */
export type OptionRule<Options = unknown> = readonly [
  isValid: (given: unknown, options: Options) => boolean,
  expected: string,
  required?: 'required',
]

/** A rule for each option there is. */
export type OptionRules<Options> = { readonly [Option in keyof Required<Options>]: OptionRule<Options> }

/**
 * Throws PLIMSOLL_OPTION_UNKNOWN or PLIMSOLL_OPTION_INVALID unless all options of `where` are known and valid.
 * `instead`: what to use for options of other libraries.
 */
export function checkOptions<Options extends object>(
  where: string,
  options: Options | undefined,
  rules: Readonly<Record<string, OptionRule<Options>>>,
  instead: Readonly<Record<string, string>> = {},
): void {
  checkIsOptions(where, options)
  const given = (options ?? {}) as Readonly<Record<string, unknown>>
  // Without `for … of`, here and where a declaration goes on: in code that runs seldom, V8 allocates an object for each step of it.
  const unknown = Object.keys(given).find((name) => given[name] !== undefined && !Object.hasOwn(rules, name))
  if (unknown !== undefined) {
    const known = Object.keys(rules)
    const hint = Object.hasOwn(instead, unknown) ? `${instead[unknown]} ` : suggestion(unknown, known)
    throw new PlimsollError('PLIMSOLL_OPTION_UNKNOWN', { option: unknown, where, hint, known: known.join(', ') })
  }
  const invalid = Object.keys(rules).find((name) => {
    const rule = rules[name] as OptionRule<Options>
    const value = given[name]
    return (value !== undefined || rule[2] === 'required') && !rule[0](value, given as Options)
  })
  if (invalid !== undefined) throw optionInvalid(invalid, where, given[invalid], (rules[invalid] as OptionRule)[1])
}

/** Any value: it is checked with an error of its own, such as one that does not show keys. */
export const unchecked: OptionRule = [() => true, 'any value']
export const flag: OptionRule = [(given) => typeof given === 'boolean', 'true or false']
export const callback: OptionRule = [(given) => typeof given === 'function', 'a function']
export const text: OptionRule = [(given) => typeof given === 'string', 'a string']
export const nonEmptyText: OptionRule = [isNonEmptyText, 'a non-empty string']
export const directory: OptionRule = [isNonEmptyText, 'the path of a directory']
export const seconds: OptionRule = [
  (given) => typeof given === 'number' && given >= 0,
  'a number of seconds of at least 0',
]
export const clockLike: OptionRule = [hasMethods('now', 'unixTime'), 'a clock: an object with now() and unixTime()']
export const readable: OptionRule = [hasMethods('read'), 'a registry or another object with read()']
// Not by its class: another copy of this package has one of its own.
export const registryLike: OptionRule = [hasMethods('useStore', 'declareAs'), 'a Registry']

function hasMethods(...names: readonly string[]): (given: unknown) => boolean {
  return (given) => names.every((name) => typeof (given as Record<string, unknown> | null)?.[name] === 'function')
}

/** One of these texts. */
export function oneOf(...known: readonly string[]): OptionRule {
  return [(given) => known.includes(given as string), `one of ${known.join(', ')}`]
}

/** A whole number in this range, ends included. */
export function integer(min: number, max: number): OptionRule {
  return [(given) => isIntegerWithin(given, min, max), `an integer from ${min} to ${thousands(max)}`]
}

/** Whether it is a whole number in this range, ends included. */
export function isIntegerWithin(value: unknown, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
}

/** Whether it is a text with at least one character. */
export function isNonEmptyText(given: unknown): given is string {
  return typeof given === 'string' && given !== ''
}

/** In place of `toLocaleString`, whose first call takes 40 ms of CPU: each process would pay that for its first metric. */
export function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}
