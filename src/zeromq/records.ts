import { isExplicit } from '../snapshot/buckets/buckets.ts'
import { maxBuckets } from '../snapshot/kinds/cells.ts'
import type {
  Buckets,
  DistributionSeries,
  FamilySnapshot,
  Labels,
  MeterSeries,
  Rates,
  Recent,
  Windows,
} from '../snapshot/snapshot.ts'
import { BytesReader, type GrowingBytes } from './growing-bytes.ts'

/**
 * Distributions and meters as bytes: docs/fleet.md has them as a table. The labels, and bounds of buckets, are those that
 * were told before. As JSON a distribution is twice as long, and takes eight times as long to write and to read.
 */

type Series = FamilySnapshot['series'][number]

/** Fields that a distribution may lack. */
const extremesBit = 1
const lastBit = 2
const ratesBit = 4
const windowBits = { '1m': 8, '5m': 16 } as const
const windowNames = ['1m', '5m'] as const
const allBits = 31

/**
 * So many buckets are told in a message: 32 MB where they are read. As a run of empty ones takes two bytes, a short message
 * could else ask for gigabytes.
 */
const maxBucketsTold = 2 ** 22

/** Scales and places that exponential buckets may have, as in JSON. */
const lowestScale = -9
const highestScale = 8
const octavesEachWay = 1100

/** Writes the series of a message. */
export class RecordWriter {
  private readonly bytes: GrowingBytes
  private spare = maxBucketsTold

  constructor(bytes: GrowingBytes) {
    this.bytes = bytes
  }

  /** Writes a series of which the collector knows the one before; false where it has to be told as a whole. */
  write(kind: FamilySnapshot['kind'], before: Series, after: Series): boolean {
    const { length } = this.bytes
    const isWritten =
      kind === 'meter'
        ? this.writeMeter(after as MeterSeries)
        : (kind === 'timer' || kind === 'histogram') &&
          this.writeDistribution(before as DistributionSeries, after as DistributionSeries)
    if (!isWritten) this.bytes.cutAt(length)
    return isWritten
  }

  private writeMeter({ value, rates }: MeterSeries): boolean {
    this.bytes.byte(rates === undefined ? 0 : ratesBit)
    return this.writeFloats([value]) && (rates === undefined || this.writeRates(rates))
  }

  private writeDistribution(before: DistributionSeries, after: DistributionSeries): boolean {
    const { sum, min, max, last, rates, recent = {}, buckets, exemplars } = after
    const hasExtremes = min !== undefined && max !== undefined
    const isOdd = (min === undefined) !== (max === undefined) || (after.recent && Object.keys(recent).length === 0)
    if (exemplars !== undefined || isOdd) return false
    let fields = (hasExtremes ? extremesBit : 0) | (last === undefined ? 0 : lastBit) | (rates ? ratesBit : 0)
    for (const name of windowNames) if (recent[name] !== undefined) fields |= windowBits[name]
    this.bytes.byte(fields)
    if (!this.writeFloats([sum, ...(hasExtremes ? [min, max] : []), ...(last === undefined ? [] : [last])]))
      return false
    if (rates !== undefined && !this.writeRates(rates)) return false
    if (!this.writeBuckets(before.buckets, buckets)) return false
    return windowNames.every((name) => {
      const window = recent[name]
      if (window === undefined) return true
      return this.writeFloats([window.seconds, window.sum]) && this.writeBuckets(before.buckets, window.buckets)
    })
  }

  private writeRates({ mean, m1, m5, m15 }: Rates): boolean {
    return this.writeFloats([mean, m1, m5, m15])
  }

  private writeFloats(values: readonly number[]): boolean {
    for (const value of values) {
      // As JSON has none of these either.
      if (!Number.isFinite(value)) return false
      this.bytes.float(value)
    }
    return true
  }

  private writeBuckets(before: Buckets, buckets: Buckets): boolean {
    const { bytes } = this
    const { counts } = buckets
    this.spare -= counts.length
    if (counts.length > maxBuckets || this.spare < 0) return false
    if (isExplicit(buckets)) {
      if (!isExplicit(before) || !haveSameBounds(before.bounds, buckets.bounds)) return false
    } else {
      if (isExplicit(before)) return false
      if (!isCount(buckets.zero)) return false
      bytes.byte(buckets.scale & 0xff)
      bytes.int(buckets.offset)
      bytes.whole(buckets.zero)
    }
    bytes.whole(counts.length)
    for (let i = 0; i < counts.length; i++) {
      const count = counts[i] as number
      if (!isCount(count)) return false
      bytes.whole(count)
      if (count !== 0) continue
      const from = i
      while (counts[i + 1] === 0) i++
      bytes.whole(i - from)
    }
    return true
  }
}

