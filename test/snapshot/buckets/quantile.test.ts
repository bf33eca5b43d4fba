import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DistributionSeries } from 'plimsoll/snapshot'
import { quantile, quantiles } from 'plimsoll/snapshot'

const empty: DistributionSeries = {
  labels: {},
  count: 0,
  sum: 0,
  buckets: { scale: 5, zero: 0, offset: 0, counts: [] },
}
// 0, 0, then two values in (1, 2] and one in (2, 4].
const octaves: DistributionSeries = {
  labels: {},
  count: 5,
  sum: 6,
  min: 0,
  max: 3,
  buckets: { scale: 0, zero: 2, offset: 0, counts: [2, 1] },
}
const bounded: DistributionSeries = {
  labels: {},
  count: 10,
  sum: 100,
  min: 2,
  max: 50,
  buckets: { bounds: [4, 8, 16], counts: [2, 4, 0, 4] },
}

test('An empty series has no quantiles', () => {
  assert.deepEqual([quantile(empty, 0), quantile(empty, 0.5), quantile(empty, 1)], [undefined, undefined, undefined])
})

test('Exponential buckets answer with the middle of the bucket of the nearest rank, the zero bucket with 0', () => {
  const values = quantiles(octaves, [0, 0.4, 0.41, 0.8, 0.81, 1])
  assert.deepEqual(values, [0, 0, Math.SQRT2, Math.SQRT2, 2 * Math.SQRT2, 3])
})

test('A share that rounding made a bit larger does not reach into the next rank', () => {
  const thousand = { labels: {}, count: 1000, sum: 1999, min: 1, max: 1000, buckets: { bounds: [1], counts: [999, 1] } }
  const hundred = { labels: {}, count: 100, sum: 145, min: 1, max: 2, buckets: { bounds: [1], counts: [55, 45] } }
  assert.deepEqual([quantile(thousand, 99.9 / 100), quantile(hundred, 0.55)], [1, 1])
})

test('An estimate never leaves the range between the smallest and the largest value', () => {
  const narrow = { ...octaves, min: 1.9, max: 1.95 }
  assert.deepEqual(quantiles(narrow, [0, 0.5, 0.99, 1]), [1.9, 1.9, 1.95, 1.95])
})

test('Explicit buckets interpolate between their bounds, and from the minimum to the maximum', () => {
  assert.deepEqual(quantiles(bounded, [0, 0.1, 0.2, 0.4, 0.6, 0.7, 1]), [2, 3, 4, 6, 8, 24.5, 50])
})

test('Explicit buckets without a minimum begin at 0, and end at the last bound without a maximum', () => {
  const { min: _min, max: _max, ...bare } = bounded
  assert.deepEqual(quantiles(bare, [0, 0.1, 0.2, 0.7, 1]), [2, 2, 4, 16, 16])
})

test('A histogram whose list of bounds is empty still tells its range', () => {
  const one = { labels: {}, count: 2, sum: 8, min: 2, max: 6, buckets: { bounds: [], counts: [2] } }
  assert.deepEqual(quantiles(one, [0, 0.5, 1]), [2, 4, 6])
})

for (const q of [Number.NaN, -0.01, 1.01, Infinity]) {
  test(`The quantile ${q} is refused`, () => {
    const message = `Invalid q for quantile(): ${q}. Expected a number from 0 to 1, or several in ascending order.`
    assert.throws(() => quantile(octaves, q), { code: 'PLIMSOLL_OPTION_INVALID', message })
    assert.throws(() => quantile(empty, q), { code: 'PLIMSOLL_OPTION_INVALID', message })
  })
}

test('Several quantiles must ascend', () => {
  assert.throws(() => quantiles(octaves, [0.5, 0.4]), { code: 'PLIMSOLL_OPTION_INVALID' })
})
