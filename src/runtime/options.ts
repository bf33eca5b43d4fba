import { optionInvalid, type PlimsollError } from '../errors.ts'
import { checkOptions, flag } from '../options.ts'
import { switchOf } from '../os/switch-text.ts'

/** What of a process is observed. */
export const partNames = ['process', 'container', 'memory', 'eventloop', 'gc', 'failures', 'http'] as const

/** A part of what is observed. */
export type RuntimePart = (typeof partNames)[number]

/** Options of `observeRuntime()`: parts to leave out, as in `{ gc: false }`. */
export type RuntimeOptions = {
  /** Whether this part is observed. @default as `$PLIMSOLL_RUNTIME` has it, else true */
  readonly [Part in RuntimePart]?: boolean
}

/** Throws PLIMSOLL_OPTION_UNKNOWN or PLIMSOLL_OPTION_INVALID. */
export function checkRuntimeOptions(options: RuntimeOptions): void {
  checkOptions('observeRuntime()', options, Object.fromEntries(partNames.map((part) => [part, flag])))
}

/**
 * The parts that `$PLIMSOLL_RUNTIME` selects: `off` none, `process,memory` only these, `-gc,-http` all but these; or what is
 * wrong with it.
 */
export function partsFrom(text: string | undefined): ReadonlySet<RuntimePart> | PlimsollError {
  const words = (text ?? '').split(',').flatMap((word) => word.trim() || [])
  const value = words.length === 1 ? switchOf(words[0] as string) : undefined
  if (value !== undefined) return new Set(value ? partNames : [])
  const names = words.map((word) => word.replace(/^-/, '') as RuntimePart)
  const isTaken = words.every((word) => word.startsWith('-'))
  const isGood = names.every((name) => partNames.includes(name))
  if (!isGood || (!isTaken && words.some((word) => word.startsWith('-')))) {
    const expected = `"off", or some of ${partNames.join(', ')}, each with "-" in front to leave it out`
    return optionInvalid('PLIMSOLL_RUNTIME', 'the environment', text, expected)
  }
  return new Set(isTaken ? partNames.filter((part) => !names.includes(part)) : names)
}
