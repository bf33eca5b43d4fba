import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Gauge, publish, Registry } from 'plimsoll'
import { readPage } from 'plimsoll/page'
import type { Extremes, Windows } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'

interface Manual {
  readonly clock: ManualClock
  readonly registry: Registry
  readonly gauge: Gauge
}

function manualGauge(): Manual {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  return { clock, registry, gauge: registry.gauge('queue', { extremes: true }) }
}

/** Lets time pass, with a tick every 5 seconds. */
function pass({ clock, registry }: Omit<Manual, 'gauge'>, seconds: number): void {
  for (let passed = 0; passed < seconds; passed += 5) {
    clock.advance(5)
    registry.tick()
  }
}

/** Smallest and largest value of the last minute and the last five. */
function ranges({ gauge }: Manual): unknown {
  const { extremes = {} } = gauge.snapshot()
  return Object.fromEntries(Object.entries(extremes).map(([name, { min, max }]) => [name, [min, max]]))
}

test('A gauge has no extremes before it is set, and then its value, not the 0 before it', () => {
  const manual = manualGauge()
  pass(manual, 30)
  assert.deepEqual(manual.gauge.snapshot(), { value: 0 })
  manual.gauge.set(7)
  assert.deepEqual(ranges(manual), { '1m': [7, 7], '5m': [7, 7] })
})

test('Extremes are those of the last minute and of the last five, the value that stands included', () => {
  const manual = manualGauge()
  const { gauge } = manual
  gauge.set(5)
  gauge.set(-100)
  gauge.set(100)
  gauge.set(5)
  pass(manual, 60)
  gauge.add(1)
  assert.deepEqual(ranges(manual), { '1m': [-100, 100], '5m': [-100, 100] })
  pass(manual, 15)
  assert.deepEqual(ranges(manual), { '1m': [5, 6], '5m': [-100, 100] })
  pass(manual, 225)
  assert.deepEqual(ranges(manual), { '1m': [6, 6], '5m': [-100, 100] })
  pass(manual, 15)
  assert.deepEqual(ranges(manual), { '1m': [6, 6], '5m': [5, 6] })
  pass(manual, 600)
  assert.deepEqual(ranges(manual), { '1m': [6, 6], '5m': [6, 6] })
})

test('Extremes say what time they cover', () => {
  const manual = manualGauge()
  const seconds = (): unknown => {
    const { extremes } = manual.gauge.snapshot()
    return [extremes?.['1m']?.seconds, extremes?.['5m']?.seconds]
  }
  manual.gauge.set(1)
  manual.clock.advance(3)
  assert.deepEqual(seconds(), [3, 3])
  pass(manual, 60)
  assert.deepEqual(seconds(), [63, 63])
  pass(manual, 500)
  const [minute, five] = seconds() as number[]
  assert.ok((minute ?? 0) >= 60 && (minute ?? 0) < 70 && (five ?? 0) >= 300 && (five ?? 0) < 310, `${minute} ${five}`)
})

test('Whoever reads takes nothing from who reads after', () => {
  const manual = manualGauge()
  manual.gauge.set(9)
  manual.gauge.set(1)
  const first = ranges(manual)
  assert.deepEqual(ranges(manual), first)
  assert.deepEqual(first, { '1m': [1, 9], '5m': [1, 9] })
})

test('A value that stood while the event loop was blocked counts, and no time is missing', () => {
  const manual = manualGauge()
  manual.gauge.set(3)
  pass(manual, 300)
  manual.gauge.set(8)
  manual.clock.advance(30)
  manual.gauge.set(4)
  assert.deepEqual(ranges(manual), { '1m': [3, 8], '5m': [3, 8] })
  manual.registry.tick()
  pass(manual, 45)
  assert.deepEqual(ranges(manual), { '1m': [3, 8], '5m': [3, 8] })
  pass(manual, 30)
  assert.deepEqual(ranges(manual), { '1m': [4, 4], '5m': [3, 8] })
})

test('After an hour of suspension the window still has the value that stood', () => {
  const manual = manualGauge()
  manual.gauge.set(3)
  pass(manual, 300)
  manual.clock.advance(3600)
  assert.deepEqual(ranges(manual), { '1m': [3, 3], '5m': [3, 3] })
  manual.registry.tick()
  manual.gauge.set(4)
  assert.deepEqual(ranges(manual), { '1m': [3, 4], '5m': [3, 4] })
  pass(manual, 75)
  assert.deepEqual(ranges(manual), { '1m': [4, 4], '5m': [3, 4] })
})

