import { optionInvalid } from '../../errors.ts'

/** Throws PLIMSOLL_OPTION_INVALID unless a number that was given is whole and within these bounds. */
export function checkWhole(
  where: string,
  option: string,
  given: number | undefined,
  least: number,
  most: number,
): void {
  if (given === undefined || (Number.isInteger(given) && given >= least && given <= most)) return
  throw optionInvalid(option, where, given, `a whole number from ${least} to ${most}`)
}

/** Throws PLIMSOLL_OPTION_INVALID unless it is a function, or was not given. */
export function checkFunction(where: string, option: string, given: unknown): void {
  if (given !== undefined && typeof given !== 'function') throw optionInvalid(option, where, given, 'a function')
}
