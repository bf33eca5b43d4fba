import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'

const nonsense = [
  -1,
  -0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '5',
  null,
  undefined,
  {},
  [],
  5n,
  Symbol('x'),
  () => 1,
]

test('A counter adds whole and broken amounts, and one', () => {
  const counter = new Registry().counter('mails')
  counter.inc()
  counter.inc(2)
  counter.add(2.5)
  counter.add(0)
  assert.equal(counter.value, 5.5)
})

test('A counter takes nothing but amounts of 0 or more, throws for none, and counts what it refused', () => {
  const registry = new Registry()
  const counter = registry.counter('mails')
  counter.add(1)
  for (const amount of nonsense) counter.add(amount as number)
  counter.inc(-1)
  counter.inc('1' as never)
  assert.equal(counter.value, 1)
  const rejected = registry.read().families.find(({ name }) => name === 'plimsoll.rejected')
  assert.deepEqual(rejected?.series, [{ labels: { family: 'mails', reason: 'value' }, value: nonsense.length + 2 }])
})

test('Counters count exactly up to 2^53', () => {
  const counter = new Registry().counter('bytes')
  counter.add(2 ** 53 - 2)
  counter.inc()
  assert.equal(counter.value, Number.MAX_SAFE_INTEGER)
})
