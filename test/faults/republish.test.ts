import assert from 'node:assert/strict'
import { readdirSync, readFileSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { type Fleet, fleet } from 'plimsoll/fleet'
import { listPages, readPage } from 'plimsoll/page'
import type { Snapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import { cleanDirectory } from '#src/page/clean.ts'
import { fillFile, mountDisk } from './disk.ts'
import { countOf, newFolder, run, start } from './processes.ts'

/** All of the app, read and archived at a time when whoever is dead has been silent for long. */
function shopOf(t: TestContext, dir: string): Fleet {
  const shop = fleet('shop', { dir, clock: new ManualClock(Date.now() / 1000 + 60), retentionSeconds: 0 })
  t.after(() => shop.close())
  return shop
}

function seriesCount({ families }: Snapshot): number {
  return families.find(({ name }) => name === 'rows')?.series.length ?? 0
}

test('readers meet a page only with all that was counted before it was published, and always one', async (t) => {
  const dir = newFolder(t)
  const app = start(t, 'republisher', [dir])
  let running = true
  void app.ended.finally(() => {
    running = false
  })
  const seen = new Set<number>()
  while (running) {
    for (const file of listPages(dir)) seen.add(seriesCount(readPage(file)))
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual([...seen], [20_000])
  assert.equal((await app.ended).code, 0)
  assert.equal(listPages(dir).length, 1)
})

test('a sum never falls and never has anything twice while a process closes and publishes again 200 times', async (t) => {
  const dir = newFolder(t)
  const { code } = await run(t, 'closer', [dir, 'exit', '10'])
  assert.equal(code, 0)
  const shop = shopOf(t, dir)
  const app = start(t, 'closer', [dir, 'rounds', '200'])
  assert.equal(await app.line(), '"up"')
  let last: string | undefined
  void app.line().then((line) => {
    last = line
  })
  const sums: (number | undefined)[] = []
  while (last === undefined) {
    shop.compact()
    sums.push(countOf(shop.read(), 'jobs'))
    assert.deepEqual(shop.failures, [])
    await new Promise((resolve) => setImmediate(resolve))
  }
  sums.push(countOf(shop.read(), 'jobs'))
  const wrong = sums.filter((sum = 0, i) => sum < (sums[i - 1] ?? 1010) || sum > 1410)
  assert.deepEqual([wrong, sums.at(-1), last], [[], 1410, '1400'])
  assert.ok(new Set(sums).size > 20, `${new Set(sums).size} different sums of ${sums.length}`)
  assert.equal(listPages(dir).length, 1)
})

test('a closed page is neither archived nor removed while its process may publish it again, and shown as exited', (t) => {
  const dir = newFolder(t)
  const shop = shopOf(t, dir)
  const registry = new Registry()
  const jobs = registry.counter('jobs')
  registry.gauge('busy').set(7)
  const first = publish({ registry, dir, app: 'shop' })
  jobs.inc()
  first.close()
  jobs.inc()
  assert.deepEqual(shop.compact(), { archived: [], removed: [], error: undefined })
  assert.deepEqual(
    cleanDirectory(dir).map(({ removed, why }) => [removed, why]),
    [[false, 'closed']],
  )
  const closed = shop.read()
  assert.deepEqual(
    closed.pages.map(({ state, endedAt }) => [state, endedAt !== null]),
    [['exited', true]],
  )
  assert.deepEqual([countOf(closed, 'jobs'), countOf(closed, 'busy')], [1, undefined])
  const second = publish({ registry, dir, app: 'shop', labels: { queue: 'mails' } })
  const again = shop.read()
  assert.deepEqual([countOf(again, 'jobs'), countOf(again, 'busy')], [2, 7])
  const [page] = again.pages
  // The reader's clock is a minute ahead.
  assert.deepEqual([page?.state, page?.labels], ['blocked', { queue: 'mails' }])
  assert.deepEqual([second.file, page?.startedAt], [first.file, closed.pages[0]?.startedAt])
  assert.deepEqual(readdirSync(dir).length, 1)
  second.close()
})

test('a registry that is published again under another app or directory takes its numbers along', (t) => {
  const dir = newFolder(t)
  const registry = new Registry()
  registry.counter('jobs').inc()
  const files: (string | undefined)[] = []
  for (const [folder, app] of [
    ['a', 'shop'],
    ['a', 'store'],
    ['b', 'store'],
  ] as const) {
    const publication = publish({ registry, dir: join(dir, folder), app })
    files.push(publication.file)
    publication.close()
  }
  assert.equal(new Set(files).size, 3)
  assert.deepEqual([...listPages(join(dir, 'a')), ...listPages(join(dir, 'b'))], files.slice(2))
})

test('a page that somebody removed is published again under another name', (t) => {
  const dir = newFolder(t)
  const shop = shopOf(t, dir)
  const registry = new Registry()
  registry.counter('jobs').inc()
  const seen: unknown[] = []
  for (const isOpen of [true, false]) {
    const lost = publish({ registry, dir, app: 'shop' })
    if (isOpen) unlinkSync(lost.file ?? '')
    lost.close()
    if (!isOpen) unlinkSync(lost.file ?? '')
    const again = publish({ registry, dir, app: 'shop' })
    seen.push([again.file === lost.file, again.error, countOf(shop.read(), 'jobs'), listPages(dir).length])
    again.close()
  }
  assert.deepEqual(seen, [
    [false, undefined, 1, 1],
    [false, undefined, 1, 1],
  ])
})

test('closing and publishing a thousand times takes no more descriptors, mappings or files than once', (t) => {
  const dir = newFolder(t)
  const registry = new Registry()
  registry.counter('jobs').inc()
  const resources = () => {
    publish({ registry, dir, app: 'shop' }).close()
    const maps = readFileSync('/proc/self/maps', 'utf8').split('\n')
    const mappings = maps.filter((line) => line.includes(dir)).length
    return { files: readdirSync(dir).length, mappings, descriptors: readdirSync('/proc/self/fd').length }
  }
  const before = resources()
  for (let i = 0; i < 1000; i++) publish({ registry, dir, app: 'shop' }).close()
  assert.deepEqual(resources(), before)
  assert.deepEqual([before.files, before.mappings], [1, 1])
})

test('a registry that is closed and collected leaves no lock, and its page is archived as any other', async (t) => {
  const dir = newFolder(t)
  const app = start(t, 'closer', [dir, 'collected', '300'], { node: ['--expose-gc'] })
  assert.deepEqual(JSON.parse(await app.line()), { files: [0, 0], kept: 300 })
  const shop = shopOf(t, dir)
  assert.equal(shop.compact().archived.length, 300)
  assert.equal(countOf(shop.read(), 'jobs'), 300)
})

test('what a thread closed is archived once the thread has ended, and what one closed that was terminated', async (t) => {
  for (const how of ['end', 'terminate']) {
    const dir = newFolder(t)
    const app = start(t, 'closer', [dir, how, '3'])
    const mappings = Number(await app.line())
    const shop = shopOf(t, dir)
    assert.deepEqual([how, shop.compact().archived.length, countOf(shop.read(), 'jobs')], [how, 3, 3])
    assert.equal(how === 'end' ? mappings : 0, 0)
  }
})

test('what a process closed is archived once, whether it exited at once or was killed later', async (t) => {
  const dir = newFolder(t)
  const shops = [shopOf(t, dir), shopOf(t, dir)]
  assert.equal((await run(t, 'closer', [dir, 'exit', '2'])).code, 0)
  const app = start(t, 'closer', [dir, 'closed', '3'])
  assert.equal(await app.line(), '"closed"')
  const look = () => shops.map((shop) => [shop.compact().archived.length, countOf(shop.read(), 'jobs')])
  assert.deepEqual(look(), [
    [2, 5],
    [0, 5],
  ])
  app.child.kill('SIGKILL')
  await app.ended
  assert.deepEqual(look(), [
    [3, 5],
    [0, 5],
  ])
  assert.deepEqual(listPages(dir), [])
})

test('on a full disk a closed page stays as it is, and the next one comes when there is room', (t) => {
  const dir = mountDisk(t, 128)
  if (dir === undefined) return
  const shop = shopOf(t, dir)
  const registry = new Registry()
  const jobs = registry.counter('jobs')
  const warnings: string[] = []
  const open = () => {
    return publish({ registry, dir, app: 'shop', onWarning: ({ code }) => warnings.push(code) })
  }
  const first = open()
  jobs.inc()
  const ballast = join(dir, 'ballast')
  fillFile(ballast, 128 * 1024)
  first.close()
  jobs.inc()
  assert.deepEqual([open().file, countOf(shop.read(), 'jobs')], [undefined, 1])
  assert.deepEqual(warnings, ['PLIMSOLL_PAGE_NOT_CREATED'])
  assert.deepEqual(shop.compact().archived, [])
  unlinkSync(ballast)
  const second = open()
  assert.deepEqual([second.file, countOf(shop.read(), 'jobs')], [first.file, 2])
  assert.equal(readdirSync(dir).length, 1)
  second.close()
})
