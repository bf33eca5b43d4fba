import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Registry } from 'plimsoll'
import { exponentialBound } from '#src/snapshot/buckets/buckets.ts'

test('Every value lies in its exponential bucket: above the lower bound, at most at the upper one', () => {
  const values = fc.double({ min: 2 ** -1022, max: Number.MAX_VALUE, noNaN: true })
  const near = fc
    .tuple(fc.integer({ min: -200, max: 200 }), fc.integer({ min: -2, max: 2 }))
    .map(([index, steps]) => exponentialBound(index, 5) * (1 + steps * Number.EPSILON))
  fc.assert(
    fc.property(fc.oneof(values, near), (value) => {
      const registry = new Registry()
      registry.histogram('h').record(value)
      const [family] = registry.read().families
      assert(family?.kind === 'histogram')
      const buckets = family.series[0]?.buckets
      assert(buckets !== undefined && 'scale' in buckets)
      assert.deepEqual([buckets.scale, buckets.counts], [5, [1]])
      const lower = exponentialBound(buckets.offset, 5)
      const upper = exponentialBound(buckets.offset + 1, 5)
      // One unit in the last place: a bound is irrational, and its two ways to a float64 may differ by that.
      const slack = 1 + 2 * Number.EPSILON
      assert(lower < value * slack && value <= upper * slack, `${lower} < ${value} <= ${upper}`)
    }),
    { numRuns: 2000 },
  )
})

test('Explicit buckets agree with counting by hand', () => {
  const bounds = fc.uniqueArray(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 })
  const values = fc.array(fc.double({ min: -2e6, max: 2e6, noNaN: true }), { maxLength: 50 })
  fc.assert(
    fc.property(bounds, values, (unsorted, recorded) => {
      const sorted = [...new Set(unsorted.map((bound) => bound + 0))].sort((a, b) => a - b)
      const registry = new Registry()
      const histogram = registry.histogram('h', { buckets: sorted })
      for (const value of recorded) histogram.record(value)
      const [family] = registry.read().families
      assert(family?.kind === 'histogram')
      const below = [...sorted, Number.POSITIVE_INFINITY].map((bound) => recorded.filter((v) => v <= bound).length)
      const expected = below.map((count, i) => count - (i === 0 ? 0 : (below[i - 1] as number)))
      assert.deepEqual(family.series[0]?.buckets, { bounds: sorted, counts: expected })
    }),
  )
})
