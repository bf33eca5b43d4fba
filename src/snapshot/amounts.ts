/**
 * What a writer can have counted. Readers take anything else in a cell, such as NaN in a damaged page, for 0: in a sum it would
 * stay for as long as the page is there.
 */

/** Whether an amount is finite and no less than nothing. */
export function isAmount(value: number): boolean {
  return value >= 0 && value < Number.POSITIVE_INFINITY
}

/** Whether it is a whole amount. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

export function amountOr0(value: number): number {
  return isAmount(value) ? value : 0
}

export function countOr0(value: number): number {
  return isCount(value) ? value : 0
}

export function finiteOr0(value: number): number {
  return Number.isFinite(value) ? value : 0
}

/** The sum of so many values: one may be beyond all numbers, as a writer can get there. */
export function sumOr0(sum: number, count: number): number {
  return count > 0 && !Number.isNaN(sum) ? sum : 0
}
