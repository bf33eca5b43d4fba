import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DistributionSeries } from 'plimsoll/snapshot'
import { recentRate, standardDeviation } from 'plimsoll/snapshot'
import { recordedExponential } from '../../support/recorded.ts'

/** From the values one by one, scaled down so that no square is infinite. */
function exactDeviation(values: readonly number[]): number {
  const largest = Math.max(...values.map(Math.abs), Number.MIN_VALUE)
  const shares = values.map((value) => value / largest)
  const mean = shares.reduce((sum, value) => sum + value, 0) / shares.length
  return largest * Math.sqrt(shares.reduce((sum, value) => sum + (value - mean) ** 2, 0) / shares.length)
}

function rootMeanSquare(values: readonly number[]): number {
  const largest = Math.max(...values, Number.MIN_VALUE)
  return largest * Math.sqrt(values.reduce((sum, value) => sum + (value / largest) ** 2, 0) / values.length)
}

test('At scale 5 the standard deviation is within 1.09 % of the root mean square from the exact one', () => {
  const value = fc.oneof(
    fc.constant(0),
    fc.double({ min: 1e-290, max: 1e290, noNaN: true }),
    fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
    fc.double({ min: 99, max: 101, noNaN: true }),
  )
  const property = fc.property(fc.array(value, { minLength: 1, maxLength: 100 }), (values) => {
    const estimate = standardDeviation(recordedExponential(values, 5)) ?? Number.NaN
    const exact = exactDeviation(values)
    assert.ok(Math.abs(estimate - exact) <= 0.0109 * rootMeanSquare(values) * (1 + 1e-9), `${estimate} for ${exact}`)
  })
  fc.assert(property, { numRuns: 1000 })
})

test('With given bounds the standard deviation is within half a bucket of the exact one', () => {
  const bounds = [-10, 0, 10, 20, 30]
  const property = fc.property(
    fc.array(fc.double({ min: -20, max: 40, noNaN: true }), { minLength: 1, maxLength: 100 }),
    (values) => {
      const placeOf = (x: number): number => bounds.filter((bound) => bound < x).length
      const counts = [...bounds, Infinity].map((_, i) => values.filter((x) => placeOf(x) === i).length)
      const sum = values.reduce((total, x) => total + x, 0)
      const series: DistributionSeries = {
        labels: {},
        count: values.length,
        sum,
        min: Math.min(...values),
        max: Math.max(...values),
        buckets: { bounds, counts },
      }
      const estimate = standardDeviation(series) ?? Number.NaN
      assert.ok(Math.abs(estimate - exactDeviation(values)) <= 5 + 1e-9, `${estimate}`)
    },
  )
  fc.assert(property, { numRuns: 500 })
})

test('A value counts as the middle of its bucket, which ends at the smallest and largest value', () => {
  const buckets = { bounds: [0, 10], counts: [0, 4, 1] }
  const estimate = standardDeviation({ count: 5, sum: 45, min: 2, max: 25, buckets }) ?? Number.NaN
  assert.ok(Math.abs(estimate - Math.sqrt((4 * (6 - 9) ** 2 + (17.5 - 9) ** 2) / 5)) < 1e-12)
})

test('Without values there is no deviation, of equal values none, and over no time no rate', () => {
  assert.equal(standardDeviation(recordedExponential([], 5)), undefined)
  assert.equal(standardDeviation(recordedExponential([3, 3, 3], 5)), 0)
  const { buckets } = recordedExponential([1, 2, 3], 5)
  assert.equal(recentRate({ seconds: 60, count: 3, sum: 6, buckets }), 0.05)
  assert.equal(recentRate({ seconds: 0, count: 3, sum: 6, buckets }), undefined)
})
