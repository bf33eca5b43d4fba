import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Average, publish, Registry } from 'plimsoll'
import { readPage } from 'plimsoll/page'
import type { AverageOverWindow } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'

interface Manual {
  readonly clock: ManualClock
  readonly registry: Registry
  readonly average: Average
}

/** An average over the last so many seconds. */
function manualAverage(seconds: number): Manual {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  return { clock, registry, average: registry.average('sizes', { window: { seconds } }) }
}

/** Lets time pass, with a tick every 5 seconds. */
function pass({ clock, registry }: Manual, seconds: number, each = (): void => {}): void {
  for (let passed = 0; passed < seconds; passed += 5) {
    clock.advance(5)
    each()
    registry.tick()
  }
}

function windowOf({ average }: Manual): AverageOverWindow {
  return average.snapshot().window ?? assert.fail('no window')
}

test('An average without a window is the mean of all values', () => {
  const average = new Registry().average('sizes')
  assert.deepEqual([average.value, average.snapshot()], [undefined, { count: 0, sum: 0 }])
  for (const value of [-1, 2.5, 4.5]) average.record(value)
  assert.deepEqual([average.value, average.count, average.sum], [2, 3, 6])
  assert.deepEqual(average.snapshot(), { count: 3, sum: 6 })
})

test('An average takes finite numbers, and counts what else it was given', () => {
  const registry = new Registry()
  const averages = [registry.average('all'), registry.average('last', { window: { values: 3 } })]
  const nonsense = [Number.NaN, Number.POSITIVE_INFINITY, '5', null, undefined, {}, 5n, Symbol('x')]
  for (const average of averages) for (const value of nonsense) average.record(value as number)
  assert.deepEqual(
    averages.map(({ count, value }) => [count, value]),
    [
      [0, undefined],
      [0, undefined],
    ],
  )
  const rejected = registry.read().families.find(({ name }) => name === 'plimsoll.rejected')
  assert(rejected?.kind === 'counter')
  assert.deepEqual(
    rejected.series.map(({ value }) => value),
    [nonsense.length, nonsense.length],
  )
})

test('An average over the last values has those and no other', () => {
  const average = new Registry().average('sizes', { window: { values: 3 } })
  const means: unknown[] = []
  for (const value of [6, 2, 4, 9, 2, 1]) {
    average.record(value)
    means.push(average.value)
  }
  assert.deepEqual(means, [6, 4, 4, 5, 5, 4])
  assert.deepEqual(average.snapshot(), { count: 6, sum: 24, window: { count: 3, sum: 12 } })
})

test('An average over many values makes room as they come', () => {
  const average = new Registry().average('sizes', { window: { values: 1000 } })
  for (let value = 1; value <= 2345; value++) average.record(value)
  assert.deepEqual(average.snapshot().window, { count: 1000, sum: (1000 * (1346 + 2345)) / 2 })
})

test('A value beyond all measure leaves nothing behind in an average over the last ones', () => {
  const average = new Registry().average('sizes', { window: { values: 4 } })
  for (const value of [0.1, 0.2, 1e17, 0.3, 0.4, 0.5, 0.6]) average.record(value)
  assert.ok(Math.abs((average.snapshot().window?.sum ?? 0) - 1.8) < 1e-15)
  for (let i = 0; i < 3; i++) average.record(Number.MAX_VALUE)
  assert.equal(average.snapshot().window?.sum, Number.MAX_VALUE)
  for (let i = 0; i < 8; i++) average.record(0.25)
  assert.deepEqual(average.snapshot().window, { count: 4, sum: 1 })
})

test('An average over time has the values of that time, and of no more than a few seconds before', () => {
  const manual = manualAverage(60)
  let size = 0
  pass(manual, 600, () => manual.average.record(++size))
  const { count, sum, seconds = 0 } = windowOf(manual)
  assert.deepEqual([count, seconds], [12, 60])
  assert.equal(sum, (12 * (109 + 120)) / 2)
  assert.equal(manual.average.value, sum / count)
  manual.clock.advance(4)
  assert.deepEqual(windowOf(manual), { count: 12, sum, seconds: 64 })
})

test('An average over time whose sum is beyond all numbers says so for its window, too', () => {
  const manual = manualAverage(60)
  for (let i = 0; i < 2; i++) manual.average.record(Number.MAX_VALUE)
  pass(manual, 120, () => manual.average.record(1))
  assert.deepEqual(windowOf(manual), { count: 12, sum: Number.MAX_VALUE, seconds: 60 })
})

