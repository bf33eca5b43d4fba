import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { readPage } from 'plimsoll/page'
import { type DistributionSeries, mean, quantile, type Recent, recentRate, type Snapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'

const dir = mkdtempSync(join(tmpdir(), 'plimsoll-recent-'))
after(() => rmSync(dir, { recursive: true }))

/** A registry whose time goes on in ticks of 5 seconds; each second does what `work` says. */
function begin() {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const live = (seconds: number, work = (_second: number): void => {}): void => {
    for (let second = 1; second <= seconds; second++) {
      clock.advance(1)
      work(second)
      if (second % 5 === 0) registry.tick()
    }
  }
  return { clock, registry, live }
}

function seriesOf({ families }: Snapshot, name: string): DistributionSeries {
  const family = families.find((one) => one.name === name)
  assert(family?.kind === 'histogram' || family?.kind === 'timer')
  return family.series[0] ?? assert.fail('no series')
}

function windowsOf(registry: Registry, name: string): { '1m': Recent; '5m': Recent } {
  const { recent } = seriesOf(registry.read(), name)
  const { '1m': minute, '5m': five } = recent ?? {}
  return { '1m': minute ?? assert.fail('no minute'), '5m': five ?? assert.fail('no five minutes') }
}

test('The last minute and the last five are told at full resolution, and over how much time', () => {
  const { registry, live } = begin()
  const histogram = registry.histogram('size')
  live(600, () => {
    for (let i = 0; i < 10; i++) histogram.record(1)
  })
  live(60, (second) => {
    for (let i = 0; i < 10; i++) histogram.record(second <= 30 ? 100 : 200)
  })
  const { '1m': minute, '5m': five } = windowsOf(registry, 'size')
  assert.deepEqual([minute.seconds, minute.count, recentRate(minute)], [60, 600, 10])
  assert.deepEqual([mean(minute), minute.sum], [150, 90_000])
  assert(Math.abs((quantile(minute, 0.5) ?? 0) - 100) < 1.1)
  assert(Math.abs((quantile(minute, 0.99) ?? 0) - 200) < 2.2)
  assert.deepEqual([five.seconds, five.count, five.sum], [260, 2600, 2000 + 90_000])
  assert(Math.abs((quantile(five, 0.75) ?? 0) - 1) < 0.011)
})

test('A window covers two thirds to four thirds of its time, whenever it is looked at', () => {
  const { registry, live } = begin()
  const timer = registry.timer('query')
  live(400, () => timer.record(0.1))
  const seen = { '1m': [] as number[], '5m': [] as number[] }
  live(1000, () => {
    timer.record(0.1)
    for (const [name, { seconds, count }] of Object.entries(windowsOf(registry, 'query'))) {
      seen[name as '1m'].push(seconds)
      // The value of this second came with its beginning.
      assert.equal(count, seconds)
    }
  })
  assert.deepEqual([Math.min(...seen['1m']), Math.max(...seen['1m'])], [40, 79])
  assert.deepEqual([Math.min(...seen['5m']), Math.max(...seen['5m'])], [200, 399])
})
