import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type HistogramOptions, publish, Registry } from 'plimsoll'
import { formatJson } from 'plimsoll/formats'
import { readPage } from 'plimsoll/page'
import { mean, quantile, type Recent, recentRate, standardDeviation, tree } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { createHeapStore } from '#src/metrics/registry/heap-store.ts'
import type { Extension, Slot } from '#src/snapshot/store.ts'
import { distributionOf } from '../../support/distributions.ts'

const dir = mkdtempSync(join(tmpdir(), 'plimsoll-recent-'))
after(() => rmSync(dir, { recursive: true }))

/** A histogram in a registry whose time goes on in ticks of 5 seconds, each second doing what `work` says. */
function begin(options: HistogramOptions = {}) {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const histogram = registry.histogram('size', options)
  const live = (seconds: number, work = (_second: number): void => {}): void => {
    for (let second = 1; second <= seconds; second++) {
      clock.advance(1)
      work(second)
      if (second % 5 === 0) registry.tick()
    }
  }
  const record = (): void => histogram.record(1)
  return { clock, registry, histogram, live, record, recent: () => distributionOf(registry.read(), 'size').recent }
}

function windows(recent: ReturnType<ReturnType<typeof begin>['recent']>): { minute: Recent; five: Recent } {
  const { '1m': minute, '5m': five } = recent ?? {}
  return { minute: minute ?? assert.fail('no minute'), five: five ?? assert.fail('no five minutes') }
}

/** Seconds and count of both windows. */
function covered(recent: ReturnType<ReturnType<typeof begin>['recent']>): number[][] {
  const { minute, five } = windows(recent)
  return [minute, five].map(({ seconds, count }) => [seconds, count])
}

test('The last minute and the last five are told at full resolution, and over how much time', () => {
  const { histogram, live, recent } = begin()
  live(600, () => {
    for (let i = 0; i < 10; i++) histogram.record(1)
  })
  live(60, (second) => {
    for (let i = 0; i < 10; i++) histogram.record(second <= 30 ? 100 : 200)
  })
  const { minute, five } = windows(recent())
  assert.deepEqual([minute.seconds, minute.count, minute.sum, recentRate(minute)], [60, 600, 90_000, 10])
  assert.equal(mean(minute), 150)
  assert(Math.abs((quantile(minute, 0.5) ?? 0) - 100) < 1.1)
  assert(Math.abs((quantile(minute, 0.99) ?? 0) - 200) < 2.2)
  assert(Math.abs((standardDeviation(minute) ?? 0) - 50) < 1.6)
  assert.deepEqual([five.seconds, five.count, five.sum], [260, 2600, 2000 + 90_000])
  assert(Math.abs((quantile(five, 0.75) ?? 0) - 1) < 0.011)
})

test('Quantiles of a window lie within the extremes since the start, wherever they are told', () => {
  const { registry, histogram, live } = begin()
  live(70, () => histogram.record(130))
  const snapshot = registry.read()
  const series = distributionOf(snapshot, 'size')
  const { minute } = windows(series.recent)
  assert.notEqual(quantile(minute, 0.99), 130)
  assert.equal(quantile(minute, 0.99, series), 130)
  const json = JSON.parse(formatJson(snapshot)).families.find(({ name }: { name: string }) => name === 'size')
  assert.equal(json.series[0].recent['1m'].quantiles['0.99'], 130)
  assert.equal(tree(snapshot).size?.recent?.['5m']?.quantiles?.['0.99'], 130)
})

test('Given bounds have recent windows as well, also for values that add up to nothing', () => {
  const { histogram, live, recent } = begin({ buckets: [-1, 0, 1] })
  live(400, () => histogram.record(5))
  live(60, (second) => histogram.record(second % 2 === 0 ? 0.5 : -0.5))
  const { minute } = windows(recent())
  assert.deepEqual(minute, {
    seconds: 60,
    count: 60,
    sum: 0,
    buckets: { bounds: [-1, 0, 1], counts: [0, 30, 30, 0] },
  })
})

