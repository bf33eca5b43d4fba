import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import { ManualClock } from 'plimsoll/testing'

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

test('A gauge goes nowhere beyond all numbers, from where nothing would bring it back', () => {
  const registry = new Registry()
  for (const gauge of [registry.gauge('plain'), registry.gauge('tracked', { extremes: true })]) {
    gauge.set(1e308)
    gauge.add(1e308)
    gauge.dec(-1e308)
    assert.equal(gauge.value, 1e308)
    gauge.dec(3e307)
    assert.equal(gauge.value, 7e307)
  }
  const rejected = registry.read().families.find(({ name }) => name === 'plimsoll.rejected')
  assert.deepEqual(
    rejected?.series.map((series) => 'value' in series && series.value),
    [2, 2],
  )
})

test('A gauge says how it aggregates: by sum, unless declared otherwise', () => {
  const registry = new Registry()
  registry.gauge('a')
  registry.gauge('b', { aggregation: 'max' })
  const ways = registry.read().families.map((family) => family.kind === 'gauge' && family.aggregation)
  assert.deepEqual(ways, ['sum', 'max'])
})

test('An int takes whole numbers only, by whatever way, and counts the others', () => {
  const registry = new Registry()
  const threads = registry.gauge('threads', { type: 'int' })
  threads.set(4)
  threads.inc()
  threads.dec(2)
  threads.add(-5)
  threads.value += 1
  assert.equal(threads.value, -1)
  for (const value of [0.5, Number.NaN, Number.POSITIVE_INFINITY, {}, '5', null]) {
    threads.set(value as number)
    threads.add(value as number)
    threads.inc(value as number)
    threads.dec(value as number)
  }
  assert.equal(threads.value, -1)
  assert.equal(rejectedOf(registry), 24)
})

test('A bool takes true and false, and 1 and 0 for them', () => {
  const registry = new Registry()
  const open = registry.gauge('open', { type: 'bool' })
  const seen: number[] = []
  for (const value of [true, false, 1, 0]) {
    open.set(value)
    seen.push(open.value)
  }
  open.inc()
  seen.push(open.value)
  assert.deepEqual(seen, [1, 0, 1, 0, 1])
  open.inc()
  for (const value of [2, -1, 0.5, Number.NaN, 'true', null]) open.set(value as number)
  assert.equal(open.value, 1)
  assert.equal(rejectedOf(registry), 7)
})

test('To a gauge of any type, true and false are 1 and 0', () => {
  const registry = new Registry()
  for (const options of [{}, { type: 'int' }, { aggregation: 'last' }, { extremes: true }] as const) {
    const gauge = registry.gauge(`g${Object.keys(options).join()}`, options)
    gauge.set(true)
    assert.equal(gauge.value, 1)
    gauge.set(false)
    assert.equal(gauge.value, 0)
  }
  assert.equal(rejectedOf(registry), 0)
})

test('A gauge of which the last one counts tells when it was set', () => {
  const clock = new ManualClock(1000)
  const gauge = new Registry({ clock }).gauge('queue', { aggregation: 'last' })
  assert.deepEqual(gauge.snapshot(), { value: 0, setAt: 0 })
  gauge.set(5)
  clock.advance(2)
  assert.deepEqual(gauge.snapshot(), { value: 5, setAt: 1000 })
  gauge.inc()
  assert.deepEqual(gauge.snapshot(), { value: 6, setAt: 1002 })
  clock.advance(2)
  gauge.set(Number.NaN)
  assert.deepEqual(gauge.snapshot(), { value: 6, setAt: 1002 })
})

test('A gauge tells its value as plain data', () => {
  const gauge = new Registry().gauge('queue', { labels: ['name'] }).labels({ name: 'mails' })
  gauge.set(5)
  assert.deepEqual(gauge.snapshot(), { value: 5 })
})

/** How many values were rejected, over all families. */
function rejectedOf(registry: Registry): number {
  const family = registry.read().families.find(({ name }) => name === 'plimsoll.rejected')
  return family?.kind === 'counter' ? family.series.reduce((sum, { value }) => sum + value, 0) : 0
}

test('A gauge whose processes are kept apart by the label "process" has no label of that name', () => {
  const registry = new Registry()
  const labels = ['pool', 'process']
  assert.throws(() => registry.gauge('free', { aggregation: 'process', labels }), {
    code: 'PLIMSOLL_OPTION_INVALID',
    message:
      'Invalid labels for gauge "free": ["pool","process"]. Expected an array of at most 64 label names other than "process", which the aggregation "process" adds.',
  })
  registry.gauge('free', { labels }).labels({ pool: 'db', process: 'import' }).set(1)
  registry.gauge('used', { aggregation: 'process', labels: ['pool', 'pid'] })
})
