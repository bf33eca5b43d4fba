import { amountOr0, countOr0, isCount, sumOr0 } from '../amounts.ts'
import { isExplicit, recordedScale } from '../buckets/buckets.ts'
import type { DistributionSeries, ExponentialBuckets, Labels } from '../snapshot.ts'
import type { Slot } from '../store.ts'

// What the cells of distributions mean, counted from the first cell of a series. Registry and page reader both go by this;
// docs/format.md is the same as tables.

/** First cells of every distribution: the sum, the smallest and the largest value. */
export const sumCell = 0
export const minCell: number = sumCell + 1
export const maxCell: number = minCell + 1
/** Exponential buckets: how many values were 0 or too small for a bucket. The octaves stand elsewhere. */
export const zeroCell: number = maxCell + 1
export const exponentialHeadCells: number = zeroCell + 1
/** Explicit buckets: the first count; one a bound and one for what is above all bounds. */
export const explicitCountsCell: number = maxCell + 1

/** Cells of an explicit histogram with that many bounds. */
export function explicitCells(bounds: number): number {
  return explicitCountsCell + bounds + 1
}

/** Buckets of one octave: the values in (2^exponent, 2^(exponent+1)], in 32 buckets. */
// Shifted: a power is a float to V8, and so would be the index of all cells that are reserved after an octave.
export const octaveCells: number = 1 << recordedScale
/** Exponents that octaves can have: those of normal float64 numbers, and the one below for 2^-1022 itself. */
export const lowestExponent = -1023
export const highestExponent = 1023

/** The cells of one octave of exponential buckets. */
export interface Octave extends Slot {
  readonly exponent: number
  /** Its counts as they were at earlier times, for recent windows; see recent.ts. */
  readonly copies?: Slot | undefined
}

/** What a distribution had when its buckets were last looked at, and has still. */
export interface Counted {
  readonly count: number
  readonly quantiles: DistributionSeries['quantiles'] | undefined
}

/** The cells of a series: its head and its extension cells. */
export interface SeriesCells extends Slot {
  readonly labels: Labels
  /** In any order. Exponential buckets only. */
  readonly octaves: readonly (Octave | undefined)[]
  /** The heads of the copies that recent windows are computed from. */
  readonly recent?: Slot | undefined
  /** By range of values: the exponent of an octave, or the number of an explicit bucket. */
  readonly exemplars?: ReadonlyMap<number, Slot> | undefined
  /** Where it is known, the octaves are not looked at. */
  readonly counted?: Counted | undefined
}

/** A distribution has at most this many buckets: 128 octaves at full resolution, 38 decades. */
export const maxBuckets: number = 128 * octaveCells
/**
 * A reader gives each distribution of a page as many, until it has made this many in all; then at most 16 for each cell of
 * its octaves, but always room for 32 octaves. A page in which every series has two octaves that are far apart would else
 * become a snapshot of 50 times its size.
 */
export const freeBuckets: number = 2 ** 20
export const maxBucketsPerCell = 16
export const minBuckets: number = 32 * octaveCells

/**
 * Puts octaves, in any order, together as buckets, without empty ones at either end. Where they would be more than `most`,
 * neighbours are joined and the scale is lower, as in OpenTelemetry's downscaling.
 */
export function joinOctaves(
  zero: number,
  octaves: readonly (Octave | undefined)[],
  max: number = maxBuckets,
): ExponentialBuckets {
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  for (const octave of octaves) {
    if (octave === undefined) continue
    const first = octave.exponent * octaveCells
    if (first < lowest) lowest = Math.min(lowest, first + firstUsed(octave))
    if (first + octaveCells > highest) highest = Math.max(highest, first + lastUsed(octave))
  }
  if (highest < lowest) return { scale: recordedScale, zero, offset: 0, counts: [] }
  let shift = 0
  while ((highest >> shift) - (lowest >> shift) >= max) shift++
  const offset = lowest >> shift
  const counts = new Array<number>((highest >> shift) - offset + 1).fill(0)
  for (const octave of octaves) if (octave !== undefined) addOctave(counts, octave, shift, lowest, highest)
  return { scale: recordedScale - shift, zero, offset, counts }
}

/** Whether a cell has a count above 0; anything that no writer counts is 0. */
function isFilled(count: number): boolean {
  return count > 0 && isCount(count)
}

/** Number of the first bucket that is not empty; infinite where all are. */
function firstUsed({ cells, index }: Octave): number {
  for (let i = 0; i < octaveCells; i++) if (isFilled(cells[index + i] as number)) return i
  return Number.POSITIVE_INFINITY
}

function lastUsed({ cells, index }: Octave): number {
  for (let i = octaveCells - 1; i >= 0; i--) if (isFilled(cells[index + i] as number)) return i
  return Number.NEGATIVE_INFINITY
}

/** Adds the buckets from `lowest` to `highest`: the writer may have filled others since the search. */
function addOctave(
  counts: number[],
  { exponent, cells, index }: Octave,
  shift: number,
  lowest: number,
  highest: number,
): void {
  const first = exponent * octaveCells
  const offset = lowest >> shift
  const end = Math.min(octaveCells, highest + 1 - first)
  for (let i = Math.max(0, lowest - first); i < end; i++) {
    const cell = cells[index + i] as number
    const at = ((first + i) >> shift) - offset
    // What a 32-bit integer has, nearly all counts, leaves the array one of integers.
    const whole = cell | 0
    counts[at] = (counts[at] as number) + (whole === cell && whole >= 0 ? whole : countOr0(cell))
  }
}

/**
 * The distribution whose first cell is `index`, with its buckets. Smallest and largest value are left out while they are
 * infinite: a reader can meet a count whose minimum came too late for it. So are those that no writer can have.
 */
export function readDistribution(
  labels: Labels,
  cells: Float64Array,
  index: number,
  count: number,
  buckets: DistributionSeries['buckets'],
): DistributionSeries {
  if (count === 0) return { labels, count, sum: 0, buckets }
  const sum = sumFor(buckets, cells[index + sumCell] as number)
  const min = cells[index + minCell] as number
  const max = cells[index + maxCell] as number
  const lowest = isExplicit(buckets) ? -Number.MAX_VALUE : 0
  if (min >= lowest && min <= max && max < Number.POSITIVE_INFINITY) return { labels, count, sum, min, max, buckets }
  return { labels, count, sum, buckets }
}

/** The sum of values: those in exponential buckets are never negative. */
export function sumFor(buckets: DistributionSeries['buckets'], sum: number): number {
  return isExplicit(buckets) ? sumOr0(sum) : amountOr0(sum)
}