test('A window covers two thirds to four thirds of its time, whenever it is looked at', () => {
  const { live, record, recent } = begin()
  live(400, record)
  const seen: number[][] = [[], []]
  live(1000, () => {
    record()
    for (const [i, [seconds = 0, count]] of covered(recent()).entries()) {
      seen[i]?.push(seconds)
      assert.equal(count, seconds)
    }
  })
  assert.deepEqual(
    seen.map((all) => [Math.min(...all), Math.max(...all)]),
    [
      [40, 79],
      [200, 399],
    ],
  )
})

test('In the first minutes a window begins where the registry began, also for a series that is made later', () => {
  const { registry, live, record, recent } = begin()
  live(4, record)
  assert.equal(recent(), undefined)
  live(5, record)
  live(3, record)
  assert.deepEqual(covered(recent()), [
    [12, 12],
    [12, 12],
  ])
  live(95, record)
  const late = registry.histogram('late')
  live(5, () => late.record(1))
  assert.deepEqual(covered(distributionOf(registry.read(), 'late').recent), [
    [60, 5],
    [112, 5],
  ])
})

test('A series that was idle has windows of full length and nothing in them', () => {
  const { live, record, recent } = begin()
  live(100, record)
  live(3600)
  assert.deepEqual(covered(recent()), [
    [60, 0],
    [300, 0],
  ])
  assert.deepEqual(windows(recent()).minute.buckets, { scale: 5, zero: 0, offset: 0, counts: [] })
  live(3, record)
  assert.deepEqual(covered(recent()), [
    [60, 3],
    [300, 3],
  ])
  live(57)
  assert.deepEqual(covered(recent()), [
    [60, 3],
    [300, 3],
  ])
  live(60)
  assert.deepEqual(covered(recent()), [
    [60, 0],
    [300, 3],
  ])
})

test('Growth is seen where it does not change the sum: of zeros, of what is lost in rounding, beyond all numbers', () => {
  for (const [first, more] of [
    [5, 0],
    [1e300, 1e-300],
    [Number.MAX_VALUE, 1],
    [1e-300, 5e-324],
  ] as const) {
    const { histogram, live, recent } = begin()
    live(100, () => histogram.record(first))
    live(300)
    live(30, () => histogram.record(more))
    assert.deepEqual(covered(recent())[0], [60, 30])
    live(1000)
    live(30, () => histogram.record(more))
    const { minute } = windows(recent())
    assert.deepEqual([minute.seconds, minute.count], [60, 30])
    assert(minute.sum >= 0)
  }
})

test('A process that stood still for an hour has a window of that hour first, and no burst', () => {
  const { clock, registry, live, record, recent } = begin()
  live(420, record)
  clock.advance(3600)
  assert.deepEqual(covered(recent()), [
    [3620, 20],
    [3620, 20],
  ])
  registry.tick()
  // All that waited comes at once.
  for (let i = 0; i < 1000; i++) record()
  assert.deepEqual(covered(recent()), [
    [3620, 1020],
    [3620, 1020],
  ])
  live(35, record)
  assert.deepEqual(covered(recent())[0], [3655, 1055])
  live(5, record)
  assert.deepEqual(covered(recent())[0], [40, 1040])
})

test('An event loop that was blocked for 30 seconds leaves its time in the windows', () => {
  const { clock, live, record, recent } = begin()
  live(400, record)
  clock.advance(30)
  for (let i = 0; i < 30; i++) record()
  live(30, record)
  assert.deepEqual(covered(recent()), [
    [60, 60],
    [260, 260],
  ])
})

test('A clock that is set goes with the windows, and in the seconds before the next tick there is nothing negative', () => {
  for (const jump of [-86_400, -90, -2, 2, 90, 86_400]) {
    const { clock, registry, live, record, recent } = begin()
    live(400, record)
    clock.setUnixTime(clock.unixTime() + jump)
    clock.advance(2)
    record()
    for (const window of Object.values(recent() ?? {})) {
      assert(window.seconds >= 0 && window.count >= 0 && window.sum >= 0, `${jump}: ${JSON.stringify(window)}`)
    }
    clock.advance(3)
    registry.tick()
    live(15, record)
    assert.deepEqual(
      covered(recent()),
      [
        [60, 56],
        [220, 216],
      ],
      `${jump}`,
    )
  }
})

