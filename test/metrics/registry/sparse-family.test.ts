import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Counter, Histogram } from 'plimsoll'
import { mergeSnapshots, type Snapshot } from 'plimsoll/snapshot'
import { createTestRegistry, type TestRegistry } from 'plimsoll/testing'
import type { Metric } from '#src/metrics/registry/metric.ts'
import type { SparseFamily } from '#src/metrics/registry/sparse-family.ts'

function sparse<M extends Metric>(
  { registry }: TestRegistry,
  kind: 'counter' | 'histogram',
  options = {},
): SparseFamily<M> {
  return registry.declareAs(kind, 'orders', { labels: [], ...options }, { sparse: true }) as unknown as SparseFamily<M>
}

function seriesOf({ families }: Snapshot): readonly object[] {
  return families.find(({ name }) => name === 'orders')?.series ?? []
}

const one = { labels: { 'shop.zone': 'a' }, value: 3 }

test('A label that is added is one that the series so far do not have, here and in a page', () => {
  const testing = createTestRegistry()
  const orders = sparse<Counter>(testing, 'counter')
  const page = testing.publish()
  assert.equal(orders.addLabels(['shop.zone']), true)
  const zoned = orders.seriesOf(['a'])
  zoned.add(2)
  const before = page.read()
  assert.equal(orders.addLabels(['paid', 'to']), true)
  orders.seriesOf(['', 'true', '']).inc()
  zoned.inc()
  assert.equal(orders.seriesOf(['a', '', '']), zoned)
  const expected = [one, { labels: { paid: 'true' }, value: 1 }]
  for (const read of [testing.registry.read(), page.read()]) assert.deepEqual(seriesOf(read), expected)
  assert.deepEqual(seriesOf(before), [{ ...one, value: 2 }])
  assert.deepEqual(orders.labelNames, ['shop.zone', 'paid', 'to'])
})

test('Series of processes that know other labels add up', () => {
  const narrow = createTestRegistry()
  const wide = createTestRegistry()
  const few = sparse<Counter>(narrow, 'counter')
  const many = sparse<Counter>(wide, 'counter')
  few.addLabels(['shop.zone'])
  few.seriesOf(['a']).add(3)
  many.addLabels(['paid', 'shop.zone'])
  many.seriesOf(['', 'a']).add(4)
  const pages = [narrow.publish(), wide.publish()]
  assert.deepEqual(seriesOf(mergeSnapshots(pages.map((page) => page.read()))), [{ ...one, value: 7 }])
})

test('Buckets, recent windows and the overflow series stay where they are when a label is added', () => {
  const testing = createTestRegistry()
  const sizes = sparse<Histogram>(testing, 'histogram', { maxSeries: 1, exemplars: true })
  const page = testing.publish()
  sizes.addLabels(['zone'])
  sizes.seriesOf(['a']).recordWithExemplar(3, { trace_id: '4bf9' })
  sizes.seriesOf(['b']).record(100)
  testing.advance(60)
  const before = seriesOf(page.read())
  assert.equal(before.length, 2)
  sizes.addLabels(['paid'])
  assert.deepEqual(seriesOf(page.read()), before)
  assert.deepEqual(seriesOf(testing.registry.read()), before)
  sizes.seriesOf(['a', '']).record(5)
  testing.advance(60)
  assert.deepEqual(seriesOf(page.read()), seriesOf(testing.registry.read()))
})

test('Where a page has no room for another label, the family and its series stay as they are', () => {
  const testing = createTestRegistry()
  const orders = sparse<Counter>(testing, 'counter', { maxSeries: 100_000 })
  const page = testing.publish({ maxBytes: 65_536 })
  orders.addLabels(['id'])
  const first = orders.seriesOf(['first'])
  for (let i = 0; page.error === undefined; i++) orders.seriesOf([`${i} ${'long'.repeat(100)}`])
  let added = 0
  while (added < 60 && orders.addLabels([`more_${added}`])) added++
  assert.ok(added < 60)
  first.add(3)
  const found = seriesOf(page.read()).find((series) => JSON.stringify(series).includes('first'))
  assert.deepEqual(found, { labels: { id: 'first' }, value: 3 })
  assert.equal(orders.seriesOf(['first', ...Array.from({ length: added }, () => '')]), first)
})

test('A family has at most 64 labels', () => {
  const orders = sparse<Counter>(createTestRegistry(), 'counter')
  assert.equal(orders.addLabels(Array.from({ length: 64 }, (_, i) => `label_${i}`)), true)
  assert.equal(orders.addLabels(['one_more']), false)
  assert.equal(orders.labelNames.length, 64)
})

test('Series that are removed together are gone from the page, and are new ones when they come back', () => {
  const testing = createTestRegistry()
  const orders = sparse<Counter>(testing, 'counter')
  const page = testing.publish()
  orders.addLabels(['shop.zone'])
  const [a, b] = [orders.seriesOf(['a']), orders.seriesOf(['b'])]
  a.add(3)
  b.add(4)
  orders.removeSeries(new Set([b]))
  b.add(5)
  assert.deepEqual(seriesOf(page.read()), [one])
  orders.seriesOf(['b']).add(1)
  assert.deepEqual(seriesOf(page.read()), [one, { labels: { 'shop.zone': 'b' }, value: 1 }])
})
