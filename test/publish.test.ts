import assert from 'node:assert/strict'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type PlimsollError, type PublishOptions, publish, Registry, version } from 'plimsoll'
import { listPages, readPage } from 'plimsoll/page'
import type { Snapshot } from 'plimsoll/snapshot'
import { systemClock } from '#src/clock.ts'
import { createPage, namePage } from '#src/page/write/create.ts'
import { appName, writerLine } from '#src/page/write/identity.ts'
import { isWritten } from './support/written.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'plimsoll-publish-'))
})

afterEach(() => {
  rmSync(dir, { recursive: true })
})

test('Publishing moves what was counted into a page, and counting goes on there', () => {
  const registry = new Registry()
  const hits = registry.counter('hits', { labels: ['route'] })
  const size = registry.histogram('size', { unit: 'By' })
  hits.labels({ route: '/' }).inc()
  size.record(100)
  const publication = publish({ registry, dir, app: 'shop' })
  hits.labels({ route: '/' }).inc()
  hits.labels({ route: '/cart' }).inc()
  size.record(5000)
  registry.gauge('queue', { aggregation: 'max' }).set(-3)
  registry.timer('query', { buckets: [0.1, 1] }).record(0.5)

  assert(publication.file !== undefined)
  const outside = readPage(publication.file)
  assert.deepEqual(byName(outside.families), byName(registry.read().families))
  assert.deepEqual(
    outside.pages.map(({ file, pid, tid, app, state }) => ({ file, pid, tid, app, state })),
    [{ file: publication.file, pid: process.pid, tid: 0, app: 'shop', state: 'live' }],
  )
  publication.close()
})

test('A page is a file of its owner, in a directory of its owner', () => {
  const inner = join(dir, 'new')
  const publication = publish({ registry: new Registry(), dir: inner, app: '@shop/web' })
  assert.deepEqual(readdirSync(inner), [publication.file?.slice(inner.length + 1)])
  assert.match(publication.file ?? '', /\/_shop_web-\d+-0-[0-9a-f]{8}\.page$/)
  assert.equal(statSync(inner).mode & 0o777, 0o700)
  assert.equal(statSync(publication.file ?? '').mode & 0o777, 0o600)
  publication.close()
})

test('A closed publication leaves its page as that of a writer that is gone, and the metrics go on without it', () => {
  const registry = new Registry()
  const hits = registry.counter('hits')
  const size = registry.histogram('size')
  const publication = publish({ registry, dir })
  hits.inc()
  size.record(7)
  publication.close()
  publication.close()
  hits.inc()
  size.record(9)
  assert.deepEqual([hits.value, size.count, size.sum], [2, 2, 16])
  const page = readPage(publication.file ?? '')
  assert.equal(page.pages[0]?.state, 'exited')
  assert.deepEqual(page.families.find(({ name }) => name === 'hits')?.series, [{ labels: {}, value: 1 }])
  assert.deepEqual(registry.read().pages, [])
})

test('Publishing again gives the same publication, after closing a new one in its place', () => {
  const registry = new Registry()
  const hits = registry.counter('hits')
  const first = publish({ registry, dir })
  assert.equal(publish({ registry, dir }), first)
  hits.inc()
  first.close()
  const second = publish({ registry, dir })
  hits.inc()
  assert.notEqual(second, first)
  assert.equal(second.file, first.file)
  assert.deepEqual(readPage(second.file ?? '').families[0]?.series, [{ labels: {}, value: 2 }])
  second.close()
  first.close()
  assert.equal(readPage(second.file ?? '').families[0]?.series.length, 1)
})

test('Options that come too late are told once, and what is as it was asked for is not', () => {
  const registry = new Registry()
  const warnings: PlimsollError[] = []
  const onWarning = (warning: PlimsollError): number => warnings.push(warning)
  const given = { registry, dir, app: 'shop', maxBytes: 2 ** 20, labels: { a: '1', b: '2' }, onWarning }
  const publication = publish(given)
  publish({ registry, onWarning })
  publish({ ...given, dir: `${dir}/.`, labels: { b: '2', a: '1' } })
  assert.equal(warnings.at(0), undefined)
  const other = { registry, dir: '/somewhere/else', app: 'store', maxBytes: 2 ** 21, labels: { a: '1' }, onWarning }
  assert.equal(publish(other), publication)
  publish(other)
  assert.deepEqual(
    warnings.map(({ code, what }) => [code, what.slice(what.indexOf('. Options'))]),
    [['PLIMSOLL_PUBLISHED_ALREADY', '. Options without effect: app, dir, labels, maxBytes.']],
  )
  assert.equal(publication.error, undefined)
  publication.close()
  assert.equal(existsSync('/somewhere/else'), false)
})