/** A damaged page may have others. */
function isCount(value: number): boolean {
  return value >= 0 && Number.isSafeInteger(value)
}

function haveSameBounds(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((bound, i) => bound === b[i]))
}

/** Reads the series of a message, whose bytes may be any. Throws a RangeError for what no publisher writes. */
export class RecordReader {
  private readonly bytes: BytesReader
  private spare = maxBucketsTold

  constructor(bytes: Uint8Array) {
    this.bytes = new BytesReader(bytes)
  }

  get isAtEnd(): boolean {
    return this.bytes.isAtEnd
  }

  /** The next series, of this kind and with the labels and bounds of the one before. */
  read(kind: FamilySnapshot['kind'], before: Series): Series {
    if (kind === 'meter') return this.readMeter(before)
    if (kind === 'timer' || kind === 'histogram') return this.readDistribution(before as DistributionSeries)
    throw new RangeError(`a ${kind} is not told so`)
  }

  private readMeter({ labels }: { readonly labels: Labels }): MeterSeries {
    const fields = this.readFields(ratesBit)
    const value = this.readFloat()
    return { labels, value, ...((fields & ratesBit) !== 0 && { rates: this.readRates() }) }
  }

  private readDistribution({ labels, buckets: before }: DistributionSeries): DistributionSeries {
    const fields = this.readFields(allBits)
    const sum = this.readFloat()
    const extremes = (fields & extremesBit) === 0 ? undefined : { min: this.readFloat(), max: this.readFloat() }
    const last = (fields & lastBit) === 0 ? undefined : { last: this.readFloat() }
    const rates = (fields & ratesBit) === 0 ? undefined : { rates: this.readRates() }
    const { buckets, count } = this.readBuckets(before)
    const recent: { -readonly [Name in keyof Windows<Recent>]: Recent } = {}
    for (const name of windowNames) if ((fields & windowBits[name]) !== 0) recent[name] = this.readWindow(before)
    const hasRecent = (fields & (windowBits['1m'] | windowBits['5m'])) !== 0
    return { labels, count, sum, ...extremes, buckets, ...last, ...rates, ...(hasRecent && { recent }) }
  }

  private readWindow(before: Buckets): Recent {
    const seconds = this.readFloat()
    const sum = this.readFloat()
    const { buckets, count } = this.readBuckets(before)
    return { seconds, count, sum, buckets }
  }

  private readFields(known: number): number {
    const fields = this.bytes.byte()
    if ((fields & ~known) !== 0) throw new RangeError('a field is not known')
    return fields
  }

  private readRates(): Rates {
    return { mean: this.readFloat(), m1: this.readFloat(), m5: this.readFloat(), m15: this.readFloat() }
  }

  private readFloat(): number {
    const value = this.bytes.float()
    if (!Number.isFinite(value)) throw new RangeError('a number is not finite')
    return value
  }

  private readBuckets(before: Buckets): { readonly buckets: Buckets; readonly count: number } {
    if (isExplicit(before)) {
      const { counts, total } = this.readCounts()
      if (counts.length !== before.bounds.length + 1) throw new RangeError('there are not as many buckets as before')
      return { buckets: { bounds: before.bounds, counts }, count: total }
    }
    const scale = (this.bytes.byte() << 24) >> 24
    const offset = this.bytes.int()
    const zero = this.bytes.whole()
    const { counts, total } = this.readCounts()
    const furthest = Math.ceil(octavesEachWay * 2 ** scale)
    const isNear = offset >= -furthest && offset + counts.length <= furthest
    if (scale < lowestScale || scale > highestScale || !isNear) throw new RangeError('buckets are out of bounds')
    return { buckets: { scale, zero, offset, counts }, count: zero + total }
  }

  private readCounts(): { readonly counts: number[]; readonly total: number } {
    const length = this.bytes.whole()
    this.spare -= length
    if (length > maxBuckets || this.spare < 0) throw new RangeError('there are too many buckets')
    // An array that grows leaves twice as much behind as it has in the end.
    const counts = new Array<number>(length)
    let total = 0
    for (let i = 0; i < length; ) {
      const count = this.bytes.whole()
      counts[i++] = count
      total += count
      if (count !== 0) continue
      const end = i + this.bytes.whole()
      if (end > length) throw new RangeError('there are too many empty buckets')
      while (i < end) counts[i++] = 0
    }
    return { counts, total }
  }
}
