import { optionCheck } from '../errors.ts'

/** Throws PLIMSOLL_OPTION_INVALID unless a number that was given is whole and within these bounds. */
export function checkWhole(
  where: string,
  option: string,
  given: number | undefined,
  least: number,
  most: number,
): void {
  const isGood = Number.isInteger(given) && (given as number) >= least && (given as number) <= most
  optionCheck(where)(option, given, isGood, `an integer from ${least} to ${most}`)
}
