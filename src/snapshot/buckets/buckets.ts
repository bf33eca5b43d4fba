import type { Buckets, Distribution, ExplicitBuckets, ExponentialBuckets, FamilySnapshot, Recent } from '../snapshot.ts'

/** Scale of the buckets that plimsoll records: 32 to the octave, so a bucket's middle is within 1.09 % of any value in it. */
export const recordedScale = 5

/** Whether `buckets` have given bounds, else they are exponential. */
export function isExplicit(buckets: Buckets): buckets is ExplicitBuckets {
  return 'bounds' in buckets
}

/** Whether a metric is a distribution with given bounds. */
export function hasDeclaredBuckets({ series }: FamilySnapshot): boolean {
  const [one] = series
  return one !== undefined && 'buckets' in one && isExplicit(one.buckets)
}

/** The bound below bucket `index` at `scale`: base^index with base = 2^(2^-scale); to the last bit for scales up to 5. */
export function exponentialBound(index: number, scale: number): number {
  const octaves = index / powerOfTwo(scale)
  const octave = Math.floor(octaves)
  const within = (octaves - octave) * octaveBounds.length
  const fraction = octaveBounds[within] ?? 2 ** (within / octaveBounds.length)
  // A power below the smallest normal number has lost bits before it could be multiplied.
  return octave < -1022 ? 2 ** -1022 * fraction * 2 ** (octave + 1022) : powerOfTwo(octave) * fraction
}

const powers = new Float64Array(2046)

/** 2 to the power of a whole number, kept: `**` takes longer than all else that a quantile does. */
export function powerOfTwo(exponent: number): number {
  const known = powers[exponent + 1022]
  if (known !== undefined && known > 0) return known
  const power = 2 ** exponent
  if (known !== undefined) powers[exponent + 1022] = power
  return power
}

/**
 * 2^(i/32) for i = 0..31, correctly rounded. Written out, as `**` is off by a bit in some engines (2 ** -0.5 in V8 12):
 * then the same bound would have two spellings in a fleet of mixed versions, and counts would move between buckets.
 */
export const octaveBounds: readonly number[] = [
  1.0,
  1.0218971486541166,
  1.0442737824274138,
  1.0671404006768237,
  1.0905077326652577,
  1.1143867425958924,
  1.1387886347566916,
  1.1637248587775775,
  1.189207115002721,
  1.215247359980469,
  1.241857812073484,
  1.2690509571917332,
  1.2968395546510096,
  1.3252366431597413,
  1.3542555469368927,
  1.383909881963832,
  Math.SQRT2,
  1.4451808069770467,
  1.4768261459394993,
  1.5091644275934228,
  1.5422108254079407,
  1.5759808451078865,
  1.6104903319492543,
  1.645755478153965,
  1.681792830507429,
  1.718619298122478,
  1.7562521603732995,
  1.7947090750031072,
  1.8340080864093424,
  1.8741676341103,
  1.9152065613971474,
  1.9571441241754002,
]

/** How many values the buckets hold: the sum of all counts, the zero bucket included, at most 2^53 - 1. */
export function totalCount(buckets: Buckets): number {
  let count = isExplicit(buckets) ? 0 : buckets.zero
  const { counts } = buckets
  // By number: until it is compiled, as in a process that reads once a second, each step of for-of makes an object.
  for (let i = 0; i < counts.length; i++) count += counts[i] as number
  return Math.min(count, Number.MAX_SAFE_INTEGER)
}

/** Buckets that hold `count` values in all, with no count beyond 2^53 - 1. */
export function saturated<B extends Buckets>(buckets: B, count: number): B {
  if (count < Number.MAX_SAFE_INTEGER) return buckets
  const counts = buckets.counts.map((n) => Math.min(n, Number.MAX_SAFE_INTEGER))
  if (isExplicit(buckets)) return { ...buckets, counts }
  return { ...buckets, counts, zero: Math.min(buckets.zero, Number.MAX_SAFE_INTEGER) }
}

/**
 * The same counts at a lower scale: each halving of the scale joins two neighbouring buckets, exactly
 * (OpenTelemetry metrics data model, "Exponential Histogram: perfect subsetting").
 * A scale that is not lower returns the buckets unchanged.
 */
export function downscale(buckets: ExponentialBuckets, scale: number): ExponentialBuckets {
  const shift = buckets.scale - scale
  if (shift <= 0 || buckets.counts.length === 0) return shift > 0 ? { ...buckets, scale } : buckets
  const factor = 2 ** shift
  const offset = Math.floor(buckets.offset / factor)
  const last = Math.floor((buckets.offset + buckets.counts.length - 1) / factor)
  const counts = new Array<number>(last - offset + 1).fill(0)
  for (let i = 0; i < buckets.counts.length; i++) {
    const at = Math.floor((buckets.offset + i) / factor) - offset
    counts[at] = (counts[at] ?? 0) + (buckets.counts[i] as number)
  }
  return { scale, zero: buckets.zero, offset, counts }
}

/** The empty distribution with the same kind of buckets, which merges with anything like it. */
export function emptyLike(buckets: Buckets): Buckets {
  if (isExplicit(buckets)) return { bounds: buckets.bounds, counts: buckets.bounds.map(() => 0).concat(0) }
  return { scale: buckets.scale, zero: 0, offset: 0, counts: [] }
}

/** The arithmetic mean of an average or distribution, or of a window of one; `undefined` while it is empty. */
export function mean(series: Pick<Distribution, 'count' | 'sum'>): number | undefined {
  return series.count > 0 ? series.sum / series.count : undefined
}

/** How often values came over a recent window, per second; `undefined` while it covers no time. */
export function recentRate({ count, seconds }: Recent): number | undefined {
  return seconds > 0 ? count / seconds : undefined
}

type Times = Pick<Recent, 'count' | 'seconds'>

/**
 * The seconds of two recent windows together: so many that values came as often as in both. Windows differ in length, by a
 * factor of two in any case, and much more where a process is young or blocked: by the longest one, the others would seem to
 * have been slower than they were.
 */
export function joinedSeconds(a: Times, b: Times): number {
  if (a.count === 0 && b.count === 0) return Math.max(a.seconds, b.seconds)
  // Exactly that of one where nothing came to the other.
  if (!(b.count > 0 && b.seconds > 0)) return a.seconds
  if (!(a.count > 0 && a.seconds > 0)) return b.seconds
  return (a.count + b.count) / (a.count / a.seconds + b.count / b.seconds)
}
