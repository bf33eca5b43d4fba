import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'

test('A gauge is set, and goes up and down', () => {
  const gauge = new Registry().gauge('queue')
  assert.equal(gauge.value, 0)
  gauge.set(10)
  gauge.inc()
  gauge.dec()
  gauge.dec()
  gauge.add(-2.5)
  gauge.inc(4)
  gauge.dec(3)
  assert.equal(gauge.value, 7.5)
})

test('A gauge keeps its value when it is given nonsense, and the nonsense is counted', () => {
  const registry = new Registry()
  const gauge = registry.gauge('queue')
  gauge.set(4)
  const nonsense = [Number.NaN, Number.NEGATIVE_INFINITY, '5', null, undefined, {}, 5n, Symbol('x')]
  for (const value of nonsense) {
    gauge.set(value as number)
    gauge.add(value as number)
    // Undefined stands for 1 here.
    if (value !== undefined) gauge.inc(value as number)
    if (value !== undefined) gauge.dec(value as number)
  }
  assert.equal(gauge.value, 4)
  const rejected = registry.read().families.find(({ name }) => name === 'plimsoll.rejected')
  assert.deepEqual(rejected?.series, [{ labels: { family: 'queue', reason: 'value' }, value: 4 * nonsense.length - 2 }])
})

test('A gauge says how it aggregates: by sum, unless declared otherwise', () => {
  const registry = new Registry()
  registry.gauge('a')
  registry.gauge('b', { aggregation: 'max' })
  const ways = registry.read().families.map((family) => family.kind === 'gauge' && family.aggregation)
  assert.deepEqual(ways, ['sum', 'max'])
})
