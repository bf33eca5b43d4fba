import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Counter, Registry } from 'plimsoll'

const records = Number(process.env['PLIMSOLL_SOAK_VALUES'] ?? 1_000_000)

/** What is no value for any metric. */
const never: readonly unknown[] = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  '1',
  '',
  'much',
  {},
  [],
  [1],
  Object.create(null),
  { valueOf: () => 1 },
  {
    valueOf() {
      throw new Error('asked')
    },
  },
  { toString: () => '1' },
  new Date(),
  1n,
  -1n,
  undefined,
  null,
  true,
  false,
  Symbol('one'),
  Symbol.iterator,
  () => 1,
  Number,
  new Proxy({}, {}),
]

/** Each method that takes a value, with what it refuses besides. */
function methodsOf(registry: Registry) {
  const negative = [-1, -Number.MIN_VALUE, -1e300]
  const [c, g, h, e, t, te] = [
    registry.counter('c'),
    registry.gauge('g'),
    registry.histogram('h'),
    registry.histogram('e', { buckets: [0, 1, 2] }),
    registry.timer('t'),
    registry.timer('te', { buckets: [0, 1, 2] }),
  ]
  return [
    { family: 'c', bad: [...never, ...negative], call: (value: never) => c.add(value) },
    // True and false are 1 and 0 there.
    { family: 'g', bad: never.filter((value) => typeof value !== 'boolean'), call: (value: never) => g.set(value) },
    { family: 'g', bad: never, call: (value: never) => g.add(value) },
    { family: 'h', bad: [...never, ...negative], call: (value: never) => h.record(value) },
    { family: 'e', bad: never, call: (value: never) => e.record(value) },
    { family: 't', bad: [...never, ...negative], call: (value: never) => t.record(value) },
    { family: 'te', bad: never, call: (value: never) => te.record(value) },
  ]
}

test(`${records} values that are none throw nothing, change nothing, and are counted`, () => {
  const registry = new Registry()
  const methods = methodsOf(registry)
  for (const { call } of methods) call(2 as never)
  const values = () => registry.read().families.filter(({ name }) => !name.startsWith('plimsoll.'))
  const before = JSON.stringify(values())
  const refused = new Map<string, number>()
  for (let i = 0; i < records; ) {
    for (const { family, bad, call } of methods) {
      for (const value of bad) call(value as never)
      refused.set(family, (refused.get(family) ?? 0) + bad.length)
      i += bad.length
    }
  }
  assert.equal(JSON.stringify(values()), before)
  const rejected = registry.read().families.find(({ name }) => name === 'plimsoll.rejected')
  const expected = [...refused].map(([family, value]) => ({ labels: { family, reason: 'value' }, value }))
  assert.deepEqual(rejected?.series, expected)
})

test('good values between bad ones are all counted', () => {
  const registry = new Registry()
  const counter = registry.counter('c')
  const histogram = registry.histogram('h')
  for (let i = 0; i < 1000; i++) {
    for (const value of never) {
      counter.add(value as number)
      histogram.record(value as number)
      counter.add(1)
      histogram.record(0.5)
    }
  }
  assert.deepEqual([counter.value, histogram.count, histogram.sum], [25_000, 25_000, 12_500])
})

test('labels() throws nothing, whatever it is given, and each call gets a counter that counts, of a series where labels have names', () => {
  const registry = new Registry()
  const family = registry.counter('c', { labels: ['a', 'b'], maxSeries: 100 })
  const find = family.labels.bind(family) as (values?: unknown) => Counter
  const sets: unknown[] = [...never, 'a', 0, -1, { a: 'x' }, { a: 'x', b: 'y', c: 'z' }]
  for (const value of never) sets.push({ a: value, b: 'y' }, { a: 'x', b: value }, { a: value, b: value })
  for (let i = 0; i < 200; i++) sets.push({ a: `${i}`, b: '\ud800' })
  sets.push({ a: 'long'.repeat(1000), b: '' })
  for (const set of sets) {
    for (let i = 0; i < 20; i++) {
      const counter = find(set)
      const before = counter.value
      counter.inc()
      assert.equal(counter.value, before + 1)
    }
  }
  const named = sets.filter((set) => typeof set === 'object' && set !== null && !Array.isArray(set))
  const [first] = registry.read().families
  const series = first?.series as readonly { value: number }[]
  assert.equal(family.seriesCount, 100)
  assert.equal(
    series.reduce((sum, { value }) => sum + value, 0),
    named.length * 20,
  )
})
