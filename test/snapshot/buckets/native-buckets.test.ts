import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Registry } from 'plimsoll'
import {
  type ExponentialBuckets,
  exponentialBound,
  mergeSnapshots,
  toNativeHistogram,
  toOpenTelemetry,
} from 'plimsoll/snapshot'
import { distributionOf } from '../../support/distributions.ts'

/** By index of OpenTelemetry, without empty buckets. */
type Counts = Readonly<Record<number, number>>

function countsOf({ offset, counts }: ExponentialBuckets): Counts {
  return Object.fromEntries(counts.map((n, i) => [offset + i, n]).filter(([, n]) => n !== 0))
}

function fromOpenTelemetry({ positive }: ReturnType<typeof toOpenTelemetry>): Counts {
  return Object.fromEntries(positive.bucketCounts.map((n, i) => [positive.offset + i, n]).filter(([, n]) => n !== 0))
}

/** As the specification of native histograms says it: spans lead to indexes, deltas to counts, and an index is one more. */
function fromNative({ positiveSpans, positiveDeltas }: NonNullable<ReturnType<typeof toNativeHistogram>>): Counts {
  const counts: Record<number, number> = {}
  const deltas = positiveDeltas.values()
  let index = 0
  let count = 0
  for (const { offset, length } of positiveSpans) {
    index += offset
    for (let i = 0; i < length; i++) {
      count += deltas.next().value ?? assert.fail('too few deltas')
      if (count !== 0) counts[index - 1] = count
      index++
    }
  }
  assert.equal(deltas.next().done, true)
  return counts
}

function recorded(values: readonly number[]): ExponentialBuckets {
  const registry = new Registry()
  const histogram = registry.histogram('h')
  for (const value of values) histogram.record(value)
  return distributionOf(registry.read(), 'h').buckets as ExponentialBuckets
}

test('The buckets of the example in the specification of native histograms become its spans and deltas', () => {
  // -2: 3, -1: 5, 2: 1, 4: 3, 5: 2, by upper bound; here by lower bound.
  const buckets = { scale: 0, zero: 7, offset: -3, counts: [3, 5, 0, 0, 1, 0, 3, 2] }
  assert.deepEqual(toNativeHistogram(buckets), {
    schema: 0,
    zeroThreshold: 2.225073858507201e-308,
    zeroCount: 7,
    positiveSpans: [
      { offset: -2, length: 2 },
      { offset: 2, length: 4 },
    ],
    positiveDeltas: [3, 2, -4, -1, 3, -1],
  })
})

test('Powers of two lie in the bucket that both specifications give them, whose upper bound they are', () => {
  // OpenTelemetry at scale 0: 1 is in (1/2, 1], of index -1. Prometheus: the upper limit of index 0 is base^0 = 1.
  const buckets = recorded([1])
  assert.deepEqual(toOpenTelemetry(buckets).positive, { offset: -1, bucketCounts: [1] })
  assert.deepEqual(toNativeHistogram(buckets)?.positiveSpans, [{ offset: 0, length: 1 }])
  const [two] = [recorded([2])]
  assert.deepEqual(toOpenTelemetry(two).positive, { offset: 31, bucketCounts: [1] })
  assert.deepEqual(toNativeHistogram(two)?.positiveSpans, [{ offset: 32, length: 1 }])
})

test('The smallest and the largest number keep their buckets, and what is below the threshold is in the zero bucket', () => {
  const buckets = recorded([0, 5e-324, 2 ** -1022 - 2 ** -1074, 2 ** -1022])
  const native = toNativeHistogram(buckets)
  assert.deepEqual(native?.positiveSpans, [{ offset: -1022 * 32, length: 1 }])
  assert.deepEqual([native?.zeroCount, toOpenTelemetry(buckets).zeroCount], [3, 3])
  assert((native?.zeroThreshold ?? 0) === 2 ** -1022 - 2 ** -1074)
  // The index of the bucket that holds the largest number is 1024 * 2^schema in the specification.
  assert.deepEqual(toNativeHistogram(recorded([Number.MAX_VALUE]))?.positiveSpans, [{ offset: 1024 * 32, length: 1 }])
})

