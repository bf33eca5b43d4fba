/**
 * Numbers that a writer can have counted. Readers take anything else in a cell, such as NaN in a damaged page, for 0: in a
 * sum it would stay for as long as the page is there. What adds up saturates: it is never infinite.
 */

/** The largest sum. */
const maxSum = Number.MAX_VALUE
/** The largest count. */
const maxCount = Number.MAX_SAFE_INTEGER

/** Whether it is a whole number from 0 to 2^53 - 1. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

/** A number from 0 on. A writer that adds up may get to +Infinity. */
export function amountOr0(value: number): number {
  return value >= 0 ? Math.min(value, maxSum) : 0
}

export function countOr0(value: number): number {
  // Of what a 32-bit integer has, nearly all counts, V8 sees at once that it is whole.
  if ((value | 0) === value) return Math.max(value, 0)
  return isCount(value) ? value : 0
}

export function finiteOr0(value: number): number {
  return Number.isFinite(value) ? value : 0
}

/** A sum of numbers that may be negative. A writer may get to the infinities. */
export function sumOr0(sum: number): number {
  return Number.isNaN(sum) ? 0 : Math.max(-maxSum, Math.min(sum, maxSum))
}

/** The sum of two sums. */
export function addSums(a: number, b: number): number {
  return Math.max(-maxSum, Math.min(a + b, maxSum))
}

/** The sum of two counts. */
export function addCounts(a: number, b: number): number {
  return Math.min(a + b, maxCount)
}
