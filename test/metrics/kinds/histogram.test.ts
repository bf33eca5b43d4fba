import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import type { DistributionSeries } from 'plimsoll/snapshot'

function only(registry: Registry, name: string): DistributionSeries {
  const family = registry.read().families.find((candidate) => candidate.name === name)
  assert(family?.kind === 'histogram' || family?.kind === 'timer')
  assert.equal(family.series.length, 1)
  return family.series[0] as DistributionSeries
}

test('An exponential histogram puts powers of two at the upper end of the octave below', () => {
  const registry = new Registry()
  const histogram = registry.histogram('size')
  for (const value of [1, 2, 2.0001, 4]) histogram.record(value)
  const counts = new Array<number>(65).fill(0)
  counts[0] = 1
  counts[32] = 1
  counts[33] = 1
  counts[64] = 1
  assert.deepEqual(only(registry, 'size'), {
    labels: {},
    count: 4,
    sum: 9.0001,
    min: 1,
    max: 4,
    buckets: { scale: 5, zero: 0, offset: -1, counts },
  })
})

test('A histogram without values has neither minimum nor maximum', () => {
  const registry = new Registry()
  registry.histogram('size')
  registry.histogram('given', { buckets: [1] })
  assert.deepEqual(only(registry, 'size'), {
    labels: {},
    count: 0,
    sum: 0,
    buckets: { scale: 5, zero: 0, offset: 0, counts: [] },
  })
  assert.deepEqual(only(registry, 'given'), { labels: {}, count: 0, sum: 0, buckets: { bounds: [1], counts: [0, 0] } })
})

test('A histogram tells its mean and quantiles itself, as a timer does', () => {
  const registry = new Registry()
  const [exponential, explicit] = [registry.histogram('size'), registry.histogram('given', { buckets: [1, 3, 4] })]
  for (const histogram of [exponential, explicit]) {
    assert.deepEqual([histogram.mean, histogram.quantile(0.5)], [undefined, undefined])
    for (const value of [1, 3, 3, 3, 4]) histogram.record(value)
    assert.equal(histogram.mean, 2.8)
    assert.equal(histogram.quantile(0), 1)
    assert.equal(histogram.quantile(1), 4)
    assert.throws(() => histogram.quantile(99), { code: 'PLIMSOLL_OPTION_INVALID' })
  }
  const median = exponential.quantile(0.5) ?? 0
  assert(Math.abs(median - 3) <= 0.011 * 3, `${median}`)
})

test('Zero and numbers too small for 53 bits count as zero', () => {
  const registry = new Registry()
  const histogram = registry.histogram('size')
  for (const value of [0, -0, 5e-324, 2 ** -1023]) histogram.record(value)
  histogram.record(2 ** -1022)
  assert.deepEqual(only(registry, 'size').buckets, { scale: 5, zero: 4, offset: -1022 * 32 - 1, counts: [1] })
})

test('The largest number has a bucket, the last of its octave', () => {
  const registry = new Registry()
  registry.histogram('size').record(Number.MAX_VALUE)
  assert.deepEqual(only(registry, 'size').buckets, { scale: 5, zero: 0, offset: 1023 * 32 + 31, counts: [1] })
})

test('Values further apart than 128 octaves are told at a lower scale, none lost', () => {
  const registry = new Registry()
  const histogram = registry.histogram('size')
  for (let exponent = -1000; exponent <= 1000; exponent++) histogram.record(2 ** exponent)
  const { count, buckets } = only(registry, 'size')
  assert.equal(count, 2001)
  assert('scale' in buckets)
  assert.equal(buckets.scale, 1)
  assert.equal(buckets.counts.length, 4001)
})

test('A few values within 128 octaves keep the full resolution, however far apart they are', () => {
  const registry = new Registry()
  const histogram = registry.histogram('size')
  for (const value of [1e-9, 1, 1e9]) histogram.record(value)
  const { count, buckets } = only(registry, 'size')
  assert.equal(count, 3)
  assert('scale' in buckets)
  assert.equal(buckets.scale, 5)
})

test('An exponential histogram refuses what is negative or no number, and counts it', () => {
  const registry = new Registry()
  const histogram = registry.histogram('size')
  const nonsense = [-1, Number.NaN, Number.POSITIVE_INFINITY, '5', null, undefined, {}, 5n, Symbol('x')]
  for (const value of nonsense) histogram.record(value as number)
  assert.equal(histogram.count, 0)
  assert.equal(histogram.sum, 0)
  const rejected = registry.read().families.find(({ name }) => name === 'plimsoll.rejected')
  assert.deepEqual(rejected?.series, [{ labels: { family: 'size', reason: 'value' }, value: nonsense.length }])
})

test('An explicit histogram has inclusive upper bounds, takes negative values, and one bucket for the rest', () => {
  const registry = new Registry()
  const histogram = registry.histogram('celsius', { buckets: [-10, 0, 10] })
  for (const value of [-11, -10, -9, 0, 0.5, 10, 11, 1e9]) histogram.record(value)
  for (const value of [Number.NaN, Number.NEGATIVE_INFINITY, '3', 3n]) histogram.record(value as number)
  assert.deepEqual(only(registry, 'celsius'), {
    labels: {},
    count: 8,
    sum: 1e9 - 8.5,
    min: -11,
    max: 1e9,
    buckets: { bounds: [-10, 0, 10], counts: [2, 2, 2, 2] },
  })
})

test('An explicit histogram with many bounds finds its buckets as one with few does', () => {
  const registry = new Registry()
  const bounds = Array.from({ length: 1000 }, (_, i) => i * 2)
  const histogram = registry.histogram('many', { buckets: bounds })
  for (let value = -1; value <= 1999; value++) histogram.record(value)
  const { counts } = only(registry, 'many').buckets
  assert.deepEqual(counts, [2, ...new Array<number>(999).fill(2), 1])
})
