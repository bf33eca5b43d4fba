import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { FamilySnapshot, Labels } from 'plimsoll/snapshot'
import { isExplicit } from 'plimsoll/snapshot'
import { wellFormedValue } from '#src/formats/well-formed.ts'
import { oddSnapshot } from '../../support/arbitraries.ts'
import { attributesOf, metricsOf, type OtlpMessage, parseOtlpJson, pointsOf } from '../../support/otlp.ts'
import { bytesOf, decoded, one } from '../../support/otlp-requests.ts'

test('At most maxBuckets buckets are left, with the same counts', () => {
  const property = fc.property(
    fc.array(fc.nat(9), { maxLength: 300 }),
    fc.integer({ min: -500, max: 500 }),
    fc.integer({ min: 1, max: 200 }),
    (counts, offset, maxBuckets) => {
      const count = counts.reduce((sum, n) => sum + n, 0)
      const series = [{ labels: {}, count, sum: 1, buckets: { scale: 5, zero: 0, offset, counts } }]
      const [metric] = metricsOf(decoded(one({ kind: 'timer', series }), { maxBuckets }))
      const [point] = pointsOf(metric as OtlpMessage)
      const { scale, positive = {} } = point as {
        scale: number
        positive?: { offset?: number; bucketCounts?: string[] }
      }
      const { bucketCounts = [], offset: first = 0 } = positive
      assert.ok(bucketCounts.length <= maxBuckets)
      // No coarser than it must be.
      const used = counts.map((n, i) => ({ n, index: offset + i })).filter(({ n }) => n > 0)
      const at = (index: number, to: number): number => Math.floor(index / 2 ** (5 - to))
      const [low, high] = [used[0]?.index ?? 0, used.at(-1)?.index ?? 0]
      if (scale < 5) assert.ok(at(high, scale + 1) - at(low, scale + 1) >= maxBuckets)
      const expected = new Map<number, number>()
      for (const { n, index } of used) expected.set(at(index, scale), (expected.get(at(index, scale)) ?? 0) + n)
      const found = bucketCounts.map((n, i) => [first + i, Number(n)] as const).filter(([, n]) => n > 0)
      assert.deepEqual(new Map(found), expected)
    },
  )
  fc.assert(property, { numRuns: 200 })
})

test('JSON has the same content as protobuf, for any snapshot', () => {
  const property = fc.property(oddSnapshot, fc.boolean(), (snapshot, rates) => {
    const options = { rates, resource: { 'service.name': '\ud800', n: 1.5 } }
    assert.deepEqual(parseOtlpJson(bytesOf(snapshot, { ...options, encoding: 'json' })), decoded(snapshot, options))
  })
  fc.assert(property, { numRuns: 300 })
})

/** What the main metric of a family must say, by the table of the documentation: type, and labels and value of each point. */
function expected(family: FamilySnapshot): [type: string, points: unknown[]] {
  switch (family.kind) {
    case 'counter':
    case 'meter':
      return ['sum', family.series.map(({ labels, value }) => [spelled(labels), value])]
    case 'gauge':
      return [
        family.upDownCounter ? 'sum' : 'gauge',
        family.series.map(({ labels, value }) => [spelled(labels), value]),
      ]
    case 'average':
      return ['histogram', family.series.map(({ labels, count, sum }) => [spelled(labels), count, sum])]
    case 'histogram':
    case 'timer': {
      const type = family.series.some(({ buckets }) => isExplicit(buckets)) ? 'histogram' : 'exponentialHistogram'
      return [type, family.series.map(({ labels, count, sum }) => [spelled(labels), count, sum])]
    }
    case 'info':
      return ['gauge', family.series.map(({ labels }) => [spelled(labels), 1])]
    case 'text':
      return ['gauge', family.series.map(({ labels, value }) => [spelled({ ...labels, value }), 1])]
    case 'state':
      return [
        'gauge',
        family.series.flatMap(({ labels, processes }) =>
          family.states.map((state) => [
            spelled({ ...labels, state }),
            Object.hasOwn(processes, state) ? processes[state] : 0,
          ]),
        ),
      ]
  }
}

function spelled(labels: Labels): object {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, wellFormedValue(value)]))
}

test('Each family of any snapshot is one metric of its kind, with all its series', () => {
  const property = fc.property(oddSnapshot, (snapshot) => {
    const byName = new Map(metricsOf(decoded(snapshot)).map((metric) => [metric['name'], metric]))
    for (const family of snapshot.families) {
      const metric = byName.get(wellFormedValue(family.name))
      const [type, points] = expected(family)
      if (points.length === 0) continue
      assert.ok(metric?.[type], `${family.kind} ${JSON.stringify(metric)}`)
      assert.deepEqual(
        pointsOf(metric as OtlpMessage).map((point) => {
          const { asDouble, asInt, count, sum } = point
          if (count !== undefined) return [attributesOf(point), Number(count), sum]
          return [attributesOf(point), Number(asDouble ?? asInt)]
        }),
        points,
      )
      assert.equal(metric?.['unit'] ?? '', family.kind === 'state' ? '' : wellFormedValue(family.unit))
    }
  })
  fc.assert(property, { numRuns: 300 })
})
