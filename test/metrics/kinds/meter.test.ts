import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Meter, Registry } from 'plimsoll'
import type { Rates } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'

interface Manual {
  readonly clock: ManualClock
  readonly registry: Registry
  readonly meter: Meter
}

function manualMeter(): Manual {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  return { clock, registry, meter: registry.meter('mails') }
}

/** Lets time pass, with a tick every 5 seconds. */
function pass({ clock, registry }: Manual, seconds: number, each = (): void => {}): void {
  for (let passed = 0; passed < seconds; passed += 5) {
    clock.advance(5)
    each()
    registry.tick()
  }
}

/** Rates must be finite, never negative, and never above what was there at most. */
function assertSane(rates: Rates | undefined, most: number): void {
  for (const rate of Object.values(rates ?? assert.fail('no rates'))) assert.ok(rate >= 0 && rate <= most, `${rate}`)
}

test('A meter counts one event, or as many as it is told, and nothing else', () => {
  const { registry, meter } = manualMeter()
  meter.mark()
  meter.mark(2.5)
  meter.mark(0)
  const nonsense = [-1, Number.NaN, Number.POSITIVE_INFINITY, '5', null, {}, 5n, Symbol('x')]
  for (const n of nonsense) meter.mark(n as number)
  assert.equal(meter.value, 3.5)
  const rejected = registry.read().families.find(({ name }) => name === 'plimsoll.rejected')
  assert.deepEqual(rejected?.series, [{ labels: { family: 'mails', reason: 'value' }, value: nonsense.length }])
})

/**
 * What Dropwizard's EWMATest expects, minute by minute: 3 events within the first 5 seconds, then none.
 * https://github.com/dropwizard/metrics/blob/80d37657/metrics-core/src/test/java/com/codahale/metrics/EWMATest.java
 */
const published = {
  m1: [
    0.6, 0.22072766, 0.08120117, 0.02987224, 0.01098938, 0.00404277, 0.00148725, 0.00054713, 0.00020128, 0.00007405,
    0.00002724, 0.00001002, 0.00000369, 0.00000136, 0.0000005, 0.00000018,
  ],
  m5: [
    0.6, 0.49123845, 0.40219203, 0.32928698, 0.26959738, 0.22072766, 0.18071653, 0.14795818, 0.12113791, 0.09917933,
    0.08120117, 0.0664819, 0.05443077, 0.04456415, 0.03648604, 0.02987224,
  ],
  m15: [
    0.6, 0.56130419, 0.52510399, 0.49123845, 0.459557, 0.42991879, 0.40219203, 0.37625345, 0.35198773, 0.32928698,
    0.30805027, 0.28818318, 0.26959738, 0.25221023, 0.23594443, 0.22072766,
  ],
}

describe('The averages of a meter are those that Dropwizard has published', () => {
  for (const window of ['m1', 'm5', 'm15'] as const) {
    test(`for ${window}.`, () => {
      const manual = manualMeter()
      manual.meter.mark(3)
      pass(manual, 5)
      for (const [minute, expected] of published[window].entries()) {
        if (minute > 0) pass(manual, 60)
        const found = manual.meter.rates?.[window] ?? assert.fail('no rates')
        assert.ok(Math.abs(found - expected) < 1e-8, `${found} after ${minute} minutes, not ${expected}`)
      }
    })
  }
})

test('A meter has no rates before the first tick, and the mean from the beginning on', () => {
  const manual = manualMeter()
  manual.meter.mark(30)
  assert.deepEqual(manual.meter.snapshot(), { value: 30 })
  pass(manual, 10)
  manual.clock.advance(5)
  assert.equal(manual.meter.rates?.mean, 2)
})

test('The rates of a steady stream are its rate, whenever the ticks come', () => {
  const { clock, registry, meter } = manualMeter()
  for (const seconds of [5, 5, 4.9, 30, 0.1, 3600, 5, 7]) {
    clock.advance(seconds)
    meter.mark(seconds * 4)
    registry.tick()
    for (const rate of Object.values(meter.rates ?? {})) assert.ok(Math.abs(rate - 4) < 1e-6, `${rate}`)
  }
})

test('A tick that comes late decays the averages by as much as those it stands for', () => {
  const [often, once] = [manualMeter(), manualMeter()]
  for (const manual of [often, once]) {
    manual.meter.mark(100)
    pass(manual, 5)
  }
  pass(often, 60)
  once.clock.advance(60)
  once.registry.tick()
  const [a, b] = [often.meter.rates, once.meter.rates]
  for (const name of ['mean', 'm1', 'm5', 'm15'] as const) {
    assert.ok(Math.abs((a?.[name] ?? 0) - (b?.[name] ?? 1)) < 1e-12)
  }
})

test('Who reads decays the averages further when no ticks come', () => {
  const [ticked, blocked] = [manualMeter(), manualMeter()]
  for (const manual of [ticked, blocked]) {
    manual.meter.mark(100)
    pass(manual, 5)
  }
  pass(ticked, 600)
  blocked.clock.advance(600)
  for (const name of ['mean', 'm1', 'm5', 'm15'] as const) {
    assert.ok(Math.abs((ticked.meter.rates?.[name] ?? 0) - (blocked.meter.rates?.[name] ?? 1)) < 1e-12)
  }
})

test('A first tick soon after the first events takes them for those of a whole tick', () => {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  clock.advance(4.999)
  registry.meter('mails').mark(10)
  clock.advance(0.001)
  registry.tick()
  assert.equal(registry.meter('mails').rates?.m1, 2)
})

