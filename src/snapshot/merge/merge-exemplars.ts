import { isExplicit } from '../buckets/buckets.ts'
import type { Buckets, Exemplar } from '../snapshot.ts'

/** Most exemplars that a distribution keeps in a merge; of more, the newest. */
export const maxExemplars = 64

/** The newest exemplar alone. */
export function newest(a: readonly Exemplar[] | undefined, b: readonly Exemplar[]): readonly Exemplar[] {
  return [...(a ?? []), ...b].sort(newestFirst).slice(0, 1)
}

/**
 * The newest exemplar of each range of values, ascending: an octave, or a bucket where the bounds are given; of these at
 * most {@link maxExemplars}.
 */
export function joinExemplars(a: readonly Exemplar[], b: readonly Exemplar[], buckets: Buckets): readonly Exemplar[] {
  const kept = new Map<number, Exemplar>()
  for (const one of [...a, ...b].sort(newestFirst)) {
    const range = rangeOf(one.value, buckets)
    if (!kept.has(range) && kept.size < maxExemplars) kept.set(range, one)
  }
  return [...kept.values()].sort((x, y) => x.value - y.value)
}

/** Buckets include their upper bound, and so do octaves. What is 0 or less is in the range below all. */
function rangeOf(value: number, buckets: Buckets): number {
  if (!isExplicit(buckets)) return value > 0 ? Math.ceil(Math.log2(value)) : -Infinity
  const at = buckets.bounds.findIndex((bound) => value <= bound)
  return at < 0 ? buckets.bounds.length : at
}

/** The same order whichever comes first, so that a merge is commutative. */
function newestFirst(a: Exemplar, b: Exemplar): number {
  if (a.time !== b.time) return b.time - a.time
  if (a.value !== b.value) return b.value - a.value
  const [x, y] = [JSON.stringify(a.labels), JSON.stringify(b.labels)]
  return x < y ? -1 : x > y ? 1 : 0
}
