import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry, type Timer } from 'plimsoll'
import { ManualClock } from 'plimsoll/testing'

function manualTimer(): { clock: ManualClock; registry: Registry; timer: Timer } {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  return { clock, registry, timer: registry.timer('query') }
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

test('A timer times whatever can be waited for, and gives back a promise of what it comes to', async () => {
  const { clock, timer } = manualTimer()
  const withoutFollowers = (told: number): PromiseLike<string> => ({
    // biome-ignore lint/suspicious/noThenProperty: builders of queries are such
    then(fulfilled) {
      clock.advance(2)
      for (let i = 0; i < told; i++) fulfilled?.('row')
      return undefined as never
    },
  })
  assert.equal(await timer.time(() => withoutFollowers(1)), 'row')
  assert.equal(await timer.time(() => withoutFollowers(2)), 'row')
  assert.deepEqual([timer.count, timer.sum], [2, 4])
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
  registry.timer('query', { buckets: [0.1, 1] }).record(0.5)
  const [family] = registry.read().families
  assert(family?.kind === 'timer')
  assert.deepEqual([family.unit, family.series[0]?.buckets], ['s', { bounds: [0.1, 1], counts: [0, 1, 0] }])
})

test('A duration below zero is refused, whatever the buckets', () => {
  const registry = new Registry()
  const timers = [registry.timer('exponential'), registry.timer('explicit', { buckets: [0.1, 1] })]
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

test('A stopwatch that is discarded records nothing, not even at the end of its block', () => {
  const { clock, timer } = manualTimer()
  {
    using stopwatch = timer.start()
    clock.advance(3)
    assert.equal(stopwatch.discard(), 3)
    clock.advance(1)
    assert.deepEqual([stopwatch.stop(), stopwatch.elapsed], [3, 3])
  }
  assert.equal(timer.count, 0)
})

test('A timer is read back in code', () => {
  const { timer } = manualTimer()
  assert.deepEqual([timer.count, timer.mean, timer.last, timer.quantile(0.5)], [0, undefined, undefined, undefined])
  for (const seconds of [1, 2, 6]) timer.record(seconds)
  assert.deepEqual([timer.count, timer.sum, timer.mean, timer.last], [3, 9, 3, 6])
  assert.deepEqual([timer.quantile(0), timer.quantile(1)], [1, 6])
  assert.ok(Math.abs((timer.quantile(0.5) ?? 0) - 2) < 0.022)
  const { count, sum, min, max, last } = timer.snapshot()
  assert.deepEqual([count, sum, min, max, last], [3, 9, 1, 6, 6])
})

test('A timer has the rates of a meter, and its last value, in a snapshot too', () => {
  const { clock, registry, timer } = manualTimer()
  for (let i = 0; i < 12; i++) {
    for (let n = 0; n < 10; n++) timer.record(n / 10)
    clock.advance(5)
    registry.tick()
  }
  assert.deepEqual(timer.rates, { mean: 2, m1: 2, m5: 2, m15: 2 })
  const [family] = registry.read().families
  assert(family?.kind === 'timer')
  assert.deepEqual([family.series[0]?.rates, family.series[0]?.last], [timer.rates, 0.9])
})

test('Rates of a timer fall while it is idle, and come back', () => {
  const { clock, registry, timer } = manualTimer()
  const pass = (ticks: number, each: number): void => {
    for (let i = 0; i < ticks; i++) {
      // All of the same length, and too short to be seen in the sum.
      for (let n = 0; n < each; n++) timer.record(0)
      clock.advance(5)
      registry.tick()
    }
  }
  pass(24, 5)
  assert.ok(Math.abs((timer.rates?.m1 ?? 0) - 1) < 1e-9)
  pass(12, 0)
  assert.ok(Math.abs((timer.rates?.m1 ?? 0) - Math.exp(-1)) < 1e-9)
  pass(120, 5)
  assert.ok(Math.abs((timer.rates?.m1 ?? 0) - 1) < 1e-3)
})