test('A page of an app with a dot in front is seen as any other', () => {
  const publication = publish({ registry: new Registry(), dir, app: '.env' })
  assert.match(publication.file ?? '', /\/_env-\d+-0-[0-9a-f]{8}\.page$/)
  assert.deepEqual(listPages(dir), [publication.file])
  assert.equal(readPage(publication.file ?? '').pages[0]?.app, '.env')
  publication.close()
})

test('What was overwritten in a mapped page counts from zero once it is closed, and published again', () => {
  const registry = new Registry()
  registry.counter('hits').add(5)
  const first = publish({ registry, dir })
  writeFileSync(first.file ?? '', Buffer.alloc(4096, 7), { flag: 'r+' })
  first.close()
  registry.counter('hits').inc()
  const second = publish({ registry, dir })
  assert.deepEqual(listPages(dir), [second.file])
  // The numbers of a written page are on the heap.
  assert.deepEqual(seriesOf(readPage(second.file ?? ''), 'hits'), [{ labels: {}, value: isWritten ? 6 : 1 }])
  second.close()
})

test('Wrong options throw', () => {
  for (const maxBytes of [0, 65_535, 2 ** 30 + 1, Number.NaN]) {
    assert.throws(() => publish({ registry: new Registry(), dir, maxBytes }), { code: 'PLIMSOLL_OPTION_INVALID' })
  }
  for (const wrong of [{ dir: '' }, { app: '' }, { registry: {} }, { onWarning: 'console' }, { dir: 7 }]) {
    const options = { registry: new Registry(), dir, ...wrong } as PublishOptions
    assert.throws(() => publish(options), { code: 'PLIMSOLL_OPTION_INVALID' })
  }
  assert.throws(() => publish({ apps: 'x' } as PublishOptions), {
    code: 'PLIMSOLL_OPTION_UNKNOWN',
    message: /^Unknown option "apps" for publish\(\)\. Did you mean "app"\? /,
  })
  assert.deepEqual(readdirSync(dir), [])
})

test('Where no page can be had, one warning says so and the metrics work all the same', () => {
  const warnings: PlimsollError[] = []
  const registry = new Registry()
  writeFileSync(join(dir, 'file'), '')
  const options = { registry, dir: join(dir, 'file'), onWarning: (warning: PlimsollError) => warnings.push(warning) }
  const publication = publish(options)
  const { file, error } = publication
  registry.counter('hits').inc()
  assert.equal(file, undefined)
  assert.equal(error?.code, 'PLIMSOLL_DIRECTORY_REFUSED')
  assert.deepEqual(warnings, [error])
  assert.deepEqual(registry.read().families[0]?.series, [{ labels: {}, value: 1 }])
  publication.close()
})

test('A warning that is handed to an async function which fails harms nobody', async () => {
  writeFileSync(join(dir, 'file'), '')
  const failures: unknown[] = []
  const note = (reason: unknown): number => failures.push(reason)
  process.on('unhandledRejection', note)
  const onWarning = async (): Promise<void> => {
    throw new Error('no connection')
  }
  publish({ registry: new Registry(), dir: join(dir, 'file'), onWarning }).close()
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', note)
  assert.deepEqual(failures, [])
})

test('However many registries are published, the process has one listener more for its exit', () => {
  const before = process.listenerCount('exit')
  const publications = Array.from({ length: 12 }, () => publish({ registry: new Registry(), dir }))
  assert.equal(process.listenerCount('exit'), before + 1)
  for (const publication of publications) publication.close()
  assert.equal(process.listenerCount('exit'), before)
})

test('What the page had no room for when it was published is counted, octave by octave', () => {
  for (let users = 600; users < 720; users++) {
    const registry = new Registry()
    const hits = registry.counter('hits', { labels: ['user'] })
    const size = registry.histogram('size', { labels: ['route'] })
    for (let user = 0; user < users; user++) hits.labels({ user: `${user}${'-'.repeat(20)}` }).inc()
    for (let i = 0; i < 60 * 5; i++) size.labels({ route: i % 60 }).record(1.5 * 2 ** Math.floor(i / 60))
    const { file = '', close } = bound(publish({ registry, dir, maxBytes: 65_536 }))
    const { families } = readPage(file)
    const sizes = families.find(({ name }) => name === 'size')?.series ?? []
    const whole = sizes.filter((series) => 'count' in series && series.count === 5).length
    const unseen = users - seriesOf({ families }, 'hits').length + 60 - whole
    assert.deepEqual(seriesOf({ families }, 'plimsoll.dropped'), [{ labels: {}, value: unseen }], `${users} users`)
    close()
  }
})

