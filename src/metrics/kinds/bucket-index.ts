import { octaveBounds } from '../../snapshot/buckets/buckets.ts'

/**
 * Finds the base-2 exponential bucket of a float64 without a logarithm: the exponent comes from the number's bits, and
 * of the 32 buckets of an octave the first six bits of the mantissa leave two to choose from. The bounds are those of
 * OpenTelemetry's data model ("Exponential Buckets"): upper bound inclusive.
 *
 * The steps stand in `ExponentialHistogram.record`, in one piece, because that is the hot path; here are the tables.
 */

/** One number, seen as float64 and as two words; `words[highWord]` has sign, exponent and the upper mantissa. */
export const number: Float64Array = new Float64Array(1)
export const words: Uint32Array = new Uint32Array(number.buffer)
/** Float64 order in memory is the machine's. */
export const highWord: 0 | 1 = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0
export const lowWord: 0 | 1 = highWord === 1 ? 0 : 1

/** Added to an exponent in the bits of a float64 (IEEE 754). */
export const exponentBias = 1023

/** Upper bounds of the buckets of the octave (1, 2]. */
const upperBounds: readonly number[] = [...octaveBounds.slice(1), 2]

/** For each sixty-fourth of [1, 2): the bucket in which it begins. It may end in the next one, never further. */
export const firstBucket: Uint8Array = new Uint8Array(2 * octaveBounds.length)
/** For each sixty-fourth: the bits of the mantissa of that bucket's upper bound, the high 20 and the low 32 of them. */
export const edgeHigh: Int32Array = new Int32Array(firstBucket.length)
export const edgeLow: Uint32Array = new Uint32Array(firstBucket.length)
for (let part = 0, bucket = 0; part < firstBucket.length; part++) {
  while (!((upperBounds[bucket] as number) > 1 + part / firstBucket.length)) bucket++
  firstBucket[part] = bucket
  const bound = upperBounds[bucket] as number
  number[0] = bound
  edgeHigh[part] = bound === 2 ? 2 ** 20 : (words[highWord] as number) & 0xfffff
  edgeLow[part] = words[lowWord] as number
}

/** The exponent of the octave of a normal number above 0: the octave of e holds the values in (2^e, 2^(e+1)]. */
export function octaveOf(value: number): number {
  number[0] = value
  const high = (words[highWord] as number) - (words[lowWord] === 0 ? 1 : 0)
  return (high >>> 20) - exponentBias
}
