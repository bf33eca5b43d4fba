import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Buckets, DistributionSeries, MeterSeries, Recent } from 'plimsoll/snapshot'
import { GrowingBytes } from '#src/zeromq/growing-bytes.ts'
import { RecordReader, RecordWriter } from '#src/zeromq/records.ts'

const numRuns = Number(process.env.PLIMSOLL_FUZZ_CASES ?? 300)

/** As all that is compared with what was decoded. */
const plain = { noNullPrototype: true } as const
const number = fc.double({ noDefaultInfinity: true, noNaN: true })
const whole = fc.oneof(fc.constant(0), fc.nat(300), fc.nat(2 ** 43))
const rates = fc.record({ mean: number, m1: number, m5: number, m15: number }, plain)
const bounds = [0.1, 1, 10]

function buckets(areExplicit: boolean): fc.Arbitrary<Buckets> {
  if (areExplicit)
    return fc.record({ bounds: fc.constant(bounds), counts: fc.array(whole, { minLength: 4, maxLength: 4 }) }, plain)
  const counts = fc.array(whole, { maxLength: 200 })
  const scale = fc.integer({ min: 0, max: 8 })
  return fc.record({ scale, zero: whole, offset: fc.integer({ min: -20, max: 20 }), counts }, plain)
}

function totalOf(one: Buckets): number {
  return one.counts.reduce((sum, n) => sum + n, 'zero' in one ? one.zero : 0)
}

function distribution(areExplicit: boolean): fc.Arbitrary<DistributionSeries> {
  const window: fc.Arbitrary<Recent> = fc
    .record({ seconds: number, sum: number, buckets: buckets(areExplicit) })
    .map(({ seconds, sum, buckets }) => ({ seconds, count: totalOf(buckets), sum, buckets }))
  const parts = fc.record({
    sum: number,
    extremes: fc.option(fc.record({ min: number, max: number }, plain), { nil: {} }),
    buckets: buckets(areExplicit),
    last: fc.option(fc.record({ last: number }), { nil: {} }),
    rates: fc.option(fc.record({ rates }), { nil: {} }),
    recent: fc.option(
      fc.record({ recent: fc.record({ '1m': window, '5m': window }, { requiredKeys: ['5m'], ...plain }) }),
      {
        nil: {},
      },
    ),
  })
  return parts.map(({ sum, extremes, buckets, last, rates, recent }) => {
    return { labels: {}, count: totalOf(buckets), sum, ...extremes, buckets, ...last, ...rates, ...recent }
  })
}

const timers = fc.array(
  fc.tuple(
    fc.constant('timer' as const),
    fc.boolean().chain((e) => fc.tuple(distribution(e), distribution(e))),
  ),
)
const meter: fc.Arbitrary<MeterSeries> = fc.record(
  { labels: fc.constant({}), value: number, rates },
  { requiredKeys: ['labels', 'value'], ...plain },
)
const meters = fc.array(fc.tuple(fc.constant('meter' as const), fc.tuple(meter, meter)))

test('Distributions and meters come out of their bytes as they were', () => {
  const property = fc.property(fc.tuple(timers, meters), (lists) => {
    const all = lists.flat()
    const bytes = new GrowingBytes()
    const writer = new RecordWriter(bytes)
    for (const [kind, [before, after]] of all) assert.ok(writer.write(kind, before, after))
    const reader = new RecordReader(bytes.written())
    for (const [kind, [before, after]] of all) assert.deepEqual(reader.read(kind, before), after)
    assert.ok(reader.isAtEnd)
  })
  fc.assert(property, { numRuns })
})

test('What bytes cannot say is left to be told as a whole, and nothing of it is written', () => {
  const like: DistributionSeries = {
    labels: {},
    count: 1,
    sum: 1,
    buckets: { scale: 5, zero: 0, offset: 0, counts: [1] },
  }
  const others: readonly DistributionSeries[] = [
    { ...like, sum: Number.NaN },
    { ...like, recent: {} },
    { ...like, min: 1 },
    { ...like, buckets: { ...like.buckets, counts: [0.5] } },
    { ...like, buckets: { ...like.buckets, counts: [-1] } },
    { ...like, buckets: { ...like.buckets, counts: new Array(5000).fill(1) } },
    { ...like, buckets: { bounds: [1], counts: [1, 0] } },
    { ...like, exemplars: [{ labels: {}, value: 1, time: 1 }] },
  ]
  const bytes = new GrowingBytes()
  const writer = new RecordWriter(bytes)
  for (const other of others) assert.equal(writer.write('histogram', like, other), false)
  assert.equal(writer.write('counter', { labels: {}, value: 1 }, { labels: {}, value: 2 }), false)
  assert.equal(bytes.length, 0)
})

test('A few bytes ask for no gigabytes, and any bytes give series or a RangeError', () => {
  const like: DistributionSeries = {
    labels: {},
    count: 0,
    sum: 0,
    buckets: { scale: 5, zero: 0, offset: 0, counts: [] },
  }
  const bytes = new GrowingBytes()
  const writer = new RecordWriter(bytes)
  const wide = { ...like, buckets: { scale: 5, zero: 0, offset: 0, counts: new Array(4096).fill(0) } }
  let written = 0
  while (written < 2000 && writer.write('timer', like, wide)) written++
  assert.equal(written, 1024)
  const many = Buffer.concat(Array.from({ length: 2 }, () => bytes.written()))
  const reader = new RecordReader(many)
  assert.throws(() => {
    for (let i = 0; i < 2048; i++) reader.read('timer', like)
  }, RangeError)
  const property = fc.property(
    fc.uint8Array({ maxLength: 100 }),
    fc.constantFrom('timer', 'meter', 'gauge'),
    (noise, kind) => {
      const reader = new RecordReader(noise)
      try {
        while (!reader.isAtEnd) reader.read(kind, like)
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error))
      }
    },
  )
  fc.assert(property, { numRuns })
})
