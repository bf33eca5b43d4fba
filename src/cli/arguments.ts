import { parseArgs } from 'node:util'
import { PlimsollError } from '../errors.ts'
import { suggestion } from '../nearest.ts'
import type { Options } from './option.ts'
import { secondsIn } from './seconds.ts'

/** A parsed command line. */
export interface Arguments {
  /** As the user types it, for messages: `plimsoll show`. */
  readonly command: string
  readonly flags: ReadonlySet<string>
  /** All values of each option that was given, in order. */
  readonly values: ReadonlyMap<string, readonly string[]>
  /** Arguments that are not options. */
  readonly words: readonly string[]
}

const maxEchoLength = 200

/** Options that every command has. */
const ofAll = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
  'no-color': { type: 'boolean' },
} as const

/** How other tools name what is a word here. */
const ofWords: readonly string[] = ['app', 'name', 'pid', 'process']

/**
 * Parses a command line; `takesApps`: whether its words may be apps and processes. Throws PLIMSOLL_ARGUMENT_UNKNOWN for an unknown
 * option, and PLIMSOLL_OPTION_INVALID for one whose value is missing or superfluous.
 */
export function parseArguments(
  command: string,
  known: Options,
  args: readonly string[],
  takesApps: boolean = false,
): Arguments {
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { value, short }]) => {
      const type = value === undefined ? ('boolean' as const) : ('string' as const)
      return [name, short === undefined ? { type } : { type, short }]
    }),
  )
  const spec = { ...options, ...ofAll } as const
  const { tokens } = parseArgs({ args: [...args], options: spec, strict: false, tokens: true })
  const flags = new Set<string>()
  const values = new Map<string, string[]>()
  const words: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    const type = Object.hasOwn(spec, name) ? spec[name as keyof typeof spec]?.type : undefined
    if (type === undefined) {
      const hint = `Apps and processes are named without an option: "${command} shop". `
      throw unknownArgument(command, rawName, dashed(spec), takesApps && ofWords.includes(name) ? hint : undefined)
    }
    if (type === 'boolean') {
      if (value !== undefined) throw invalidOption(command, name, value, 'no value')
      flags.add(name)
    } else {
      const missing = value === undefined || value === '' || (inlineValue === false && /^-[^\d]/.test(value))
      if (missing) throw invalidOption(command, name, 'no value', 'a value after it')
      values.set(name, [...(values.get(name) ?? []), value])
    }
  }
  return { command, flags, values, words }
}

/** The last number given for an option; throws PLIMSOLL_OPTION_INVALID unless `fits` returns true for it. */
export function numberOption(
  { command, values }: Arguments,
  name: string,
  fits: (value: number) => boolean,
  expected: string,
): number | undefined {
  const text = values.get(name)?.at(-1)
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() === '' || !fits(value)) throw invalidOption(command, name, text, expected)
  return value
}

/** The last time given for an option, in seconds; throws PLIMSOLL_OPTION_INVALID unless it is from `min` to `max`. */
export function secondsOption(
  { command, values }: Arguments,
  name: string,
  min: number,
  max: number = Infinity,
): number | undefined {
  const text = values.get(name)?.at(-1)
  if (text === undefined) return undefined
  const seconds = secondsIn(text)
  if (seconds >= min && seconds <= max && seconds < Infinity) return seconds
  const range = max === Infinity ? `of at least ${min} s` : `from ${min} to ${max} s`
  throw invalidOption(command, name, text, `a time ${range}, such as 5, 500ms or 2m`)
}

/** Whether `--by worker` is given; throws PLIMSOLL_OPTION_INVALID for any other value. */
export function byWorkerOption({ command, values }: Arguments): boolean {
  const given = values.get('by')?.find((value) => value !== 'worker')
  if (given !== undefined) throw invalidOption(command, 'by', given, 'worker')
  return values.has('by')
}

/** The error for an unknown command, option or argument. */
export function unknownArgument(
  command: string,
  given: string,
  known: readonly string[],
  hint: string = suggestion(given.slice(0, maxEchoLength), known),
): PlimsollError {
  const word = given.slice(0, maxEchoLength)
  const what = word.startsWith('-') ? 'option' : command === 'plimsoll' ? 'command' : 'argument'
  const values = { command, what, given: word, suggestion: hint, help: `${command} --help` }
  return new PlimsollError('PLIMSOLL_ARGUMENT_UNKNOWN', values)
}

/** The error for an option with an invalid value. */
export function invalidOption(command: string, name: string, given: string, expected: string): PlimsollError {
  return new PlimsollError('PLIMSOLL_OPTION_INVALID', { option: `--${name}`, where: command, given, expected })
}

/** The error for a word that is none of those which a command takes, or is missing. */
export function invalidArgument(command: string, name: string, given: string, expected: string): PlimsollError {
  const values = { option: `<${name}>`, where: command, given: given || 'missing', expected }
  return new PlimsollError('PLIMSOLL_OPTION_INVALID', values)
}

/** Options as the user types them. */
export function dashed(options: object): string[] {
  return Object.keys(options).map((name) => `--${name}`)
}
