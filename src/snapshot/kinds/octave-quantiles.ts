import { countOr0 } from '../amounts.ts'
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

const toMiddle = Math.sqrt(exponentialBound(1, recordedScale))

/**
 * The octaves of a distribution in ascending order, each with how many values it holds. In columns, and the same ones for each
 * distribution: objects for each octave were a third of the time of a read.
 */
class OctaveCounts {
  private zero = 0
  private length = 0
  private total = 0
  private readonly exponents: number[] = []
  private readonly cells: Float64Array[] = []
  private readonly indexes: number[] = []
  private readonly counts: number[] = []
  /** The shares that quantiles were last computed for, and what they are called. */
  private shares: readonly number[] = []
  private names: readonly string[] = []

  /** Begins another distribution, with so many values in its zero bucket. */
  begin(zero: number): void {
    this.zero = zero
    this.total = zero
    this.length = 0
  }

  /** Adds the octave whose cells begin at `index` and hold `count` values. */
  add(exponent: number, cells: Float64Array, index: number, count: number): void {
    const { exponents, counts, indexes } = this
    let at = this.length++
    for (; at > 0 && (exponents[at - 1] as number) > exponent; at--) {
      exponents[at] = exponents[at - 1] as number
      this.cells[at] = this.cells[at - 1] as Float64Array
      indexes[at] = indexes[at - 1] as number
      counts[at] = counts[at - 1] as number
    }
    exponents[at] = exponent
    this.cells[at] = cells
    indexes[at] = index
    counts[at] = count
    this.total += count
  }

  /** How many values there are, as `totalCount` counts those of the buckets that the octaves become. */
  get count(): number {
    return Math.min(this.total, Number.MAX_SAFE_INTEGER)
  }

  /**
   * Quantiles as those of the buckets that the octaves become; `undefined` where none are wanted or there are no values.
   * `range`: what nothing lies outside of.
   */
  quantiles(qs: readonly number[], { min, max }: Pick<Distribution, 'min' | 'max'> = {}): Quantiles | undefined {
    const { count, counts } = this
    if (qs.length === 0 || !(count > 0)) return undefined
    const quantiles: Record<string, number> = {}
    const names = this.namesOf(qs)
    let before = 0
    let upTo = this.zero
    // The octave that ends at `upTo`, -1 being the zero bucket.
    let at = -1
    for (let i = 0; i < qs.length; i++) {
      const q = qs[i] as number
      const rank = rankOf(q, count)
      while (upTo < rank && at < this.length - 1) {
        before = upTo
        upTo += counts[++at] as number
      }
      const middle = at < 0 ? 0 : this.middleOf(at, rank - before)
      const end = q === 0 ? min : q === 1 ? max : undefined
      quantiles[names[i] as string] = end ?? Math.min(Math.max(middle, min ?? -Infinity), max ?? Infinity)
    }
    return quantiles
  }

  /** A number as the name of a property becomes a text each time. */
  private namesOf(qs: readonly number[]): readonly string[] {
    if (qs !== this.shares) {
      this.shares = qs
      this.names = qs.map(String)
    }
    return this.names
  }

  /** The geometric middle of the bucket with the value of that rank, counted from 1 in the octave. */
  private middleOf(octave: number, rank: number): number {
    const cells = this.cells[octave] as Float64Array
    const index = this.indexes[octave] as number
    let left = rank
    let at = 0
    for (; at < octaveCells - 1; at++) {
      left -= countOr0(cells[index + at] as number)
      if (left <= 0) break
    }
    return exponentialBound((this.exponents[octave] as number) * octaveCells + at, recordedScale) * toMiddle
  }
}

/** The counts of the distribution that is being read: one for all, as each is read before the next. */
export const octaveCounts: OctaveCounts = /* @__PURE__ */ new OctaveCounts()

/** Counts the values of a distribution, whose quantiles {@link octaveCounts} has then. */
export function countOctaves(zero: number, octaves: readonly (Octave | undefined)[]): number {
  octaveCounts.begin(zero)
  for (const octave of octaves) {
    if (octave === undefined) continue
    octaveCounts.add(octave.exponent, octave.cells, octave.index, countOctave(octave.cells, octave.index))
  }
  return octaveCounts.count
}

/** How many values the octave has whose cells begin at `index`. */
export function countOctave(cells: Float64Array, index: number): number {
  let sum = 0
  let whole = 0
  // Four at a time, as each sum has to wait for the one before.
  for (let at = index; at < index + octaveCells; at += 4) {
    const a = cells[at] as number
    const b = cells[at + 1] as number
    const c = cells[at + 2] as number
    const d = cells[at + 3] as number
    sum += Math.abs(a) + Math.abs(b) + (Math.abs(c) + Math.abs(d))
    whole += (a | 0) + (b | 0) + ((c | 0) + (d | 0))
  }
  // What is cut off, below 0 or no number makes the first sum the larger one.
  return sum === whole ? whole : countOneByOne(cells, index)
}

function countOneByOne(cells: Float64Array, index: number): number {
  let count = 0
  for (let at = index; at < index + octaveCells; at++) count += countOr0(cells[at] as number)
  return count
}
