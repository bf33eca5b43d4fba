import assert from 'node:assert/strict'
import {
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { PlimsollError } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { formatJson, formatPrometheus, parseJson } from 'plimsoll/formats'
import { counter64, mmstats } from 'plimsoll/mmstats'
import { byWorker } from 'plimsoll/snapshot'
import { mappingUnavailable } from '#src/os/map.ts'
import { mappedOnly } from '../support/written.ts'
import { laterClock, newFolder, newWriter, numbers } from './pages.ts'

const needsPages = { skip: mappingUnavailable()?.message ?? false }

test('a fleet is the sum of the pages of an app, and of no other', needsPages, (t) => {
  const dir = newFolder(t)
  for (const factor of [1, 2]) newWriter(t, dir, factor)
  newWriter(t, dir, 100, { app: 'other' })
  const shop = fleet('shop', { dir })
  t.after(() => shop.close())
  const expected = ['busy{} 27', 'jobs{"queue":"mail"} 9', 'took{} 2 in 1.5']
  for (const _ of ['first', 'second']) {
    const snapshot = shop.read()
    assert.deepEqual(numbers(snapshot), expected)
    assert.deepEqual(
      snapshot.pages.map(({ app, state }) => [app, state]),
      [
        ['shop', 'live'],
        ['shop', 'live'],
      ],
    )
    assert.deepEqual(shop.failures, [])
  }
})

test('values, series and pages that come between reads are seen', needsPages, (t) => {
  const dir = newFolder(t)
  const first = newWriter(t, dir)
  const shop = fleet('shop', { dir })
  t.after(() => shop.close())
  assert.deepEqual(numbers(shop.read()), ['busy{} 9', 'jobs{"queue":"mail"} 3', 'took{} 1 in 0.5'])
  first.registry
    .counter('jobs', { labels: ['queue'] })
    .labels({ queue: 'print' })
    .add(4)
  first.registry.counter('more').inc()
  newWriter(t, dir)
  assert.deepEqual(numbers(shop.read()), [
    'busy{} 18',
    'jobs{"queue":"mail"} 6',
    'jobs{"queue":"print"} 4',
    'more{} 1',
    'took{} 2 in 1',
  ])
})

test('a directory is the fleet of all apps in it; none is empty', needsPages, (t) => {
  const dir = newFolder(t)
  newWriter(t, dir, 1, { app: 'one' })
  newWriter(t, dir, 2, { app: 'two' })
  const all = fleet(dir)
  t.after(() => all.close())
  assert.deepEqual(numbers(all.read()), ['busy{} 27', 'jobs{"queue":"mail"} 9', 'took{} 2 in 1.5'])
  const none = fleet(join(dir, 'missing'))
  assert.deepEqual(
    [none.read().families, none.failures.map(({ error }) => error.code), none.compact()],
    [[], ['PLIMSOLL_FLEET_EMPTY'], { archived: [], removed: [], error: undefined }],
  )
})

test('files of mmstats are part of it', needsPages, (t) => {
  const dir = newFolder(t)
  newWriter(t, dir)
  const old = mmstats({ orders: counter64() }, { path: dir, filename: 'shop-1.mmstats' })
  t.after(() => old.close())
  old.orders.inc(5)
  const all = fleet(dir)
  t.after(() => all.close())
  assert.ok(numbers(all.read()).includes('orders{} 5'))
  assert.deepEqual(all.failures, [])
})

test('a page that cannot be read is told, and hides no other', needsPages, (t) => {
  const dir = newFolder(t)
  const good = newWriter(t, dir)
  const damaged = join(dir, 'damaged.page')
  const bytes = readFileSync(good.file)
  bytes.fill(1, 4096, 8192)
  writeFileSync(damaged, bytes)
  writeFileSync(join(dir, 'text.page'), 'x'.repeat(9000))
  mkdirSync(join(dir, 'directory.page'))
  const shop = fleet('shop', { dir })
  t.after(() => shop.close())
  for (const _ of ['first', 'second']) {
    assert.deepEqual(numbers(shop.read()), ['busy{} 9', 'jobs{"queue":"mail"} 3', 'took{} 1 in 0.5'])
    assert.deepEqual(
      shop.failures.map(({ file, error }) => [basename(file), error.code]),
      [
        ['damaged.page', 'PLIMSOLL_PAGE_DAMAGED'],
        ['directory.page', 'PLIMSOLL_PAGE_UNREADABLE'],
        ['text.page', 'PLIMSOLL_PAGE_UNKNOWN'],
      ],
    )
  }
})

test('no total falls while a page or the directory cannot be read: last values stay, and grow old', needsPages, (t) => {
  const dir = newFolder(t)
  const [bad, good] = [newWriter(t, dir), newWriter(t, dir)]
  const clock = laterClock(0)
  const shop = fleet('shop', { dir, clock })
  t.after(() => shop.close())
  const read = (): unknown[] => {
    const { pages, families } = shop.read()
    const jobs = families.find(({ name }) => name === 'jobs')?.series[0]
    const { state, heartbeatAge } = pages.find(({ file }) => file === bad.file) ?? {}
    const codes = shop.failures.map(({ error }) => error.code)
    return [jobs && 'value' in jobs && jobs.value, state, Math.round(heartbeatAge ?? -1), codes]
  }
  assert.deepEqual(read(), [6, 'live', 0, []])
  const bytes = readFileSync(bad.file)
  writeFileSync(bad.file, Buffer.alloc(8), { flag: 'r+' })
  good.registry
    .counter('jobs', { labels: ['queue'] })
    .labels({ queue: 'mail' })
    .add(1)
  assert.deepEqual(read(), [7, 'live', 0, ['PLIMSOLL_PAGE_UNKNOWN']])
  clock.advance(30)
  assert.deepEqual(read(), [7, 'blocked', 30, ['PLIMSOLL_PAGE_UNKNOWN']])
  // A selection is not what was read before.
  assert.deepEqual(numbers(shop.read({ families: [{ family: 'jobs', labels: [] }] })), ['jobs{"queue":"mail"} 4'])
  writeFileSync(bad.file, bytes.subarray(0, 8), { flag: 'r+' })
  assert.equal(read()[0], 7)
  const away = join(newFolder(t), 'away')
  renameSync(dir, away)
  writeFileSync(dir, 'no directory')
  assert.equal(read()[0], 7)
  assert.ok(shop.failures.some(({ error }) => error.code === 'PLIMSOLL_DIRECTORY_UNREADABLE'))
  rmSync(dir)
  renameSync(away, dir)
  writeFileSync(bad.file, Buffer.alloc(8), { flag: 'r+' })
  assert.equal(read()[0], 7)
  rmSync(bad.file)
  assert.equal(read()[0], 4)
})

test('a page of another user in the directory is told and not counted', (t) => {
  if (mappingUnavailable() !== undefined) return t.skip('there are no pages here')
  if (process.geteuid?.() !== 0) return t.skip('only root can give files away')
  const dir = newFolder(t)
  const own = newWriter(t, dir)
  const foreign = join(dir, 'foreign.page')
  copyFileSync(own.file, foreign)
  chownSync(foreign, 4711, 4711)
  // Root trusts the owner of the directory, and nobody else.
  const shop = fleet('shop', { dir })
  t.after(() => shop.close())
  assert.deepEqual(numbers(shop.read()), ['busy{} 9', 'jobs{"queue":"mail"} 3', 'took{} 1 in 0.5'])
  assert.deepEqual(
    shop.failures.map(({ error }) => error.code),
    ['PLIMSOLL_PAGE_FOREIGN'],
  )
})

test('pages of the same process id are two writers, as when an id is used again', needsPages, (t) => {
  const dir = newFolder(t)
  newWriter(t, dir, 1).end()
  newWriter(t, dir, 2)
  const shop = fleet('shop', { dir })
  t.after(() => shop.close())
  const { pages, ...sum } = shop.read()
  assert.equal(new Set(pages.map(({ pid, tid }) => `${pid} ${tid}`)).size, 1)
  assert.deepEqual(numbers({ pages, ...sum }), ['busy{} 18', 'jobs{"queue":"mail"} 9', 'took{} 2 in 1.5'])
})

test('a page that took the name of an older one of its writer is the one that counts', needsPages, (t) => {
  const dir = newFolder(t)
  const elsewhere = newFolder(t)
  const old = newWriter(t, dir, 1)
  const shop = fleet('shop', { dir })
  t.after(() => shop.close())
  shop.read()
  const compacted = newWriter(t, elsewhere, 2)
  renameSync(compacted.file, old.file)
  old.end()
  assert.deepEqual(numbers(shop.read()), ['busy{} 18', 'jobs{"queue":"mail"} 6', 'took{} 1 in 1'])
  assert.deepEqual(
    shop.read().pages.map(({ state }) => state),
    ['live'],
  )
})

test('the seconds in a state go as far as its writer is known to have lived, so they never fall when it dies', {
  skip: needsPages.skip || mappedOnly.skip,
}, (t) => {
  const dir = newFolder(t)
  const elsewhere = newFolder(t)
  const writer = newWriter(t, dir)
  writer.registry.state('pool', { states: ['idle', 'busy'] }).set('busy')
  // A page that nobody locks is one of a writer that was killed.
  copyFileSync(writer.file, join(elsewhere, basename(writer.file)))
  const seconds = [dir, elsewhere].map((each) => {
    const shop = fleet('shop', { dir: each, clock: laterClock(100) })
    const { families, pages } = shop.read()
    shop.close()
    const [pool] = families.find(({ name }) => name === 'pool')?.series ?? []
    return [pages[0]?.state, pool !== undefined && 'seconds' in pool && (pool.seconds.busy ?? 0) >= 100]
  })
  assert.deepEqual(seconds, [
    ['blocked', false],
    ['killed', false],
  ])
})

test('by worker, each series says whose it is, and the parts agree with the sum', needsPages, (t) => {
  const dir = newFolder(t)
  newWriter(t, dir, 1, { labels: { zone: 'a' } })
  newWriter(t, dir, 2, { labels: { zone: 'b' } })
  const labelled = newWriter(t, dir, 3)
  labelled.registry
    .counter('by', { labels: ['pid', 'worker'] })
    .labels({ pid: 'x', worker: 'y' })
    .inc()
  const shop = fleet('shop', { dir, by: 'worker' })
  t.after(() => shop.close())
  const snapshot = shop.read()
  const own = (zone?: string) => ({ worker: '', pid: String(process.pid), tid: '0', ...(zone && { zone }) })
  assert.deepEqual(
    numbers(snapshot)
      .filter((line) => line.startsWith('jobs'))
      .sort(),
    [
      `jobs${JSON.stringify({ ...own('a'), queue: 'mail' })} 3`,
      `jobs${JSON.stringify({ ...own('b'), queue: 'mail' })} 6`,
      `jobs${JSON.stringify({ ...own(), queue: 'mail' })} 9`,
    ].sort(),
  )
  const by = snapshot.families.find(({ name }) => name === 'by')
  assert.deepEqual(by?.labelNames, ['worker', 'pid', 'tid', 'zone', 'exported_pid', 'exported_worker'])
  assert.deepEqual(
    by?.series.map(({ labels }) => labels),
    [{ ...own(), exported_pid: 'x', exported_worker: 'y' }],
  )
  const { total, parts } = shop.readParts()
  assert.deepEqual(numbers(total).slice(-2), ['jobs{"queue":"mail"} 18', 'took{} 3 in 3'])
  assert.equal(parts.length, 3)
  assert.match(formatPrometheus(snapshot), /^jobs_total\{worker="",pid="\d+",tid="0",zone="a",queue="mail"\} 3$/m)
})

test('labels keep apart from those that say whose a series is, whatever they are called', () => {
  const labels = { pid: 'a', exported_pid: 'b', zone: 'c' }
  const series = [{ labels, value: 1 }]
  const family = { name: 'by', kind: 'counter', unit: '', help: '', labelNames: Object.keys(labels), series } as const
  const page = { file: null, pid: 1, tid: 0, app: 'shop', host: 'quay', startedAt: 1, heartbeatAge: 0 }
  const pages = [{ ...page, state: 'live', labels: { zone: 'z' } }] as const
  const [shown] = byWorker([{ version: 1, takenAt: 2, pages, families: [family] }]).families
  const own = { exported_exported_pid: 'a', exported_pid: 'b', exported_zone: 'c' }
  assert.deepEqual(shown?.series, [{ labels: { worker: '', pid: '1', tid: '0', zone: 'z', ...own }, value: 1 }])
})

test('what publish was told of a writer comes through JSON and back', needsPages, (t) => {
  const dir = newFolder(t)
  newWriter(t, dir, 1, { labels: { zone: 'a' } })
  const snapshot = fleet('shop', { dir }).read()
  assert.deepEqual(snapshot.pages[0]?.labels, { zone: 'a' })
  assert.deepEqual(parseJson(formatJson(snapshot)).pages, snapshot.pages)
})

test('a directory that cannot be, as it is below a file, is told and throws nothing', (t) => {
  const dir = newFolder(t)
  writeFileSync(join(dir, 'file'), '')
  const source = fleet('shop', { dir: join(dir, 'file', 'below') })
  assert.deepEqual(source.read().families, [])
  assert(source.failures.some(({ error }) => error.code === 'PLIMSOLL_DIRECTORY_UNREADABLE'))
})

test('a wrong option is refused with what would be right', () => {
  const refused = (call: () => unknown) => {
    assert.throws(call, (error) => error instanceof PlimsollError && error.code === 'PLIMSOLL_OPTION_INVALID')
  }
  refused(() => fleet(''))
  refused(() => fleet('/tmp/x', { dir: '/tmp' }))
  refused(() => fleet('shop', { by: 'pid' as 'worker' }))
  refused(() => fleet('shop', { retentionSeconds: -1 }))
  assert.equal(fleet('@acme/shop', { dir: '/tmp/x' }).directory, '/tmp/x')
})

test('an app may have any name, also one with a slash or one that is too long', needsPages, (t) => {
  const dir = newFolder(t)
  const before = process.env.PLIMSOLL_APP
  t.after(() => {
    if (before === undefined) delete process.env.PLIMSOLL_APP
    else process.env.PLIMSOLL_APP = before
  })
  for (const app of ['team/shop', '@acme/shop', 'ünï çødé', 'x'.repeat(200), '-', 'a\nb', 'node_modules/.bin/x']) {
    newWriter(t, dir, 1, { app }).end()
    process.env.PLIMSOLL_APP = app
    for (const target of [undefined, app]) {
      const own = fleet(target, { dir, clock: laterClock() })
      assert.deepEqual(numbers(own.read()), ['jobs{"queue":"mail"} 3', 'took{} 1 in 0.5'], app)
      assert.equal(own.compact().error, undefined)
      own.close()
    }
  }
  assert.equal(readdirSync(dir).filter((name) => name.endsWith('.archive')).length, 7)
})
