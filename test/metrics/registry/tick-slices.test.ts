import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { type Gauge, type Meter, publish, Registry } from 'plimsoll'
import { readPage } from 'plimsoll/page'
import type { DistributionSeries, MeterSeries, Snapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'

const dir = mkdtempSync(join(tmpdir(), 'plimsoll-slices-'))
after(() => rmSync(dir, { recursive: true }))

/** Each look at it takes half a millisecond: a slice is over after two. */
class BusyClock extends ManualClock {
  isBusy = false

  override now(): number {
    if (this.isBusy) this.advance(0.0005)
    return super.now()
  }

  peek(): number {
    return super.now()
  }
}

const labels = ['n'] as const
const names = Array.from({ length: 200 }, (_, n) => ({ n: String(n) }))

function seriesOf<Series>({ families }: Snapshot, name: string): readonly Series[] {
  const { series } = families.find((family) => family.name === name) ?? assert.fail(`no ${name}`)
  return series as readonly Series[]
}

/** A registry with 200 meters and 200 timers, and what records ten times a second into each as time goes on. */
function begin() {
  const clock = new BusyClock()
  const registry = new Registry({ clock })
  const meters = names.map((name) => registry.meter('marks', { labels }).labels(name))
  const timers = names.map((name) => registry.timer('runs', { labels }).labels(name))
  let recordedTo = clock.peek()
  clock.isBusy = true
  const pass = (seconds: number): void => {
    clock.advance(seconds)
    const marks = (clock.peek() - recordedTo) / 100
    recordedTo = clock.peek()
    for (const meter of meters) meter.mark(marks)
    for (const timer of timers) for (let i = 0; i < Math.round(seconds * 10); i++) timer.record(0.1)
  }
  return { clock, registry, meters, timers, pass }
}

function assertTen(meters: readonly Meter[], what: string): void {
  for (const { rates } of meters) {
    const { m1 = 0, m5 = 0, m15 = 0 } = rates ?? {}
    for (const rate of [m1, m5, m15]) assert.ok(Math.abs(rate - 10) < 0.02, `${rate} a second ${what}`)
  }
}

test('Rates are right however long a tick takes and whatever lies between its slices', () => {
  const pauses = fc.array(fc.double({ min: 0, max: 4, noNaN: true }), { minLength: 1, maxLength: 20 })
  const jumps = fc.array(fc.constantFrom(0, 0, 3600, -3600), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(pauses, jumps, (waits, sets) => {
      const { clock, registry, meters, pass } = begin()
      let paused = 0
      let isUnderWay = false
      for (let tick = 0; tick < 12; tick++) {
        pass(5)
        if (tick > 3 && !isUnderWay) clock.setUnixTime(clock.unixTime() + (sets[tick % sets.length] as number))
        registry.ticks.begin()
        isUnderWay = true
        // Each fourth tick has not come to its end when the next one is due.
        for (let slice = 0; isUnderWay && (tick % 4 !== 3 || slice < 3); slice++) {
          isUnderWay = registry.ticks.runSlice()
          pass(waits[paused++ % waits.length] as number)
        }
        if (tick > 4 && !isUnderWay) assertTen(meters, `after tick ${tick}`)
      }
      assert.ok(paused > 24)
    }),
    { numRuns: 20 },
  )
})

test('A slice ends when a millisecond is over, and a tick by hand ends what is under way and then does all at once', () => {
  const { registry, meters, timers, pass } = begin()
  pass(5)
  registry.ticks.begin()
  let slices = 1
  while (registry.ticks.runSlice()) slices++
  assert.ok(slices >= 5, `${slices} slices of 400 series`)
  pass(5)
  registry.ticks.begin()
  assert.equal(registry.ticks.runSlice(), true)
  registry.tick()
  assertTen(meters, 'after a tick by hand')
  assert.equal(registry.ticks.runSlice(), false)
  for (const timer of timers) assert.equal(timer.snapshot().recent?.['1m']?.count, 100)
})

test('Between two slices a registry may be published, moved and closed, and series and families may come and go', () => {
  const { registry, meters, timers, pass } = begin()
  const steps: readonly (() => void)[] = [
    () => registry.meter('marks', { labels }).remove({ n: '150' }),
    () => registry.meter('marks', { labels }).labels({ n: 'new' }).mark(),
    () => assert.ok(publish({ registry, dir, app: 'slices' }).file),
    () => registry.timer('runs', { labels }).remove({ n: '199' }),
    () => publish({ registry, dir, app: 'slices' }).close(),
    () => registry.timer('more', { labels }).labels({ n: '1' }).record(1),
    () => assert.ok(publish({ registry, dir, app: 'slices' }).file),
    () => registry.remove('more'),
  ]
  let step = 0
  for (let tick = 0; tick < 30; tick++) {
    pass(5)
    registry.ticks.begin()
    while (registry.ticks.runSlice()) {
      steps[step++]?.()
      pass(0.01)
    }
  }
  assert.ok(step > steps.length)
  assertTen(
    meters.filter((_, n) => n !== 150),
    'at the end',
  )
  const publication = publish({ registry, dir, app: 'slices' })
  const page = readPage(publication.file ?? assert.fail())
  assert.equal(seriesOf<MeterSeries>(page, 'marks').length, 200)
  const runs = seriesOf<DistributionSeries>(page, 'runs')
  assert.equal(runs.length, 199)
  assert.ok(runs.every(({ count }) => count === 1500))
  for (const { recent } of seriesOf<DistributionSeries>(registry.read(), 'runs')) {
    const { seconds = 0, count = 0 } = recent?.['1m'] ?? {}
    assert.ok(Math.abs(count - 10 * seconds) < 100, `${count} in ${seconds} seconds`)
  }
  assert.equal(timers[0]?.count, 1500)
  publication.close()
})

test('Series expire in slices, and those that a function of the app removes meanwhile are gone once', () => {
  const clock = new BusyClock()
  const registry = new Registry({ clock })
  const counters = registry.counter('hits', { labels, expireAfterSeconds: 7 })
  for (const name of names) counters.labels(name).inc()
  const gauges = registry.gauge('queue', { labels, expireAfterSeconds: 7 })
  for (const name of names) gauges.labels(name).set(1)
  let removes: Gauge | undefined
  for (let tick = 0; tick < 4; tick++) {
    clock.advance(5)
    removes?.dec()
    registry.ticks.begin()
    while (registry.ticks.runSlice());
    if (tick === 1) {
      removes = gauges.labels({ n: 'removes' })
      removes.observe(() => {
        for (const { n } of names) if (Number(n) % 3 === 0) gauges.remove({ n })
        return 1
      })
    }
  }
  assert.equal(gauges.seriesCount, 1)
  const hits = seriesOf<{ value: number }>(registry.read(), 'hits')
  assert.deepEqual(hits, [{ labels: { evicted: 'true' }, value: 200 }])
})

test('A function of the app that ticks its registry by hand, while it is asked for a value, changes nothing', () => {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const gauge = registry.gauge('queue')
  let calls = 0
  gauge.observe(() => {
    registry.tick()
    return ++calls
  })
  registry.tick()
  registry.tick()
  assert.equal(gauge.value, calls)
  assert.equal(calls, 3)
})

test('A registry goes on with its tick by itself, and keeps no process alive for it', async (t) => {
  const { setTimeout } = globalThis
  // The seconds between two ticks are left out.
  const wait = (call: () => void, ms: number): NodeJS.Timeout => setTimeout(call, ms > 1000 ? 1 : ms)
  t.mock.method(globalThis, 'setTimeout', wait as typeof setTimeout)
  const registry = new Registry()
  const timers = Array.from({ length: 2000 }, (_, n) => registry.timer('runs', { labels }).labels({ n }))
  for (const timer of timers) for (let exponent = -30; exponent < 30; exponent++) timer.record(2 ** exponent)
  while (timers[0]?.rates === undefined) await new Promise(setImmediate)
  assert.equal(timers.at(-1)?.rates, undefined)
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((name) => name === 'Timeout'),
    [],
  )
  // A tick that does not go on runs into the time limit of tests.
  while (timers.at(-1)?.rates === undefined) await new Promise(setImmediate)
})
