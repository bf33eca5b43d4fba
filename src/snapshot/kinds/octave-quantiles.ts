import { countOr0, isCount } from '../amounts.ts'
import { emptyLike, exponentialBound, recordedScale } from '../buckets/buckets.ts'
import { type Quantiles, rankOf } from '../buckets/quantile.ts'
import type { Distribution, ExponentialBuckets } from '../snapshot.ts'
import { type Octave, octaveCells } from './cells.ts'

/** What a distribution has whose buckets nobody wants. */
export const noBuckets: ExponentialBuckets = emptyLike({
  scale: recordedScale,
  zero: 0,
  offset: 0,
  counts: [],
}) as ExponentialBuckets

type Octaves = readonly (Octave | undefined)[]

/** How many values octaves hold, as `totalCount` counts those of the buckets that they become. */
export function countIn(zero: number, octaves: Octaves): number {
  let count = zero
  for (const octave of octaves) if (octave !== undefined) count += countOf(octave)
  return Math.min(count, Number.MAX_SAFE_INTEGER)
}

function countOf({ cells, index }: Octave): number {
  let count = 0
  for (let at = index; at < index + octaveCells; at++) {
    const n = cells[at] as number
    if (n !== 0 && isCount(n)) count += n
  }
  return count
}

/**
 * Quantiles as those of the buckets that octaves become, from one walk over the octaves; `undefined` where none are wanted or
 * there are no values. `range`: what nothing lies outside of.
 */
export function octaveQuantiles(
  zero: number,
  octaves: Octaves,
  count: number,
  qs: readonly number[],
  { min, max }: Pick<Distribution, 'min' | 'max'> = {},
): Quantiles | undefined {
  if (qs.length === 0 || !(count > 0)) return undefined
  const quantiles: Record<string, number> = {}
  const sorted = ascending(octaves)
  let before = 0
  let upTo = zero
  // The octave that ends at `upTo`, -1 being the zero bucket.
  let at = -1
  for (const q of qs) {
    const rank = rankOf(q, count)
    while (upTo < rank && at < sorted.length - 1) {
      before = upTo
      upTo += countOf(sorted[++at] as Octave)
    }
    const middle = at < 0 ? 0 : middleOf(sorted[at] as Octave, rank - before)
    const end = q === 0 ? min : q === 1 ? max : undefined
    quantiles[q] = end ?? Math.min(Math.max(middle, min ?? -Infinity), max ?? Infinity)
  }
  return quantiles
}

/** The geometric middle of the bucket with the value of that rank, counted from 1 in the octave. */
function middleOf({ exponent, cells, index }: Octave, rank: number): number {
  let left = rank
  let at = 0
  for (; at < octaveCells - 1; at++) {
    left -= countOr0(cells[index + at] as number)
    if (left <= 0) break
  }
  return exponentialBound(exponent * octaveCells + at, recordedScale) * toMiddle
}

const toMiddle = Math.sqrt(exponentialBound(1, recordedScale))

function ascending(octaves: Octaves): readonly Octave[] {
  let before = Number.NEGATIVE_INFINITY
  for (const octave of octaves) {
    if (octave === undefined || octave.exponent < before) {
      const known = octaves.filter((one) => one !== undefined)
      return known.sort((a, b) => a.exponent - b.exponent)
    }
    before = octave.exponent
  }
  return octaves as readonly Octave[]
}
