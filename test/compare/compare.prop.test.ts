import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Registry } from 'plimsoll'
import { type ComparisonResult, type Computation, compare } from 'plimsoll/compare'
import type { Snapshot } from 'plimsoll/snapshot'

const routes = ['/', '/x', '/y']

/** What each source counted: one number a route. */
const counted = fc.dictionary(
  fc.constantFrom('web-1', 'web-2', 'web-10', 'db'),
  fc.dictionary(fc.constantFrom(...routes), fc.integer({ min: 0, max: 1e9 }), { minKeys: 1, noNullPrototype: true }),
  { minKeys: 1, noNullPrototype: true },
)
type Counted = Readonly<Record<string, Readonly<Record<string, number>>>>

function countersOf(given: Counted): Map<string, Snapshot> {
  return new Map(
    Object.entries(given).map(([source, values]) => {
      const registry = new Registry()
      const hits = registry.counter('hits', { labels: ['route'] })
      for (const [route, value] of Object.entries(values)) hits.labels({ route }).add(value)
      return [source, registry.read()]
    }),
  )
}

function ask(snapshots: Map<string, Snapshot>, compute: Computation, rest: object = {}): ComparisonResult[] {
  return [...compare(snapshots, [{ metric: 'hits', compute, ...rest }]).results]
}

test('sums, averages, extremes and orders are those of a loop over all sources', () => {
  fc.assert(
    fc.property(counted, (given: Counted) => {
      const snapshots = countersOf(given)
      const totals = Object.entries(given).map(([source, values]) => {
        return { source, value: Object.values(values).reduce((sum, value) => sum + value, 0) }
      })
      const values = totals.map(({ value }) => value)
      const total = values.reduce((sum, value) => sum + value, 0)
      const [sum, average, min, max] = (['sum', 'average', 'min', 'max'] as const).map(
        (compute) => ask(snapshots, compute)[0] as ComparisonResult & { value: number; source: string },
      )
      assert.equal(sum?.value, total)
      assert.equal(sum?.sources, totals.length)
      assert.ok(Math.abs((average?.value ?? Number.NaN) - total / values.length) <= 1e-9 * total)
      assert.equal(min?.value, Math.min(...values))
      assert.equal(max?.value, Math.max(...values))
      for (const one of [min, max]) assert.equal(totals.find(({ source }) => source === one?.source)?.value, one?.value)
      const [sorted] = ask(snapshots, 'sorted')
      const ordered = sorted?.compute === 'sorted' ? sorted.values : []
      assert.deepEqual(
        ordered.map(({ value }) => value),
        [...values].sort((a, b) => b - a),
      )
      assert.deepEqual(new Set(ordered.map(({ source }) => source)), new Set(Object.keys(given)))
      const [inverse] = ask(snapshots, 'inverse')
      for (const { value, sources } of inverse?.compute === 'inverse' ? inverse.values : []) {
        assert.deepEqual(
          new Set(sources),
          new Set(totals.filter((one) => one.value === value).map(({ source }) => source)),
        )
      }
    }),
  )
})

test('results that keep a label apart are those of a filter for each of its values, and add up to the whole', () => {
  fc.assert(
    fc.property(counted, (given: Counted) => {
      const snapshots = countersOf(given)
      const apart = ask(snapshots, 'sum', { by: ['route'] }) as (ComparisonResult & { value: number })[]
      const filtered = routes.flatMap((route) => ask(snapshots, 'sum', { metric: `hits{route="${route}"}` }))
      assert.deepEqual(apart, filtered)
      const [whole] = ask(snapshots, 'sum') as (ComparisonResult & { value: number })[]
      assert.equal(
        apart.reduce((sum, { value }) => sum + value, 0),
        whole?.value,
      )
    }),
  )
})

test('quantiles over sources are within a bucket of those of all values together', () => {
  const values = fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(
      fc.array(values, { minLength: 1, maxLength: 5 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (given, q) => {
        const snapshots = new Map(
          given.map((list, i): [string, Snapshot] => {
            const registry = new Registry()
            const histogram = registry.histogram('hits')
            for (const value of list) histogram.record(value)
            return [`web-${i}`, registry.read()]
          }),
        )
        const all = given.flat().sort((a, b) => a - b)
        const [result] = ask(snapshots, 'quantiles', { quantiles: [q] })
        assert.ok(result?.compute === 'quantiles')
        assert.equal(result.count, all.length)
        assert.equal(result.sources, given.length)
        const exact = all[Math.max(1, Math.ceil(q * all.length * (1 - Number.EPSILON))) - 1] ?? Number.NaN
        assert.ok(Math.abs((result.quantiles[0]?.value ?? Number.NaN) - exact) <= 0.011 * exact)
      },
    ),
  )
})