test('A first tick long after the registry was made looks no further back than the meter is old', () => {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  clock.advance(3600)
  registry.meter('mails').mark(10)
  clock.advance(10)
  registry.tick()
  assert.deepEqual(registry.meter('mails').rates, { mean: 1, m1: 1, m5: 1, m15: 1 })
})

test('An event loop that was blocked for 30 seconds makes no spike', () => {
  const manual = manualMeter()
  pass(manual, 300, () => manual.meter.mark(50))
  manual.clock.advance(30)
  manual.meter.mark(300)
  assertSane(manual.meter.rates, 10.0001)
  manual.registry.tick()
  assertSane(manual.meter.rates, 10.0001)
  assert.ok(Math.abs((manual.meter.rates?.m1 ?? 0) - 10) < 1e-9)
})

test('A process that was suspended for an hour has low rates afterwards, and none that is negative', () => {
  const manual = manualMeter()
  pass(manual, 300, () => manual.meter.mark(50))
  manual.clock.advance(3600)
  assertSane(manual.meter.rates, 10)
  manual.registry.tick()
  assertSane(manual.meter.rates, 1)
  pass(manual, 300, () => manual.meter.mark(50))
  assertSane(manual.meter.rates, 10)
  assert.ok((manual.meter.rates?.m1 ?? 0) > 9.9)
})

describe('A clock that is set makes no rate negative and no spike', () => {
  for (const [way, seconds] of [
    ['an hour ahead', 3600],
    ['an hour back', -3600],
    ['back to before the meter began', -300.5],
    ['to 1970', -1_700_000_400],
    ['half a second back', -0.5],
  ] as const) {
    test(`when it is set ${way}.`, () => {
      const manual = manualMeter()
      const { clock, registry, meter } = manual
      pass(manual, 300, () => meter.mark(50))
      clock.setUnixTime(clock.unixTime() + seconds)
      assertSane(meter.rates, 10.0001)
      clock.advance(5)
      meter.mark(50)
      assertSane(meter.rates, 10.2)
      registry.tick()
      pass(manual, 60, () => meter.mark(50))
      for (const rate of Object.values(meter.rates ?? {})) assert.ok(Math.abs(rate - 10) < 0.02, `${rate}`)
    })
  }

  test('nor does it hide a rate until the next tick.', () => {
    for (const seconds of [86_400, -86_400]) {
      const manual = manualMeter()
      const { clock, registry, meter } = manual
      const timer = registry.timer('timed')
      const record = (): void => {
        meter.mark(50)
        timer.record(1)
      }
      pass(manual, 300, record)
      clock.setUnixTime(clock.unixTime() + seconds)
      clock.advance(1)
      for (const rate of Object.values(meter.rates ?? {})) assert.ok(Math.abs(rate - 10) < 0.1, `${rate}`)
      const { rates, recent } = timer.snapshot()
      assert.ok(Math.abs((rates?.m1 ?? 0) - 0.2) < 0.01, `${rates?.m1}`)
      assert.ok(Math.abs((recent?.['1m']?.seconds ?? 0) - 60) < 6, `${recent?.['1m']?.seconds}`)
    }
  })

  test('when it is set and a tick follows at once.', () => {
    const manual = manualMeter()
    const { clock, registry, meter } = manual
    pass(manual, 300, () => meter.mark(50))
    clock.setUnixTime(clock.unixTime() + 3600)
    registry.tick()
    assertSane(meter.rates, 10)
    pass(manual, 5, () => meter.mark(50))
    for (const rate of Object.values(meter.rates ?? {})) assert.ok(Math.abs(rate - 10) < 1e-6, `${rate}`)
  })

  for (const seconds of [3600, -3600]) {
    test(`when a meter began just before its clock was set by ${seconds} seconds, or just after.`, () => {
      const clock = new ManualClock()
      const registry = new Registry({ clock })
      clock.advance(4)
      const before = registry.meter('before')
      clock.setUnixTime(clock.unixTime() + seconds)
      const after = registry.meter('after')
      for (const meter of [before, after]) meter.mark(10)
      clock.advance(1)
      registry.tick()
      clock.advance(4)
      for (const meter of [before, after]) {
        assertSane(meter.rates, 10)
        assert.deepEqual([meter.rates?.m1, meter.rates?.m15], [2, 2])
      }
    })
  }
})

test('A count beyond all numbers spoils no average', () => {
  const manual = manualMeter()
  for (let again = 0; again < 2; again++) manual.meter.mark(Number.MAX_VALUE)
  assert.equal(manual.meter.value, Number.POSITIVE_INFINITY)
  pass(manual, 60)
  assert.equal(manual.meter.rates?.m1, 0)
})

test('A meter tells its count and rates as plain data', () => {
  const manual = manualMeter()
  manual.meter.mark(10)
  assert.deepEqual(manual.meter.snapshot(), { value: 10 })
  pass(manual, 5)
  assert.deepEqual(manual.meter.snapshot(), { value: 10, rates: { mean: 2, m1: 2, m5: 2, m15: 2 } })
})

test('Averages decay to 0 and not to the smallest numbers there are, whether ticks come or not', () => {
  const [ticked, blocked] = [manualMeter(), manualMeter()]
  for (const manual of [ticked, blocked]) {
    manual.meter.mark(100)
    pass(manual, 5)
  }
  pass(ticked, 43_200)
  blocked.clock.advance(43_200)
  for (const { meter } of [ticked, blocked]) {
    const { m1, m5, m15 } = meter.rates ?? assert.fail('no rates')
    assert.deepEqual([m1, m5, m15], [0, 0, 0])
  }
})
