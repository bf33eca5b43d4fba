import { parseArgs } from 'node:util'
import { PlimsollError } from '../errors.ts'
import { nearest } from '../snapshot/nearest.ts'

/** The options that a command knows, without their dashes: a flag stands alone, a value follows. */
export type KnownOptions = Readonly<Record<string, 'flag' | 'value' | ShortOption>>

/** An option with a value that may also be given by one letter behind one dash. */
export interface ShortOption {
  readonly short: string
}

/** A command line, taken apart. */
export interface Arguments {
  /** As the user would type it, for messages: `plimsoll show`. */
  readonly command: string
  readonly flags: ReadonlySet<string>
  /** All values of each option that was given, in order. */
  readonly values: ReadonlyMap<string, readonly string[]>
  /** What is no option. */
  readonly words: readonly string[]
}

const longestEcho = 200

/**
 * Takes a command line apart. Throws PLIMSOLL_ARGUMENT_UNKNOWN for an option that is not known, and
 * PLIMSOLL_OPTION_INVALID for one that lacks its value or has one too many.
 */
export function parseArguments(command: string, known: KnownOptions, args: readonly string[]): Arguments {
  const options = Object.fromEntries(
    Object.entries(known).map(([name, form]) => {
      const type = form === 'flag' ? ('boolean' as const) : ('string' as const)
      return [name, typeof form === 'string' ? { type } : { type, short: form.short }]
    }),
  )
  const spec = { ...options, help: { type: 'boolean', short: 'h' } } as const
  const { tokens } = parseArgs({ args: [...args], options: spec, strict: false, tokens: true })
  const flags = new Set<string>()
  const values = new Map<string, string[]>()
  const words: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    const type = Object.hasOwn(spec, name) ? (name === 'help' ? 'flag' : known[name]) : undefined
    if (type === undefined) throw unknownArgument(command, rawName, Object.keys(spec).map(dashed))
    if (type === 'flag') {
      if (value !== undefined) throw invalidOption(command, name, value, 'no value')
      flags.add(name)
    } else {
      const missing = value === undefined || value === '' || (inlineValue === false && /^-./.test(value))
      if (missing) throw invalidOption(command, name, 'without a value', 'a value behind it')
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

/** Whether `--by worker` is given; throws PLIMSOLL_OPTION_INVALID for any other value. */
export function byWorkerOption({ command, values }: Arguments): boolean {
  const given = values.get('by')?.find((value) => value !== 'worker')
  if (given !== undefined) throw invalidOption(command, 'by', given, 'worker')
  return values.has('by')
}

/** The error for an unknown word. */
export function unknownArgument(command: string, given: string, known: readonly string[]): PlimsollError {
  const word = given.slice(0, longestEcho)
  const values = { command, given: word, nearest: nearest(word, known), help: `${command} --help` }
  return new PlimsollError('PLIMSOLL_ARGUMENT_UNKNOWN', values)
}

/** The error for an option with an invalid value. */
export function invalidOption(command: string, name: string, given: string, expected: string): PlimsollError {
  return new PlimsollError('PLIMSOLL_OPTION_INVALID', { option: dashed(name), where: command, given, expected })
}

function dashed(name: string): string {
  return `--${name}`
}
