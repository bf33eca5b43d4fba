import { PlimsollError } from '../../errors.ts'

/** Throws PLIMSOLL_OPTION_INVALID unless a number that was given is whole and within these bounds. */
export function checkWhole(
  where: string,
  option: string,
  given: number | undefined,
  least: number,
  most: number,
): void {
  if (given === undefined || (Number.isInteger(given) && given >= least && given <= most)) return
  const expected = `a whole number from ${least} to ${most}`
  throw new PlimsollError('PLIMSOLL_OPTION_INVALID', { option, where, given, expected })
}
