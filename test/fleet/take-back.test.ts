import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { publish } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { mappingUnavailable } from '#src/page/map.ts'
import { laterClock, newFolder, newWriter, numbers } from './pages.ts'

const needsPages = { skip: mappingUnavailable()?.message ?? false }

test('a registry that is published again after its closed page was folded counts once', needsPages, (t) => {
  const dir = newFolder(t)
  const writer = newWriter(t, dir, 1)
  newWriter(t, dir, 10).end()
  writer.end()
  const shop = fleet('shop', { dir, clock: laterClock() })
  t.after(() => shop.close())
  assert.equal(shop.fold().folded.length, 2)
  assert.deepEqual(numbers(shop.read()), ['jobs{"queue":"mail"} 33', 'took{} 2 in 5.5'])
  writer.registry
    .counter('jobs', { labels: ['queue'] })
    .labels({ queue: 'mail' })
    .inc()
  const again = publish({ registry: writer.registry, dir, app: 'shop' })
  t.after(() => again.close())
  assert.equal(again.error, undefined)
  assert.deepEqual(numbers(shop.read()), ['busy{} 9', 'jobs{"queue":"mail"} 34', 'took{} 2 in 5.5'])
  assert.deepEqual(shop.fold().folded, [])
  assert.equal(readdirSync(dir).length, 3)
})
