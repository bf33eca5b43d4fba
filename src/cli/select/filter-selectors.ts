import { optionInvalid } from '../../errors.ts'
import { parseSelectors } from '../../snapshot/selector.ts'
import type { Selector } from '../../snapshot/selector-type.ts'
import { isAmount } from '../../units.ts'

/**
 * The selectors of a filter or condition. Throws PLIMSOLL_OPTION_INVALID, also where one compares with anything but a number, such
 * as `100mb`: nothing would ever match.
 */
export function filterSelectors(text: string, command: string, option: string): Selector[] {
  const selectors = parseSelectors(text, command, option)
  for (const { comparison } of selectors) {
    const { operator = '=', value = '' } = comparison ?? {}
    if (operator === '=' || operator === '!=' || isAmount(value)) continue
    const expected = `a number after "${operator}" in place of "${value}", with or without a unit such as ms, min, MB or MiB`
    throw optionInvalid(option, command, text, expected)
  }
  return selectors
}