test('A gauge that is made after the clock was set, and before a tick has noticed, has extremes as any other', () => {
  for (const seconds of [3600, -3600]) {
    const clock = new ManualClock()
    const registry = new Registry({ clock })
    pass({ clock, registry }, 60)
    clock.setUnixTime(clock.unixTime() + seconds)
    clock.advance(2)
    const manual = { clock, registry, gauge: registry.gauge('queue', { extremes: true }) }
    manual.gauge.set(5)
    clock.advance(3)
    registry.tick()
    assert.deepEqual(manual.gauge.snapshot().extremes?.['1m'], { seconds: 3, min: 5, max: 5 })
    manual.gauge.set(1)
    pass(manual, 75)
    assert.deepEqual(ranges(manual), { '1m': [1, 1], '5m': [1, 5] })
  }
})

describe('A clock that is set takes no extremes away and keeps none for too long', () => {
  for (const seconds of [3600, -3600, -30, 30]) {
    test(`when it is set by ${seconds} seconds.`, () => {
      const manual = manualGauge()
      const { clock, gauge } = manual
      gauge.set(10)
      pass(manual, 30)
      gauge.set(5)
      clock.setUnixTime(clock.unixTime() + seconds)
      for (const { seconds: covered } of Object.values(gauge.snapshot().extremes ?? {})) assert.ok(covered >= 0)
      pass(manual, 25)
      assert.deepEqual(ranges(manual), { '1m': [5, 10], '5m': [5, 10] })
      pass(manual, 50)
      assert.deepEqual(ranges(manual), { '1m': [5, 5], '5m': [5, 10] })
      pass(manual, 260)
      assert.deepEqual(ranges(manual), { '1m': [5, 5], '5m': [5, 5] })
    })
  }
})

test('Extremes of an int that the last one counts of are kept, too', () => {
  const clock = new ManualClock(1000)
  const gauge = new Registry({ clock }).gauge('queue', { extremes: true, aggregation: 'last', type: 'int' })
  gauge.set(5)
  gauge.set(2.5)
  gauge.dec(3)
  const covered = { seconds: 0, min: 2, max: 5 }
  assert.deepEqual(gauge.snapshot(), { value: 2, setAt: 1000, extremes: { '1m': covered, '5m': covered } })
})

test('Extremes are read from the page as from the registry, also when the writer is gone', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-extremes-'))
  t.after(() => rmSync(dir, { recursive: true, maxRetries: 10 }))
  const manual = manualGauge()
  manual.gauge.set(3)
  const publication = publish({ registry: manual.registry, dir })
  const file = publication.file ?? assert.fail(publication.error)
  const fromPage = (): Windows<Extremes> | undefined => {
    const family = readPage(file, { clock: manual.clock }).families.find(({ name }) => name === 'queue')
    assert(family?.kind === 'gauge')
    return family.series[0]?.extremes
  }
  pass(manual, 20)
  manual.gauge.set(9)
  manual.gauge.set(4)
  pass(manual, 20)
  assert.deepEqual(fromPage(), manual.gauge.snapshot().extremes)
  assert.deepEqual(ranges(manual), { '1m': [3, 9], '5m': [3, 9] })
  publication.close()
  const left = fromPage()
  assert.deepEqual(left, manual.gauge.snapshot().extremes)
  pass(manual, 600)
  assert.deepEqual(fromPage(), left)
})

test('A gauge that comes to be between a clock that is set and the next tick is no older than it is', () => {
  for (const seconds of [86_400, -86_400]) {
    const clock = new ManualClock()
    const registry = new Registry({ clock })
    clock.advance(1)
    clock.setUnixTime(clock.unixTime() + seconds)
    const gauge = registry.gauge('queue', { extremes: true })
    gauge.set(3)
    for (let age = 1; age <= 2; age++) {
      clock.advance(1)
      assert.deepEqual(gauge.snapshot().extremes?.['1m'], { seconds: age, min: 3, max: 3 })
    }
    registry.tick()
    assert.deepEqual(gauge.snapshot().extremes?.['1m'], { seconds: 2, min: 3, max: 3 })
  }
})
