import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { quantile } from 'plimsoll/snapshot'
import { recordedExponential } from '../../support/recorded.ts'

const value = fc.oneof(
  fc.constant(0),
  fc.double({ min: 1e-300, max: 1e300, noNaN: true }),
  fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
  fc.integer({ min: -20, max: 20 }).map((exponent) => 2 ** exponent),
)

test('At scale 5 a quantile is within 1.1 % of what an exact sort gives', () => {
  const property = fc.property(
    fc.array(value, { minLength: 1, maxLength: 200 }),
    fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.5, 0.75, 0.9, 0.99, 0.999, 1)),
    (values, q) => {
      const sorted = [...values].sort((a, b) => a - b)
      const exact = sorted[Math.max(1, Math.ceil(q * values.length * (1 - Number.EPSILON))) - 1] ?? Number.NaN
      const estimate = quantile(recordedExponential(values, 5), q) ?? Number.NaN
      assert.ok(Math.abs(estimate - exact) <= 0.011 * exact, `${estimate} for ${exact}`)
    },
  )
  fc.assert(property, { numRuns: 1000 })
})

test('A quantile of explicit buckets lies in the bucket of the exact one', () => {
  const bounds = [1, 5, 10, 50, 100]
  const property = fc.property(
    fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { minLength: 1, maxLength: 100 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (values, q) => {
      const placeOf = (x: number): number => bounds.filter((bound) => bound < x).length
      const counts = [...bounds, Infinity].map((_, i) => values.filter((x) => placeOf(x) === i).length)
      const sum = values.reduce((total, x) => total + x, 0)
      const [min, max] = [Math.min(...values), Math.max(...values)]
      const estimate = quantile({ count: values.length, sum, min, max, buckets: { bounds, counts } }, q) ?? Number.NaN
      const exact =
        values.sort((a, b) => a - b)[Math.max(1, Math.ceil(q * values.length * (1 - Number.EPSILON))) - 1] ?? Number.NaN
      const from = placeOf(exact) === 0 ? 0 : (bounds[placeOf(exact) - 1] ?? 0)
      assert.ok(estimate >= from && placeOf(estimate) <= placeOf(exact) && estimate >= min && estimate <= max)
    },
  )
  fc.assert(property, { numRuns: 500 })
})
