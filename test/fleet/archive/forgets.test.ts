import assert from 'node:assert/strict'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Publication, publish, Registry } from 'plimsoll'
import { type Fleet, type FleetOptions, fleet } from 'plimsoll/fleet'
import { readPage } from 'plimsoll/page'
import type { PageInfo, Snapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { archiveFile } from '#src/fleet/archive/archive.ts'
import { readClearings } from '#src/fleet/archive/clearings.ts'
import { mappingUnavailable } from '#src/os/map.ts'
import { endPublication } from '../../support/ended.ts'
import { laterClock, newFolder, numbers } from '../pages.ts'

const needsPages = { skip: mappingUnavailable()?.message ?? false }
const day = 86_400

/** A process that has counted for some tenants. */
function count(t: TestContext, dir: string, ...tenants: string[]): Publication {
  const registry = new Registry()
  registry.counter('starts').inc()
  for (const tenant of tenants)
    registry
      .counter('jobs', { labels: ['tenant'] })
      .labels({ tenant })
      .inc()
  const publication = publish({ registry, dir, app: 'shop', onWarning: () => {} })
  t.after(() => publication.close())
  if (publication.file === undefined) throw publication.error
  return publication
}

interface Shop {
  readonly clock: ManualClock
  readonly shop: Fleet
  readonly jobs: () => string[]
}

function shopOf(t: TestContext, dir: string, options: FleetOptions = {}): Shop {
  const clock = laterClock()
  const shop = fleet('shop', { dir, clock, retentionSeconds: 0, ...options })
  t.after(() => shop.close())
  const jobs = (): string[] => numbers(shop.read())
  return { clock, shop, jobs }
}

test('series that no process has had for archiveDays go to evicted, and totals stay', needsPages, (t) => {
  const dir = newFolder(t)
  const { shop, jobs } = shopOf(t, dir)
  endPublication(count(t, dir, 'gone', 'back', 'here'))
  count(t, dir, 'here')
  assert.equal(shop.compact().archived.length, 1)
  const all = ['jobs{"tenant":"here"} 2', 'jobs{"tenant":"gone"} 1', 'jobs{"tenant":"back"} 1', 'starts{} 2']
  assert.deepEqual(jobs().sort(), all.sort())
  const file = archiveFile(dir, 'shop')
  const [head = '', body = ''] = readFileSync(file, 'utf8').split('\n')
  const { lastSeen, ...others } = JSON.parse(head)
  const earlier = lastSeen.map((time: number) => time - 31 * day)
  writeFileSync(file, `${JSON.stringify({ ...others, lastSeen: earlier })}\n${body}\n`)
  endPublication(count(t, dir, 'back'))
  assert.deepEqual(
    [shop.compact().error, jobs().sort()],
    [undefined, ['jobs{"evicted":"true"} 1', 'jobs{"tenant":"back"} 2', 'jobs{"tenant":"here"} 2', 'starts{} 3']],
  )
  // What lives is not asked for again each time.
  assert.deepEqual(shop.compact(), { archived: [], removed: [], error: undefined })
})

test('archiveDays is an option and a variable, and anything else than days is refused', needsPages, (t) => {
  const dir = newFolder(t)
  const { clock, shop, jobs } = shopOf(t, dir, { archiveDays: 1 })
  endPublication(count(t, dir, 'gone'))
  shop.compact()
  clock.advance(0.9 * day)
  shop.compact()
  assert.deepEqual(jobs(), ['jobs{"tenant":"gone"} 1', 'starts{} 1'])
  clock.advance(0.2 * day)
  shop.compact()
  assert.deepEqual(jobs(), ['jobs{"evicted":"true"} 1', 'starts{} 1'])
  for (const archiveDays of [0, -1, Number.NaN, '1' as unknown as number]) {
    assert.throws(() => fleet('shop', { dir, archiveDays }), { code: 'PLIMSOLL_OPTION_INVALID' })
  }
  t.after(() => delete process.env.PLIMSOLL_ARCHIVE_DAYS)
  process.env.PLIMSOLL_ARCHIVE_DAYS = 'many'
  assert.throws(() => fleet('shop', { dir }), { code: 'PLIMSOLL_OPTION_INVALID', message: /PLIMSOLL_ARCHIVE_DAYS/ })
  process.env.PLIMSOLL_ARCHIVE_DAYS = '2'
  const byVariable = shopOf(t, dir)
  endPublication(count(t, dir, 'other'))
  byVariable.shop.compact()
  byVariable.clock.advance(3 * day)
  byVariable.shop.compact()
  assert.deepEqual(byVariable.jobs(), ['jobs{"evicted":"true"} 2', 'starts{} 2'])
})

/** A process by the clock of a fleet that has counted for some tenants, and the family to go on with. */
function countAt(t: TestContext, dir: string, clock: ManualClock, options: object, ...tenants: string[]) {
  const registry = new Registry({ clock })
  const jobs = registry.counter('jobs', { labels: ['tenant'], ...options })
  for (const tenant of tenants) jobs.labels({ tenant }).inc()
  const publication = publish({ registry, dir, app: 'shop', onWarning: () => {} })
  t.after(() => publication.close())
  if (publication.file === undefined) throw publication.error
  return { registry, jobs, publication }
}

test('what an app removes or clears leaves the archive as well, what was counted since stays', needsPages, (t) => {
  const dir = newFolder(t)
  const { clock, shop, jobs } = shopOf(t, dir)
  endPublication(countAt(t, dir, clock, {}, 'a', 'b', 'c').publication)
  shop.compact()
  clock.advance(5)
  const living = countAt(t, dir, clock, {}, 'a', 'b')
  assert.deepEqual(jobs().sort(), ['jobs{"tenant":"a"} 2', 'jobs{"tenant":"b"} 2', 'jobs{"tenant":"c"} 1'])
  living.jobs.remove({ tenant: 'a' })
  living.jobs.remove({ tenant: 'c' })
  assert.deepEqual(jobs().sort(), ['jobs{"tenant":"a"} 1', 'jobs{"tenant":"b"} 2', 'jobs{"tenant":"c"} 1'])
  clock.advance(5)
  assert.deepEqual([shop.compact().error, jobs()], [undefined, ['jobs{"tenant":"b"} 2']])
  // It is removed once: what counts again, and ends, is in the archive.
  living.jobs.labels({ tenant: 'a' }).inc()
  shop.compact()
  assert.deepEqual(jobs().sort(), ['jobs{"tenant":"a"} 1', 'jobs{"tenant":"b"} 2'])
  clock.advance(5)
  endPublication(living.publication)
  shop.compact()
  assert.deepEqual(jobs().sort(), ['jobs{"tenant":"a"} 1', 'jobs{"tenant":"b"} 2'])

  clock.advance(5)
  const next = countAt(t, dir, clock, {})
  next.jobs.clear()
  next.jobs.labels({ tenant: 'd' }).inc()
  clock.advance(5)
  shop.compact()
  assert.deepEqual(jobs(), ['jobs{"tenant":"d"} 1'], 'all of the family')
  endPublication(next.publication)
  clock.advance(5)
  shop.compact()
  const last = countAt(t, dir, clock, {})
  last.registry.remove('jobs')
  clock.advance(5)
  shop.compact()
  assert.deepEqual(jobs(), [])
})

test('a removal is not lost with the page that it was written to', needsPages, (t) => {
  const dir = newFolder(t)
  const { clock, shop, jobs } = shopOf(t, dir)
  endPublication(countAt(t, dir, clock, {}, 'a', 'b').publication)
  shop.compact()
  clock.advance(5)
  const { registry, jobs: living, publication } = countAt(t, dir, clock, {}, 'b')
  living.remove({ tenant: 'a' })
  publication.close()
  const again = publish({ registry, dir, app: 'shop', onWarning: () => {} })
  t.after(() => again.close())
  clock.advance(5)
  shop.compact()
  assert.deepEqual(jobs(), ['jobs{"tenant":"b"} 2'])
})

test('a series of a dead process that the app would have let go when idle goes to evicted', needsPages, (t) => {
  const dir = newFolder(t)
  const { clock, shop, jobs } = shopOf(t, dir)
  endPublication(countAt(t, dir, clock, { expireAfterSeconds: 600 }, 'a', 'b').publication)
  shop.compact()
  const { publication } = countAt(t, dir, clock, { expireAfterSeconds: 600 }, 'b')
  clock.advance(500)
  shop.compact()
  assert.deepEqual(jobs().sort(), ['jobs{"tenant":"a"} 1', 'jobs{"tenant":"b"} 2'])
  clock.advance(100)
  shop.compact()
  assert.deepEqual(jobs().sort(), ['jobs{"evicted":"true"} 1', 'jobs{"tenant":"b"} 2'])
  endPublication(publication)
})

test(
  'what was removed while a written page could not be written is found by the next look at its file',
  needsPages,
  (t) => {
    const dir = newFolder(t)
    const now = Date.now() / 1000
    const registry = new Registry({ clock: new ManualClock(now - 20) })
    const jobs = registry.counter('jobs', { labels: ['tenant'] })
    jobs.labels({ tenant: 'a' }).inc()
    const publication = publish({ registry, dir, app: 'shop', page: 'written' })
    t.after(() => publication.close())
    const file = publication.file ?? assert.fail(publication.error)
    jobs.remove({ tenant: 'a' })
    // By another path, as by another process: what this one reads is written before.
    const elsewhere = join(newFolder(t), 'link')
    symlinkSync(dir, elsewhere)
    const page: PageInfo = { ...readPage(join(elsewhere, basename(file))).pages[0], state: 'archived' } as PageInfo
    const snapshot: Snapshot = { version: 1, takenAt: now - 100, pages: [page], families: [] }
    const archive = { app: 'shop', pages: new Map(), snapshot, lastSeen: new Map() }
    const look = (at: number): boolean => readClearings([join(elsewhere, basename(file))], [archive], at).has('shop')
    assert.equal(look(now), false)
    assert.equal(readPage(file).pages.length, 1)
    assert.equal(look(now), true)
    assert.equal(look(now + 60), true)
    assert.equal(look(now + 60), false)
  },
)