test('A page stops to grow at its limit: series past it are seen in the app, and counted in the page', () => {
  const registry = new Registry()
  const hits = registry.counter('hits', { labels: ['user'], maxSeries: 100_000 })
  const { file = '', close } = bound(publish({ registry, dir, maxBytes: 65_536 }))
  for (let user = 0; user < 5000; user++) hits.labels({ user }).inc()
  assert.equal(seriesOf(registry.read(), 'hits').length, 5000)
  const outside = readPage(file)
  const seen = seriesOf(outside, 'hits').length
  assert(seen > 500 && seen < 5000, `${seen} series`)
  assert.deepEqual(seriesOf(outside, 'plimsoll.dropped'), [{ labels: {}, value: 5000 - seen }])
  assert(statSync(file).size <= 65_536)
  close()
})

test('A page that grows by less than it would like to is not full', () => {
  const page = createPage({ directory: dir, writer: writerLine('shop', 0), maxBytes: 2 ** 20 })
  namePage(page)
  let failedEarly = false
  while (page.allocate(1) !== undefined) failedEarly ||= page.failure !== undefined
  // The rest is kept for getting rid of series.
  const most = 2 ** 20 - 2 ** 14
  assert.deepEqual([failedEarly, page.failure?.code, statSync(page.file).size], [false, 'PLIMSOLL_PAGE_FULL', most])
  page.release()
})

test('A page that is lost is replaced by a new one, with what was not lost; no more than once a minute', async () => {
  const { now } = systemClock
  const warnings: string[] = []
  const onWarning = ({ code }: PlimsollError): number => warnings.push(code)
  const removed = new Registry()
  const spoilt = new Registry()
  const publications = [removed, spoilt].map((registry) => publish({ registry, dir, onWarning }))
  removed.counter('kept').add(5)
  spoilt.counter('gone').add(5)
  systemClock.now = () => now() + 60_000
  try {
    unlinkSync(publications[0]?.file ?? '')
    writeFileSync(publications[1]?.file ?? '', Buffer.alloc(4096), { flag: 'r+' })
    const files = await newPages(publications.map(({ file }) => file))
    removed.counter('kept').inc()
    spoilt.counter('gone').inc()
    const [kept, gone] = files.map((file) => readPage(file))
    assert.deepEqual(seriesOf(kept as Snapshot, 'kept'), [{ labels: {}, value: 6 }])
    assert.deepEqual(seriesOf(gone as Snapshot, 'gone'), [{ labels: {}, value: isWritten ? 6 : 1 }])
    assert.deepEqual(listPages(dir), [...files].sort())
    assert.deepEqual(warnings, ['PLIMSOLL_PAGE_LOST', 'PLIMSOLL_PAGE_LOST'])
    const last = files[1] ?? ''
    writeFileSync(last, Buffer.alloc(4096), { flag: 'r+' })
    await until(() => !existsSync(last))
    assert.equal(publications[1]?.file, undefined)
  } finally {
    systemClock.now = now
    for (const publication of publications) publication.close()
  }

  async function newPages(before: readonly (string | undefined)[]): Promise<string[]> {
    await until(() => publications.every(({ file }, i) => file !== undefined && file !== before[i]))
    return publications.map(({ file }) => file ?? '')
  }
})

test('A publication that is closed by the warning of its loss stays closed', async () => {
  const { now } = systemClock
  const registry = new Registry()
  let warnings = 0
  const publication = publish({ registry, dir, onWarning: () => closeOnce() })
  const closeOnce = (): void => {
    warnings++
    publication.close()
  }
  systemClock.now = () => now() + 60_000
  try {
    writeFileSync(publication.file ?? '', Buffer.alloc(4096), { flag: 'r+' })
    await until(() => warnings > 0)
    // One more heartbeat would make a new page, were there any.
    await delay(1200)
    assert.deepEqual([warnings, listPages(dir), registry.read().pages], [1, [], []])
  } finally {
    systemClock.now = now
  }
})

test('The name of an app is what PLIMSOLL_APP says, else that of its package', () => {
  assert.equal(appName(), 'plimsoll')
  process.env['PLIMSOLL_APP'] = 'mine'
  assert.equal(appName(), 'mine')
  delete process.env['PLIMSOLL_APP']
})

test('The version is that of the package', () => {
  assert.equal(version, JSON.parse(readFileSync('package.json', 'utf8')).version)
})

async function until(happened: () => boolean): Promise<void> {
  const end = performance.now() + 60_000
  while (!happened()) {
    assert(performance.now() < end, 'it did not happen within 60 s')
    await delay(50)
  }
}

type Families = ReturnType<Registry['read']>['families']

function seriesOf({ families }: { families: Families }, name: string): readonly unknown[] {
  return families.find((family) => family.name === name)?.series ?? []
}

/** Series in the order of their labels: a page has them in the order of creation. */
function byName(families: Families): unknown {
  return families.map((family) => ({
    ...family,
    series: [...family.series].sort((a, b) => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1)),
  }))
}

function bound(publication: ReturnType<typeof publish>): { file?: string; close: () => void } {
  return { ...(publication.file && { file: publication.file }), close: () => publication.close() }
}