test('An average over time that is younger than its window has all values', () => {
  const manual = manualAverage(60)
  manual.average.record(4)
  assert.deepEqual(windowOf(manual), { count: 1, sum: 4, seconds: 0 })
  pass(manual, 30, () => manual.average.record(1))
  assert.deepEqual(windowOf(manual), { count: 7, sum: 10, seconds: 30 })
})

test('An average over time without values in that time has no mean', () => {
  const manual = manualAverage(10)
  manual.average.record(0.1)
  manual.average.record(0.2)
  pass(manual, 60)
  assert.deepEqual([manual.average.value, windowOf(manual)], [undefined, { count: 0, sum: 0, seconds: 10 }])
})

describe('Windows of all lengths reach back over all of their time and at most a tenth more, or one tick', () => {
  for (const seconds of [10, 11, 50, 60, 99, 100, 101, 300, 3600, 86_400]) {
    test(`over ${seconds} seconds.`, () => {
      const manual = manualAverage(seconds)
      const begun = manual.clock.now()
      for (let passed = 0; passed < 3 * seconds; passed += 5) {
        manual.clock.advance(4.9 + (passed % 3) / 10)
        manual.registry.tick()
        const covered = windowOf(manual).seconds ?? 0
        const age = (manual.clock.now() - begun) / 1000
        assert.ok(covered >= Math.min(seconds, age) - 1e-3, `${covered} of ${seconds}`)
        assert.ok(covered <= Math.max(1.1 * seconds, seconds + 5.2), `${covered} of ${seconds}`)
      }
    })
  }
})

test('After an event loop that was blocked the window is as long as it was blocked, and says so', () => {
  const manual = manualAverage(10)
  pass(manual, 100, () => manual.average.record(1))
  manual.average.record(3)
  manual.clock.advance(30)
  assert.deepEqual(windowOf(manual), { count: 1, sum: 3, seconds: 30 })
  manual.average.record(5)
  manual.registry.tick()
  assert.deepEqual(windowOf(manual), { count: 2, sum: 8, seconds: 30 })
  pass(manual, 10, () => manual.average.record(1))
  assert.deepEqual(windowOf(manual), { count: 2, sum: 2, seconds: 10 })
})

test('An average that is made after the clock was set, and before a tick has noticed, has a window as any other', () => {
  for (const seconds of [3600, -3600]) {
    const clock = new ManualClock()
    const registry = new Registry({ clock })
    registry.tick()
    clock.setUnixTime(clock.unixTime() + seconds)
    clock.advance(2)
    const average = registry.average('size', { window: { seconds: 60 } })
    average.record(100)
    clock.advance(3)
    registry.tick()
    assert.deepEqual(average.snapshot().window, { count: 1, sum: 100, seconds: 3 })
    pass({ clock, registry, average }, 90, () => average.record(1))
    assert.deepEqual(average.snapshot().window, { count: 12, sum: 12, seconds: 60 })
  }
})

describe('A clock that is set takes no values into the window nor out of it', () => {
  for (const seconds of [3600, -3600, -40]) {
    test(`when it is set by ${seconds} seconds.`, () => {
      const manual = manualAverage(60)
      const { clock, average } = manual
      pass(manual, 300, () => average.record(1))
      clock.setUnixTime(clock.unixTime() + seconds)
      assert.ok((windowOf(manual).seconds ?? -1) >= 0)
      pass(manual, 5, () => average.record(1))
      const { count, seconds: covered = 0 } = windowOf(manual)
      assert.ok(count === 12 && Math.abs(covered - 60) < 1e-3, `${count} in ${covered}`)
    })
  }
})

test('Windows are read from the page as from the registry, also when the writer is gone', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-average-'))
  t.after(() => rmSync(dir, { recursive: true, maxRetries: 10 }))
  const manual = manualAverage(60)
  const { clock, registry, average } = manual
  const last = registry.average('last', { window: { values: 2 } })
  for (const value of [1, 2, 3]) last.record(value)
  pass(manual, 100, () => average.record(1))
  const publication = publish({ registry, dir })
  const file = publication.file ?? assert.fail(publication.error)
  const fromPage = (): unknown => {
    const { families } = readPage(file, { clock })
    return families.flatMap((family) => (family.kind === 'average' ? family.series.map(({ window }) => window) : []))
  }
  last.record(4)
  pass(manual, 100, () => average.record(2))
  assert.deepEqual(fromPage(), [
    { count: 2, sum: 7 },
    { count: 12, sum: 24, seconds: 60 },
  ])
  publication.close()
  average.record(7)
  last.record(5)
  assert.deepEqual([windowOf(manual).count, last.value], [13, 4.5])
})
