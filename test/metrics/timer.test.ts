import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry, type Timer } from 'plimsoll'
import { ManualClock } from 'plimsoll/testing'

function manualTimer(): { clock: ManualClock; timer: Timer } {
  const clock = new ManualClock()
  return { clock, timer: new Registry({ clock }).timer('query') }
}

test('A timer records seconds that were measured elsewhere', () => {
  const { timer } = manualTimer()
  timer.record(0.25)
  timer.record(Number.NaN)
  assert.deepEqual([timer.count, timer.sum], [1, 0.25])
})

test('A timer times a function and gives its result back', () => {
  const { clock, timer } = manualTimer()
  const result = timer.time(() => {
    clock.advance(2)
    return 'done'
  })
  assert.deepEqual([result, timer.count, timer.sum], ['done', 1, 2])
})

test('A timer times a function that throws, and lets it throw', () => {
  const { clock, timer } = manualTimer()
  const failure = new Error('no connection')
  const query = (): void => {
    clock.advance(3)
    throw failure
  }
  assert.throws(() => timer.time(query), failure)
  assert.deepEqual([timer.count, timer.sum], [1, 3])
})

test('A timer times a promise until it is fulfilled', async () => {
  const { clock, timer } = manualTimer()
  const pending = timer.time(async () => {
    await Promise.resolve()
    clock.advance(4)
    return 7
  })
  assert.equal(timer.count, 0)
  assert.equal(await pending, 7)
  assert.deepEqual([timer.count, timer.sum], [1, 4])
})

test('A timer times a promise until it is rejected, and the rejection goes on', async () => {
  const { clock, timer } = manualTimer()
  const failure = new Error('no connection')
  const pending = timer.time(async () => {
    await Promise.resolve()
    clock.advance(5)
    throw failure
  })
  await assert.rejects(pending, failure)
  assert.deepEqual([timer.count, timer.sum], [1, 5])
})

test('A stopwatch shows the time that has passed, and records it once', () => {
  const { clock, timer } = manualTimer()
  const stopwatch = timer.start()
  clock.advance(1)
  assert.equal(stopwatch.elapsed, 1)
  clock.advance(1)
  assert.equal(stopwatch.stop(), 2)
  clock.advance(1)
  assert.deepEqual([stopwatch.stop(), stopwatch.elapsed, timer.count, timer.sum], [2, 2, 1, 2])
})

test('Setting the wall clock does not disturb a timer', () => {
  const { clock, timer } = manualTimer()
  timer.time(() => {
    clock.setUnixTime(0)
    clock.advance(1)
  })
  assert.equal(timer.sum, 1)
})

test('A timer may have bounds of its own, in seconds', () => {
  const registry = new Registry()
  registry.timer('query', { bounds: [0.1, 1] }).record(0.5)
  const [family] = registry.read().families
  assert(family?.kind === 'timer')
  assert.deepEqual([family.unit, family.series[0]?.buckets], ['s', { bounds: [0.1, 1], counts: [0, 1, 0] }])
})

test('A duration below zero is refused, whatever the buckets', () => {
  const registry = new Registry()
  const timers = [registry.timer('exponential'), registry.timer('explicit', { bounds: [0.1, 1] })]
  for (const timer of timers) timer.record(-5)
  assert.deepEqual(
    timers.map(({ count, sum }) => [count, sum]),
    [
      [0, 0],
      [0, 0],
    ],
  )
  const rejected = registry.read().families.find(({ name }) => name === 'plimsoll.rejected')
  assert.deepEqual(rejected?.series, [
    { labels: { family: 'exponential', reason: 'value' }, value: 1 },
    { labels: { family: 'explicit', reason: 'value' }, value: 1 },
  ])
})

test('A stopwatch that a block uses records at its end, also when that throws', () => {
  const { clock, timer } = manualTimer()
  const query = (): void => {
    using _stopwatch = timer.start()
    clock.advance(2)
    throw new Error('no connection')
  }
  assert.throws(query, { message: 'no connection' })
  assert.deepEqual([timer.count, timer.sum], [1, 2])
})