test('Scales outside of those of Prometheus are joined to its finest, or have no native histogram', () => {
  const fine = { scale: 10, zero: 0, offset: -1, counts: [1, 2, 3, 4, 5] }
  // Of scale 10, four neighbours are one bucket of scale 8: -1; 0 to 3.
  assert.deepEqual(toNativeHistogram(fine), {
    schema: 8,
    zeroThreshold: 2 ** -1022 - 2 ** -1074,
    zeroCount: 0,
    positiveSpans: [{ offset: 0, length: 2 }],
    positiveDeltas: [1, 13],
  })
  assert.equal(toNativeHistogram({ scale: -5, zero: 1, offset: 0, counts: [1] }), undefined)
  assert.deepEqual(toNativeHistogram({ scale: 5, zero: 0, offset: 0, counts: [] })?.positiveSpans, [])
})

describe('Converting loses nothing:', () => {
  const buckets: fc.Arbitrary<ExponentialBuckets> = fc.record({
    scale: fc.integer({ min: -4, max: 8 }),
    zero: fc.nat(),
    offset: fc.integer({ min: -40_000, max: 40_000 }),
    counts: fc.array(fc.oneof({ arbitrary: fc.constant(0), weight: 2 }, { arbitrary: fc.nat(2 ** 40), weight: 1 }), {
      maxLength: 60,
    }),
  })

  test('to OpenTelemetry and to Prometheus and back, bucket by bucket.', () => {
    const property = fc.property(buckets, (given) => {
      const native = toNativeHistogram(given) ?? assert.fail('no native histogram')
      const other = toOpenTelemetry(given)
      assert.deepEqual(
        [fromNative(native), native.zeroCount, native.schema],
        [countsOf(given), given.zero, given.scale],
      )
      assert.deepEqual(
        [fromOpenTelemetry(other), other.zeroCount, other.scale],
        [countsOf(given), given.zero, given.scale],
      )
    })
    fc.assert(property, { numRuns: 500 })
  })

  test('each value is within the bounds that the specifications give to its bucket.', () => {
    const property = fc.property(fc.double({ min: 2 ** -1022, max: 1e308, noNaN: true }), (value) => {
      const given = recorded([value])
      const base = 2 ** (2 ** -given.scale)
      const [index = Number.NaN] = Object.keys(fromOpenTelemetry(toOpenTelemetry(given))).map(Number)
      assert(exponentialBound(index, 5) < value && value <= exponentialBound(index + 1, 5))
      const { offset = Number.NaN } = toNativeHistogram(given)?.positiveSpans[0] ?? {}
      // The logarithm is inexact, the index is not.
      const place = Math.log2(value) / Math.log2(base)
      assert(offset - 1 < place + 1e-9 * Math.abs(place) && place <= offset + 1e-9 * Math.abs(place))
    })
    fc.assert(property, { numRuns: 500 })
  })

  test('the sum of parts has the buckets of the whole.', () => {
    const values = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-9, max: 1e9, noNaN: true })), {
      maxLength: 100,
    })
    const property = fc.property(fc.array(values, { minLength: 1, maxLength: 4 }), (parts) => {
      const snapshots = parts.map((part) => {
        const registry = new Registry()
        const histogram = registry.histogram('h')
        for (const value of part) histogram.record(value)
        return registry.read()
      })
      const merged = distributionOf(mergeSnapshots(snapshots), 'h').buckets as ExponentialBuckets
      const whole = recorded(parts.flat())
      assert.deepEqual(merged, whole)
      assert.deepEqual(toNativeHistogram(merged), toNativeHistogram(whole))
    })
    fc.assert(property, { numRuns: 200 })
  })
})
