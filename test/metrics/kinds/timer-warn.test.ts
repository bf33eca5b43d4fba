import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PlimsollError, Registry, type SlowLog, type Timer } from 'plimsoll'
import { ManualClock } from 'plimsoll/testing'

function manualTimer(bounds?: readonly number[]): { registry: Registry; timer: Timer } {
  const registry = new Registry({ clock: new ManualClock() })
  return { registry, timer: registry.timer('query', bounds === undefined ? {} : { buckets: bounds }) }
}

function recordMany(timer: Timer, count: number, seconds: (i: number) => number = (i) => (i + 1) / count): void {
  for (let i = 0; i < count; i++) timer.record(seconds(i))
}

/** How often a callback of this registry failed. */
function failures(registry: Registry): unknown {
  const family = registry.read().families.find(({ name }) => name === 'plimsoll.failed')
  return family?.series
}

test('A timer calls back with a run that is slower than the quantile, and with the threshold', () => {
  const { timer } = manualTimer()
  recordMany(timer, 1000)
  const calls: (readonly number[])[] = []
  timer.warnAbove(0.9, (...given) => calls.push(given))
  timer.record(0.9)
  timer.record(1.5)
  timer.time(() => {})
  const [seconds, threshold] = calls[0] ?? []
  assert.deepEqual([calls.length, seconds], [1, 1.5])
  assert.ok((threshold ?? 0) >= 0.9 && (threshold ?? 1) <= 0.9 * 1.022, `${threshold}`)
})

test('A slow run is recorded like any other', () => {
  const { timer } = manualTimer()
  recordMany(timer, 100)
  timer.warnAbove(0.5, () => {})
  const before = timer.sum
  timer.record(7)
  assert.deepEqual([timer.count, timer.sum, timer.last], [101, before + 7, 7])
})

test('Nothing is slow before there are enough values, and not before a tick has looked at them', () => {
  const { registry, timer } = manualTimer()
  const calls = { often: 0, seldom: 0 }
  timer.warnAbove(0.5, () => calls.often++)
  timer.warnAbove(0.999, () => calls.seldom++)
  recordMany(timer, 99)
  registry.tick()
  timer.record(100)
  assert.deepEqual(calls, { often: 0, seldom: 0 })
  registry.tick()
  timer.record(101)
  assert.deepEqual(calls, { often: 1, seldom: 0 })
  recordMany(timer, 1000)
  registry.tick()
  timer.record(102)
  assert.deepEqual(calls, { often: calls.often, seldom: 1 })
})

test('The threshold follows the values, from tick to tick', () => {
  const { registry, timer } = manualTimer()
  recordMany(timer, 100, () => 1)
  let calls = 0
  timer.warnAbove(0.9, () => calls++)
  timer.record(2)
  assert.equal(calls, 1)
  recordMany(timer, 1000, () => 3)
  calls = 0
  registry.tick()
  timer.record(2)
  timer.record(3)
  assert.equal(calls, 0)
  timer.record(4)
  assert.equal(calls, 1)
})

test('Of many values within one bucket none is slow', () => {
  const { registry, timer } = manualTimer()
  let calls = 0
  recordMany(timer, 1000, (i) => 1.5 + i / 1e6)
  timer.warnAbove(0.5, () => calls++)
  recordMany(timer, 1000, (i) => 1.5 + i / 1e6)
  registry.tick()
  assert.equal(calls, 0)
})

test('A timer with bounds warns, too', () => {
  const { timer } = manualTimer([0.5, 1, 2])
  recordMany(timer, 1000)
  let calls = 0
  timer.warnAbove(0.99, () => calls++)
  for (const seconds of [0.1, 0.98, 1.01, 5]) timer.record(seconds)
  assert.equal(calls, 2)
})

test('What is no duration is refused and warns nobody', () => {
  const { registry, timer } = manualTimer()
  recordMany(timer, 100)
  let calls = 0
  timer.warnAbove(0.5, () => calls++)
  for (const seconds of [-1, Number.NaN, Number.POSITIVE_INFINITY, '9', null, 9n]) timer.record(seconds as number)
  assert.deepEqual([calls, timer.count], [0, 100])
  const rejected = registry.read().families.find(({ name }) => name === 'plimsoll.rejected')
  assert.deepEqual(rejected?.series, [{ labels: { family: 'query', reason: 'value' }, value: 6 }])
})

test('A callback that throws or rejects is counted, and nobody else hears of it', async () => {
  const { registry, timer } = manualTimer()
  recordMany(timer, 100)
  let after = 0
  const logs: SlowLog[] = [
    () => assert.fail('no'),
    () => Promise.reject(new Error('no')),
    async () => assert.fail('no'),
    // biome-ignore lint/suspicious/noThenProperty: what such a thing does is the matter
    () => ({ then: () => assert.fail('no') }),
    () => after++,
  ]
  for (const log of logs) timer.warnAbove(0.5, log)
  assert.equal(
    timer.time(() => 'done'),
    'done',
  )
  timer.record(7)
  await new Promise(setImmediate)
  assert.deepEqual([after, failures(registry)], [1, [{ labels: { family: 'query', reason: 'callback' }, value: 4 }]])
})

test('A callback that records slow runs itself is not called for them', () => {
  const { timer } = manualTimer()
  recordMany(timer, 100)
  let calls = 0
  timer.warnAbove(0.5, () => {
    calls++
    timer.record(9)
  })
  timer.record(7)
  timer.record(8)
  assert.deepEqual([calls, timer.count], [2, 104])
})

test('Warnings end when they are stopped, each for itself', () => {
  const { timer } = manualTimer()
  recordMany(timer, 100)
  const calls = { first: 0, second: 0 }
  const stop = timer.warnAbove(0.5, () => calls.first++)
  const stopSecond = timer.warnAbove(0.9, () => calls.second++)
  timer.record(7)
  stop()
  stop()
  timer.record(7)
  stopSecond()
  timer.record(7)
  assert.deepEqual(calls, { first: 1, second: 2 })
})

test('A warning above what is no quantile, or by what is no function, is refused', () => {
  const { timer } = manualTimer()
  const code = (given: () => unknown): string => {
    try {
      given()
    } catch (error) {
      if (error instanceof PlimsollError) return error.code
    }
    return 'none'
  }
  const wrong = [0, 1, 99, -0.5, Number.NaN, '0.9', undefined].map((q) => () => timer.warnAbove(q as number, () => {}))
  for (const given of [...wrong, () => timer.warnAbove(0.9, undefined as never)]) {
    assert.equal(code(given), 'PLIMSOLL_OPTION_INVALID')
  }
})