test('Whoever does without recent windows has none, and may not declare it otherwise', () => {
  const { registry, live, histogram, recent } = begin({ recent: false })
  live(400, () => histogram.record(1))
  assert.equal(recent(), undefined)
  registry.histogram('size')
  assert.throws(() => registry.histogram('size', { recent: true }), {
    code: 'PLIMSOLL_FAMILY_CONFLICT',
    message: /recent true.*recent false/s,
  })
  registry.timer('plain', { recent: true })
  registry.timer('plain')
  assert.throws(() => registry.timer('plain', { recent: false }), { code: 'PLIMSOLL_FAMILY_CONFLICT' })
  assert.throws(() => registry.timer('odd', { recent: 'no' as unknown as boolean }), {
    code: 'PLIMSOLL_OPTION_INVALID',
  })
})

test('A one-shot reader sees the windows in the page alone, live and afterwards, and moving loses none of them', () => {
  for (const bounds of [undefined, [0.5, 2, 3]]) {
    const { clock, registry, histogram, live, recent } = begin(bounds && { buckets: bounds })
    const work = (second: number): void => {
      histogram.record(second % 7)
      histogram.record(1 / second)
    }
    const outside = (): unknown => distributionOf(readPage(publication.file ?? '', { clock }), 'size').recent
    live(200, work)
    const before = recent()
    const publication = publish({ registry, dir })
    assert.deepEqual(recent(), before)
    assert.deepEqual(outside(), before)
    live(333, work)
    assert.deepEqual(outside(), recent())
    const last = recent()
    publication.close()
    assert.deepEqual(recent(), last)
    live(60, work)
    // The heartbeat comes from the machine's clock, so the page of a closed writer is told up to that.
    const again = publish({ registry, dir })
    live(60, work)
    assert.deepEqual(distributionOf(readPage(again.file ?? '', { clock }), 'size').recent, recent())
    again.close()
  }
})

test('A page without room has no windows, and counts what it could not take', () => {
  const { clock, registry, histogram, live, recent } = begin()
  const publication = publish({ registry, dir, maxBytes: 65_536, onWarning: () => {} })
  live(5, () => histogram.record(1))
  assert.notEqual(recent(), undefined)
  const many = registry.counter('many', { labels: ['n'], maxSeries: 1e6 })
  for (let n = 0; n < 10_000; n++) many.labels({ n }).inc()
  const dropped = (): number => {
    const family = registry.read().families.find(({ name }) => name === 'plimsoll.dropped')
    return family?.kind === 'counter' ? (family.series[0]?.value ?? 0) : 0
  }
  const before = dropped()
  live(300, () => histogram.record(1))
  assert.equal(dropped(), before + 1)
  assert.equal(recent(), undefined)
  const outside = distributionOf(readPage(publication.file ?? '', { clock }), 'size')
  assert.deepEqual([outside.recent, outside.count], [undefined, 305])
  publication.close()
})

test('Readers are never told of copies of an octave that found no room when its series moved', () => {
  for (const seconds of [0, 5, 60]) {
    const { registry, histogram, live } = begin()
    const work = (second: number): void => {
      for (const value of [0.7, 1.5, 100 + second]) histogram.record(value)
    }
    work(0)
    live(seconds, work)
    const octaves = new Set<number>()
    const store = createHeapStore()
    const refuses = (part: Extension): boolean => 'octave' in part && part.octave === 0 && !octaves.has(7)
    const announceExtension = (_: Slot, part: Extension): boolean => {
      if (refuses(part)) return false
      if ('octave' in part) octaves.add(part.octave)
      if (!('copies' in part)) return true
      for (let i = 0; i < (part.octaves ?? 1); i++) assert.ok(octaves.has(part.copies + i), JSON.stringify(part))
      return true
    }
    registry.useStore({ ...store, announceExtension })
    live(300, work)
    assert.deepEqual(octaves, new Set([-1, 6, 7, 8]))
    assert.equal(distributionOf(registry.read(), 'size').count, 3 * (301 + seconds))
  }
})
