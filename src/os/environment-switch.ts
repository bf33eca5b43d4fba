import { optionInvalid } from '../errors.ts'
import { switchOf, switchValues } from './switch-text.ts'
import { type OnWarning, warn } from './warning.ts'

/** What a switch is where it is not set, or empty as if it were not, and the safe choice for a value that is neither on nor off. */
export interface SwitchDefaults {
  readonly unset: boolean
  readonly invalid: boolean
}

/** Who sets it wants something other than the default. */
export const disabledDefaults: SwitchDefaults = { unset: false, invalid: true }

const reported = new Set<string>()

/** Whether an environment variable is on. A value that is neither on nor off is one warning, with the code of an invalid option. */
export function environmentSwitch(
  variable: string,
  { unset, invalid }: SwitchDefaults,
  onWarning?: OnWarning,
): boolean {
  const text = process.env[variable]
  if (text === undefined || text === '') return unset
  const value = switchOf(text)
  if (value === undefined && !reported.has(variable)) {
    reported.add(variable)
    warn(optionInvalid(variable, 'the environment', text, switchValues), onWarning)
  }
  return value ?? invalid
}
