import { checkIsOptions, optionInvalid } from '../../errors.ts'
import { exponentialBound, isExplicit } from '../../snapshot/buckets/buckets.ts'
import type { DistributionSeries, ExplicitBuckets, ExponentialBuckets } from '../../snapshot/snapshot.ts'

/** Most bounds that exponential buckets get in a classic histogram, `+Inf` not counted. */
export const highestBoundCount = 64

/** The upper bounds of a family's classic histogram, the same for each of its series, so that sums by `le` stay right. */
export interface Ladder {
  /** For each bound `le="…"} `, ascending, without `+Inf`. */
  readonly texts: readonly string[]
  /** Exponential buckets: bound i is 2^((first + i) / 2^scale), an edge between recorded buckets of every series. */
  readonly scale: number
  readonly first: number
}

/** How fine the bounds of exponential buckets are. */
export type BucketsPerOctave = 1 | 2 | 4 | 8 | 16 | 32

/**
 * The bounds for a family: the given ones for explicit buckets. For exponential ones `perOctave` bounds to each octave,
 * from the lowest to the highest octave that any series uses, never finer than the coarsest series, and at most
 * {@link highestBoundCount}: above that half as many to the octave, and so on, in the end bounds several octaves apart.
 *
 * @throws PlimsollError `PLIMSOLL_OPTION_INVALID` when `perOctave` is not 1, 2, 4, 8, 16 or 32.
 */
export function ladderOf(series: readonly DistributionSeries[], perOctave: BucketsPerOctave): Ladder {
  const buckets = series[0]?.buckets
  if (buckets === undefined) return { texts: [], scale: 0, first: 0 }
  if (isExplicit(buckets)) {
    const finite = buckets.bounds.filter((bound) => Number.isFinite(bound))
    return { texts: finite.map((bound) => `le="${canonicalNumber(bound)}"} `), scale: 0, first: 0 }
  }
  return exponentialLadder(series, perOctave)
}

function exponentialLadder(series: readonly DistributionSeries[], perOctave: BucketsPerOctave): Ladder {
  let scale = Math.log2(perOctave)
  let low = Infinity
  let high = -Infinity
  for (const { buckets } of series) {
    if (isExplicit(buckets)) continue
    const { counts, offset } = buckets
    let from = 0
    let to = counts.length
    while (from < to && counts[from] === 0) from++
    while (to > from && counts[to - 1] === 0) to--
    if (from === to) continue
    if (buckets.scale < scale) scale = buckets.scale
    const octave = 2 ** buckets.scale
    low = Math.min(low, Math.floor((offset + from) / octave))
    high = Math.max(high, Math.ceil((offset + to) / octave))
  }
  if (low > high) return { texts: [], scale: 0, first: 0 }
  // 2^x is neither 0 nor infinite nor the same for two bounds only in here; what lies outside is in the first bound or in +Inf.
  low = Math.min(Math.max(low, -1022), 1023)
  high = Math.max(Math.min(high, 1023), low)
  const last = (at: number): number => Math.min(Math.ceil(high * 2 ** at), Math.floor(1023 * 2 ** at))
  while (last(scale) - Math.floor(low * 2 ** scale) >= highestBoundCount) scale--
  const first = Math.max(Math.floor(low * 2 ** scale), Math.ceil(-1022 * 2 ** scale))
  const texts: string[] = []
  for (let k = first; k <= last(scale); k++) texts.push(boundText(k, scale))
  return { texts, scale, first }
}

/** Adds up the counts below each bound of `ladder`; the zero bucket is below the first one. */
export function cumulativeCounts(series: DistributionSeries, ladder: Ladder): number[] {
  const { buckets } = series
  return isExplicit(buckets) ? explicitCounts(buckets, ladder) : exponentialCounts(buckets, ladder)
}

function exponentialCounts(buckets: ExponentialBuckets, ladder: Ladder): number[] {
  const { counts, offset } = buckets
  const factor = 2 ** (buckets.scale - ladder.scale)
  const cumulative: number[] = []
  let sum = buckets.zero
  let at = 0
  for (let i = 0; i < ladder.texts.length; i++) {
    const end = Math.min((ladder.first + i) * factor - offset, counts.length)
    while (at < end) sum += counts[at++] as number
    cumulative.push(sum)
  }
  return cumulative
}

function explicitCounts(buckets: ExplicitBuckets, ladder: Ladder): number[] {
  let sum = 0
  return ladder.texts.map((_, i) => (sum += buckets.counts[i] ?? 0))
}

// Turning a double into text is the dearest part of a bound, and the bounds of all families are the same few:
// at most 2,046 octaves times 32.
const boundTexts = new Map<number, string>()

function boundText(k: number, scale: number): string {
  // At scale 5 every bound of a lower scale has a whole number too.
  const index = (k * 2 ** (5 - scale)) | 0
  const known = boundTexts.get(index)
  if (known !== undefined) return known
  const text = `le="${canonicalNumber(exponentialBound(index, 5))}"} `
  boundTexts.set(index, text)
  return text
}

/**
 * A number as OpenMetrics 1.0 wants it in `le` ("Canonical Numbers"): like Go's %g in full precision, `.0` behind whole numbers.
 * The 0.0.4 text has the same, so that a series keeps its labels whichever format is asked for.
 */
export function canonicalNumber(value: number): string {
  if (value === 0) return '0.0'
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power < -4 || power >= 6) return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
  const text = String(value)
  return text.includes('.') ? text : `${text}.0`
}

/** @throws PlimsollError `PLIMSOLL_OPTION_INVALID` unless `given` is 1, 2, 4, 8, 16 or 32; 2 when it is not given. */
export function resolveBucketsPerOctave(
  options: { readonly bucketsPerOctave?: BucketsPerOctave },
  where: string,
): BucketsPerOctave {
  checkIsOptions(where, options)
  const { bucketsPerOctave = 2 } = options
  if ([1, 2, 4, 8, 16, 32].includes(bucketsPerOctave)) return bucketsPerOctave
  throw optionInvalid('bucketsPerOctave', where, bucketsPerOctave, '1, 2, 4, 8, 16 or 32')
}
