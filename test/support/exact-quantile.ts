/** By nearest rank from an exact sort: the value at place ceil(q * count), counted from 1. */
export function exactQuantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.max(1, Math.ceil(q * sorted.length * (1 - Number.EPSILON))) - 1] ?? Number.NaN
}
