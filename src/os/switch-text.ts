const on: readonly string[] = ['1', 'true', 'yes', 'on']
const off: readonly string[] = ['', '0', 'false', 'no', 'off']

/** The values of a switch, as errors complete "Expected …" with them. */
export const switchValues = '1, true, yes or on, or 0, false, no or off'

/**
 * What the text of a switch means, in any case: on or off; `undefined` for anything else. The one rule for all environment
 * variables that turn something on or off. This file is loaded into every command of a shell, so it imports nothing.
 */
export function switchOf(text: string): boolean | undefined {
  const word = text.trim().toLowerCase()
  return on.includes(word) ? true : off.includes(word) ? false : undefined
}
