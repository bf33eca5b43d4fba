import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Registry } from 'plimsoll'
import type { DistributionSeries, FamilySnapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { Counter } from '#src/metrics/kinds/counter.ts'
import { Meter } from '#src/metrics/kinds/meter.ts'

const labels = ['to'] as const
const evicted = { evicted: 'true' }

interface Sea {
  readonly registry: Registry
  readonly clock: ManualClock
  /** Lets so many seconds pass, with a tick every five. */
  pass(seconds: number): void
}

function sea(): Sea {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const pass = (seconds: number): void => {
    for (let i = 0; i < seconds; i += 5) {
      clock.advance(5)
      registry.tick()
    }
  }
  return { registry, clock, pass }
}

function seriesOf(registry: Registry, name: string): FamilySnapshot['series'] {
  return registry.read().families.find((family) => family.name === name)?.series ?? assert.fail(name)
}

test('A series that is idle for too long is gone, and what it counted stays in one that is marked', () => {
  const { registry, pass } = sea()
  const calls = registry.counter('calls', { labels, expireAfterSeconds: 20 })
  calls.labels({ to: 'crew' }).add(3)
  calls.labels({ to: 'cook' }).add(4)
  for (let i = 0; i < 5; i++) {
    pass(5)
    calls.labels({ to: 'cook' }).inc()
  }
  assert.deepEqual(seriesOf(registry, 'calls'), [
    { labels: { to: 'cook' }, value: 9 },
    { labels: evicted, value: 3 },
  ])
  pass(25)
  assert.deepEqual([calls.seriesCount, seriesOf(registry, 'calls')], [0, [{ labels: evicted, value: 12 }]])
})

test('A series is not gone before its time', () => {
  const { registry, pass } = sea()
  const calls = registry.counter('calls', { labels, expireAfterSeconds: 20 })
  calls.labels({ to: 'crew' }).add(3)
  pass(20)
  assert.equal(calls.seriesCount, 1)
  pass(5)
  assert.equal(calls.seriesCount, 0)
})

test('Counts of all kinds stay exact through any number of evictions, and what was kept goes on counting', () => {
  const { registry, pass } = sea()
  const options = { labels, expireAfterSeconds: 10 }
  const families = {
    counter: registry.counter('counter', options),
    meter: registry.meter('meter', options),
    histogram: registry.histogram('histogram', options),
    bounded: registry.histogram('bounded', { ...options, buckets: [1, 10, 100] }),
    timer: registry.timer('timer', options),
    average: registry.average('average', options),
    rolling: registry.average('rolling', { ...options, window: { values: 10 } }),
    timed: registry.average('timed', { ...options, window: { seconds: 60 } }),
  }
  const same = new Registry()
  const whole = {
    histogram: same.histogram('histogram'),
    bounded: same.histogram('bounded', { buckets: [1, 10, 100] }),
    timer: same.timer('timer'),
  }
  let n = 0
  let sum = 0
  const kept: (() => void)[] = []
  for (let round = 0; round < 30; round++) {
    const to = `${round}`
    const handles = Object.values(families).map((family) => family.labels({ to }))
    const record = (): void => {
      const value = 2 ** ((n * 7) % 23) / 8
      n++
      sum += value
      for (const handle of handles) {
        if (handle instanceof Meter) handle.mark()
        else if (handle instanceof Counter) handle.inc()
        else handle.record(value)
      }
      for (const histogram of Object.values(whole)) histogram.record(value)
    }
    record()
    kept.push(record)
    for (const again of kept.filter((_, i) => i % 3 === round % 3)) again()
    pass(5)
  }
  pass(15)
  for (const again of kept) again()
  for (const name of ['counter', 'meter']) {
    const [series] = seriesOf(registry, name)
    assert.deepEqual(series && 'value' in series && [series.labels, series.value], [evicted, n], name)
  }
  for (const name of ['average', 'rolling', 'timed']) {
    const [series] = seriesOf(registry, name)
    assert.deepEqual(series && 'sum' in series && [series.labels, series.count, series.sum], [evicted, n, sum], name)
  }
  for (const name of ['histogram', 'bounded', 'timer']) {
    const [found, none] = seriesOf(registry, name) as DistributionSeries[]
    const [series] = seriesOf(same, name) as DistributionSeries[]
    assert(found !== undefined && series !== undefined && none === undefined)
    assert.deepEqual(found.buckets, series.buckets)
    const { count, sum, min, max } = found
    assert.deepEqual({ count, sum, min, max }, { count: n, sum: series.sum, min: series.min, max: series.max })
  }
})

test('Labels that were gone make a new series, and the kept metric of the old one does not count into it', () => {
  const { registry, pass } = sea()
  const calls = registry.counter('calls', { labels, expireAfterSeconds: 10 })
  const kept = calls.labels({ to: 'crew' })
  kept.inc()
  pass(15)
  kept.inc()
  calls.labels({ to: 'crew' }).add(10)
  kept.inc()
  assert.deepEqual(seriesOf(registry, 'calls'), [
    { labels: { to: 'crew' }, value: 10 },
    { labels: evicted, value: 3 },
  ])
})

test('Rates of what kept metrics count are those of the evicted series, without a burst for what was folded', () => {
  const { registry, pass } = sea()
  const marks = registry.meter('marks', { labels, expireAfterSeconds: 10 })
  const runs = registry.timer('runs', { labels, expireAfterSeconds: 10 })
  const mark = marks.labels({ to: 'crew' })
  const run = runs.labels({ to: 'crew' })
  mark.mark(1e6)
  for (let i = 0; i < 1000; i++) run.record(1)
  pass(15)
  for (let i = 0; i < 720; i++) {
    mark.mark(10)
    for (let k = 0; k < 10; k++) run.record(1)
    pass(5)
  }
  for (const name of ['marks', 'runs']) {
    const [series] = seriesOf(registry, name)
    assert(series !== undefined && 'rates' in series && series.rates !== undefined)
    assert(Math.abs(series.rates.m1 - 2) < 1e-6, `${name}: ${series.rates.m1}`)
    assert(Math.abs(series.rates.m15 - 2) < 0.2, `${name}: ${series.rates.m15}`)
  }
})

test('The seconds that evicted states spent stay; they are in none now', () => {
  const { registry, clock, pass } = sea()
  const pool = registry.state('pool', { labels, states: ['idle', 'busy'], expireAfterSeconds: 10 })
  pool.labels({ to: 'a' }).set('busy')
  pool.labels({ to: 'b' })
  clock.advance(100)
  pool.labels({ to: 'a' }).set('idle')
  pass(15)
  const gone = { labels: evicted, value: null, seconds: { idle: 130, busy: 100 }, processes: {}, users: 0 }
  assert.deepEqual(seriesOf(registry, 'pool'), [gone])
})

test('A clock that is set uses no state', () => {
  const { registry, clock, pass } = sea()
  const pool = registry.state('pool', { labels, states: ['idle', 'busy'], expireAfterSeconds: 20 })
  pool.labels({ to: 'crew' }).set('busy')
  pass(15)
  clock.setUnixTime(clock.unixTime() + 3600)
  pass(5)
  assert.equal(pool.seriesCount, 1)
  pass(5)
  assert.equal(pool.seriesCount, 0)
})

test('A state that is held is in use', () => {
  const { registry, pass } = sea()
  const pool = registry.state('pool', { labels, states: ['idle', 'busy'], expireAfterSeconds: 10 })
  const holder = pool.labels({ to: 'a' }).acquire('busy')
  pass(60)
  assert.equal(pool.seriesCount, 1)
  holder.release()
  pass(15)
  assert.equal(pool.seriesCount, 0)
})

test('A state, a text or a gauge that was kept is back when it is used again', () => {
  const { registry, clock, pass } = sea()
  const options = { labels, expireAfterSeconds: 10 }
  const pools = registry.state('pool', { ...options, states: ['idle', 'busy'] })
  const texts = registry.text('text', options)
  const gauges = registry.gauge('gauge', options)
  const tracked = registry.gauge('tracked', { ...options, aggregation: 'last', extremes: true })
  const pool = pools.labels({ to: 'a' })
  const text = texts.labels({ to: 'a' })
  const gauge = gauges.labels({ to: 'a' })
  const last = tracked.labels({ to: 'a' })
  pool.set('busy')
  text.set('Ahoy')
  gauge.set(5)
  last.set(6)
  pass(15)
  assert.deepEqual(
    ['text', 'gauge', 'tracked'].map((name) => seriesOf(registry, name)),
    [[], [], []],
  )
  clock.advance(1000)
  pool.set('busy')
  clock.advance(2)
  pool.set('idle')
  text.set('Land')
  gauge.inc()
  last.dec()
  const [now, gone] = seriesOf(registry, 'pool')
  assert.deepEqual(now, {
    labels: { to: 'a' },
    value: 'idle',
    seconds: { idle: 0, busy: 2 },
    processes: { idle: 1 },
    users: 0,
  })
  assert.deepEqual(gone && 'seconds' in gone && gone.seconds, { idle: 0, busy: 15 })
  assert.deepEqual(seriesOf(registry, 'text'), [{ labels: { to: 'a' }, value: 'Land' }])
  assert.deepEqual(seriesOf(registry, 'gauge'), [{ labels: { to: 'a' }, value: 6 }])
  const [series] = seriesOf(registry, 'tracked')
  assert.deepEqual(series && 'value' in series && series.value, 5)
})

test('Where another series has the labels by now, a metric that was kept stands for that one', () => {
  const { registry, pass } = sea()
  const gauges = registry.gauge('gauge', { labels, expireAfterSeconds: 10 })
  const kept = gauges.labels({ to: 'a' })
  kept.set(5)
  pass(15)
  gauges.labels({ to: 'a' }).set(7)
  kept.inc()
  assert.deepEqual(seriesOf(registry, 'gauge'), [{ labels: { to: 'a' }, value: 8 }])
  pass(15)
  kept.set(2)
  assert.deepEqual(seriesOf(registry, 'gauge'), [{ labels: { to: 'a' }, value: 2 }])
})

test('A gauge with an observer is in use, and so is one that is set to the same value again', () => {
  const { registry, pass } = sea()
  const gauges = registry.gauge('gauge', { labels, expireAfterSeconds: 10 })
  gauges.labels({ to: 'a' }).observe(() => 3)
  const same = gauges.labels({ to: 'b' })
  gauges.labels({ to: 'c' }).set(5)
  for (let i = 0; i < 4; i++) {
    same.set(4)
    pass(5)
  }
  assert.deepEqual(seriesOf(registry, 'gauge'), [
    { labels: { to: 'a' }, value: 3 },
    { labels: { to: 'b' }, value: 4 },
  ])
})

test('A process that stood still for an hour loses no series by that', () => {
  const { registry, clock, pass } = sea()
  const calls = registry.counter('calls', { labels, expireAfterSeconds: 60 })
  calls.labels({ to: 'crew' }).inc()
  pass(5)
  clock.advance(3600)
  registry.tick()
  assert.equal(calls.seriesCount, 1)
})

test('A gauge that goes at zero is not shown there, soon gone, and back when it is used again', () => {
  const { registry, pass } = sea()
  const users = registry.gauge('users', { labels, removeAtZero: true })
  const kept = users.labels({ to: 'a' })
  assert.deepEqual(seriesOf(registry, 'users'), [])
  kept.inc()
  assert.deepEqual(seriesOf(registry, 'users'), [{ labels: { to: 'a' }, value: 1 }])
  kept.dec()
  assert.deepEqual([users.seriesCount, seriesOf(registry, 'users')], [1, []])
  pass(10)
  assert.equal(users.seriesCount, 0)
  kept.add(2)
  assert.deepEqual([users.seriesCount, seriesOf(registry, 'users')], [1, [{ labels: { to: 'a' }, value: 2 }]])
  pass(60)
  assert.equal(users.seriesCount, 1)
})

test('Removal after eviction takes all that a family had, and metrics that were kept go on unseen', () => {
  const { registry, pass } = sea()
  const sizes = registry.histogram('sizes', { labels, expireAfterSeconds: 10 })
  const kept = sizes.labels({ to: 'a' })
  kept.record(1)
  pass(15)
  kept.record(2)
  sizes.clear()
  for (let i = 0; i < 20; i++) kept.record(2 ** i)
  assert.deepEqual(seriesOf(registry, 'sizes'), [])
  sizes.labels({ to: 'b' }).record(1)
  pass(15)
  assert.equal((seriesOf(registry, 'sizes') as DistributionSeries[])[0]?.count, 1)
})

test('Series come and go for ever in the memory of a few', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const { registry, pass } = sea()
  const sizes = registry.histogram('sizes', { labels, expireAfterSeconds: 5 })
  const users = registry.gauge('users', { labels, removeAtZero: true })
  const calls = registry.counter('calls', { labels })
  let made = 0
  const comeAndGo = async (count: number): Promise<number> => {
    for (let i = 0; i < count; i++) {
      const to = `${made++}`
      sizes.labels({ to }).record(i)
      users.labels({ to }).inc()
      users.labels({ to }).dec()
      calls.labels({ to }).inc()
      calls.remove({ to })
      if (i % 500 !== 0) continue
      pass(10)
      // What a weak reference was asked for stays until the event loop turns.
      await new Promise((resolve) => setImmediate(resolve))
    }
    pass(10)
    await new Promise((resolve) => setImmediate(resolve))
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const before = await comeAndGo(3000)
  const grown = (await comeAndGo(10_000)) - before
  assert(grown < 1e6, `${grown} bytes more after 10,000 series`)
  assert.deepEqual([sizes.seriesCount, users.seriesCount, calls.seriesCount], [0, 0, 0])
  assert.equal((seriesOf(registry, 'sizes') as DistributionSeries[])[0]?.count, 13_000)
})

for (const [what, options] of Object.entries({
  'is no number': { labels: ['a'], expireAfterSeconds: '60' },
  'is zero': { labels: ['a'], expireAfterSeconds: 0 },
  'is infinite': { labels: ['a'], expireAfterSeconds: Number.POSITIVE_INFINITY },
  'stands where there are no labels': { expireAfterSeconds: 60 },
})) {
  test(`An expireAfterSeconds that ${what} is refused`, () => {
    const registry = new Registry()
    assert.throws(() => registry.counter('calls', options as object), { code: 'PLIMSOLL_OPTION_INVALID' })
  })
}

test('A gauge without labels cannot go at zero', () => {
  const options: object = { removeAtZero: true }
  assert.throws(() => new Registry().gauge('users', options), { code: 'PLIMSOLL_OPTION_INVALID' })
})
