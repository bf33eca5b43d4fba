import { optionInvalid, type PlimsollError } from '../../errors.ts'
import type { Distribution, ExplicitBuckets, ExponentialBuckets } from '../snapshot.ts'
import { exponentialBound, isExplicit } from './buckets.ts'

/**
 * The value below which the share `q` of all recorded values lies, estimated from the buckets; `undefined` while the series or
 * recent window is empty.
 *
 * By nearest rank: the value at place `ceil(q * count)` of the sorted values, counted from 1, so an exact sort is the oracle.
 * Exponential buckets answer with the geometric middle of the bucket of that rank: at scale 5 at most
 * sqrt(2^(1/32)) - 1 = 1.09 % from the true value, at each lower scale about twice that. The zero bucket answers 0.
 * Explicit buckets interpolate linearly inside the bucket. Nothing lies outside min and max; 0 and 1 give them exactly.
 * A recent window has no extremes of its own, but its values are among those of its series: `quantile(minute, 0.99, series)`.
 *
 * @param q share, 0 to 1; anything else throws `PLIMSOLL_OPTION_INVALID`.
 * @param within whose extremes nothing lies outside of. Default: those of `series`.
 */
export function quantile(series: Distribution, q: number, within: Range = series): number | undefined {
  // What its source has computed, without the lists that it takes to find several: a table asks for one of each series.
  const known = typeof q === 'number' && series.count > 0 ? series.quantiles?.[q] : undefined
  if (known !== undefined) return within === series ? known : clamp(within, known)
  return quantiles(series, [q], within)?.[0]
}

/** What tools say about quantiles of a metric with declared buckets. */
export const interpolatedText = 'Quantiles are interpolated between the declared buckets.'

/** Quantiles by their shares, as a source has computed them. */
export type Quantiles = NonNullable<Distribution['quantiles']>

/** Extremes, where they are known. */
export interface Range {
  readonly min?: number | undefined
  readonly max?: number | undefined
}

/**
 * Several quantiles from one walk over the buckets, each as {@link quantile} returns it; `undefined` while the series is empty.
 *
 * @param qs shares, 0 to 1, ascending; anything else throws `PLIMSOLL_OPTION_INVALID`.
 */
export function quantiles(series: Distribution, qs: readonly number[], within: Range = series): number[] | undefined {
  let last = 0
  for (const q of qs) {
    if (!(typeof q === 'number' && q >= last && q <= 1)) throw invalidQuantile(qs, q)
    last = q
  }
  if (!(series.count > 0)) return undefined
  const { buckets } = series
  const known = series.quantiles && knownQuantiles(series.quantiles, qs)
  if (known !== undefined) return within === series ? known : known.map((value) => clamp(within, value))
  if (!hasBuckets(series)) return undefined
  const found = isExplicit(buckets) ? explicitQuantiles(series, buckets, qs) : exponentialQuantiles(series, buckets, qs)
  return within === series ? found : found.map((value) => clamp(within, value))
}

/** Whether the values of a distribution can be found in its buckets: a selective read may have left them out. */
export function hasBuckets({ buckets, count }: Distribution): boolean {
  if (!(count > 0)) return true
  if (!isExplicit(buckets) && buckets.zero > 0) return true
  const { counts } = buckets
  for (let i = 0; i < counts.length; i++) if ((counts[i] as number) > 0) return true
  return false
}

/** `undefined` unless all of them are known. */
function knownQuantiles(known: Quantiles, qs: readonly number[]): number[] | undefined {
  const values = qs.map((q) => known[q] ?? known[Number(q.toPrecision(12))])
  return values.every((value) => value !== undefined) ? (values as number[]) : undefined
}

function exponentialQuantiles(series: Distribution, buckets: ExponentialBuckets, qs: readonly number[]): number[] {
  const { counts } = buckets
  const toMiddle = Math.sqrt(exponentialBound(1, buckets.scale))
  // The bucket that the walk stands on, -1 being the zero bucket, and how many values it has passed with it.
  let at = -1
  let passed = buckets.zero
  const values: number[] = []
  for (const q of qs) {
    const rank = rankOf(q, series.count)
    while (passed < rank && at < counts.length - 1) passed += counts[++at] ?? 0
    const middle = at < 0 ? 0 : exponentialBound(buckets.offset + at, buckets.scale) * toMiddle
    values.push(ends(series, q) ?? clamp(series, middle))
  }
  return values
}

function explicitQuantiles(series: Distribution, buckets: ExplicitBuckets, qs: readonly number[]): number[] {
  const { bounds, counts } = buckets
  let at = 0
  let before = 0
  const values: number[] = []
  for (const q of qs) {
    const rank = rankOf(q, series.count)
    while (before + (counts[at] ?? 0) < rank && at < counts.length - 1) before += counts[at++] ?? 0
    const share = Math.min(1, Math.max(0, rank - before) / (counts[at] || 1))
    // Without a minimum the first bucket begins at 0, unless it lies below it; without a maximum the last one has no width.
    const below = bounds[at - 1] ?? Math.min(0, bounds[0] ?? 0)
    const low = at === 0 ? (series.min ?? below) : Math.max(below, series.min ?? -Infinity)
    const high = Math.min(bounds[at] ?? series.max ?? below, series.max ?? Infinity)
    values.push(ends(series, q) ?? clamp(series, low + (high - low) * share))
  }
  return values
}

/** As HdrHistogram does it: 99.9 / 100 * 1000 is a bit more than 999, and would else be the 1000th value. */
export function rankOf(q: number, count: number): number {
  return Math.max(1, Math.ceil(q * count * (1 - Number.EPSILON)))
}

function ends(series: Distribution, q: number): number | undefined {
  return q === 0 ? series.min : q === 1 ? series.max : undefined
}

function clamp({ min = -Infinity, max = Infinity }: Range, value: number): number {
  return Math.min(Math.max(value, min), max)
}

function invalidQuantile(qs: readonly number[], q: number): PlimsollError {
  const expected = 'a number from 0 to 1, or several in ascending order'
  return optionInvalid('q', 'quantile()', qs.length === 1 ? q : qs, expected)
}
