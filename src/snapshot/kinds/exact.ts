import { addSums } from '../amounts.ts'
import type { Mutable } from './row.ts'

/** A number, with all its digits where it has more than a float64 holds. */
interface Digits {
  readonly value: number
  readonly exact?: string
}

/** Adds a number; where one of the two has more digits than a float64 holds, and both are whole, so does the sum. */
export function addExact(row: Mutable<Digits>, one: Digits): void {
  const { value, exact } = row
  row.value = addSums(value, one.value)
  if (exact === undefined && one.exact === undefined) return
  const before = exact ?? value
  const added = one.exact ?? one.value
  const areWhole = [before, added].every((each) => typeof each === 'string' || Number.isSafeInteger(each))
  const sum = areWhole ? BigInt(before) + BigInt(added) : undefined
  if (sum !== undefined) row.value = Number(sum)
  if (sum === undefined || Number.isSafeInteger(row.value)) delete row.exact
  else row.exact = String(sum)
}
