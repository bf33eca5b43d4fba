import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { PlimsollError, publish, Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { listPages, readPage } from 'plimsoll/page'
import type { Snapshot } from 'plimsoll/snapshot'
import { cleanFleet } from '#src/fleet/archive/clean-fleet.ts'
import { aboutPage } from '#src/fleet/archive/dead-page.ts'
import { bootBytes, bootOffset, threadStartOffset } from '#src/page/layout.ts'

const program = (name: string): string => new URL(`fixtures/${name}.js`, import.meta.url).pathname

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-written-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

function published(t: TestContext, dir = newFolder(t)) {
  const registry = new Registry()
  const warnings: string[] = []
  const publication = publish({
    registry,
    dir,
    app: 'app',
    page: 'written',
    onWarning: ({ code }) => warnings.push(code),
  })
  t.after(() => publication.close())
  return { registry, publication, dir, warnings, file: publication.file as string }
}

function countOf({ families }: Snapshot, name: string): number | undefined {
  const series = families.find((family) => family.name === name)?.series[0]
  return series !== undefined && 'value' in series ? Number(series.value) : undefined
}

/** The page as its file is now: whoever reads a page of his own brings it up to date first. */
function asInFile(file: string, copy: string): Snapshot {
  spawnSync('cp', [file, copy])
  return readPage(copy)
}

test('a written page is read as a mapped one, and says that it is written', (t) => {
  const { registry, publication, file } = published(t)
  registry.counter('jobs').add(3)
  registry.timer('waits').record(0.25)
  registry.state('phase', { states: ['a', 'b'] }).set('b')
  const snapshot = readPage(file)
  const own = registry.read()
  assert.deepEqual(
    snapshot.families.map(({ name }) => name),
    own.families.map(({ name }) => name),
  )
  assert.equal(countOf(snapshot, 'jobs'), 3)
  assert.equal(publication.error, undefined)
  assert.deepEqual([snapshot.pages[0]?.state, snapshot.pages[0]?.written], ['live', 'chosen'])
  publication.close()
  assert.equal(readPage(file).pages[0]?.state, 'exited')
})

test('what was recorded is in the file with the next heartbeat, and at the latest when the page is closed', async (t) => {
  const { registry, publication, dir, file } = published(t)
  const jobs = registry.counter('jobs')
  jobs.add(2)
  const copy = join(dir, 'copy')
  const end = performance.now() + 30_000
  while (countOf(asInFile(file, copy), 'jobs') !== 2) {
    assert.ok(performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  jobs.add(5)
  publication.close()
  assert.equal(countOf(asInFile(file, copy), 'jobs'), 7)
})

test('cells of a removed series are not used again before readers know that it is gone', (t) => {
  const { registry, dir, file } = published(t)
  const made = registry.counter('made', { labels: ['n'] })
  made.labels({ n: 'old' }).add(5)
  readPage(file)
  made.remove({ n: 'old' })
  made.labels({ n: 'new' }).add(1000)
  // As after a kill in the middle of writing: the cells are new, the end of the log is the old one.
  const before = openSync(file, 'r+')
  const header = readFileSync(file).subarray(0, 4096)
  readPage(file)
  writeSync(before, header, 0, header.length, 0)
  closeSync(before)
  const found = asInFile(file, join(dir, 'copy')).families.find(({ name }) => name === 'made')?.series
  assert.deepEqual(
    found?.map((series) => [series.labels, 'value' in series && series.value]),
    [[{ n: 'old' }, 5]],
  )
})

for (const how of ['exit', 'throw', 'kill']) {
  test(`all that was recorded is in the file after ${how}`, async (t) => {
    const dir = newFolder(t)
    const child = spawn(process.execPath, [program('written-ender'), dir, how], { stdio: 'ignore' })
    await once(child, 'exit')
    const [file = ''] = listPages(dir)
    const page = readPage(file)
    assert.equal(countOf(page, 'jobs'), 7)
    assert.equal(page.pages[0]?.state, how === 'exit' ? 'exited' : 'killed')
  })
}

test('a writer that was taken for dead counts from zero: nothing counts twice', async (t) => {
  const dir = newFolder(t)
  const registry = new Registry()
  const lost = new Promise<PlimsollError>((resolve) => {
    const publication = publish({ registry, dir, app: 'app', page: 'written', onWarning: resolve })
    t.after(() => publication.close())
  })
  const jobs = registry.counter('jobs')
  jobs.add(3)
  const [file = ''] = listPages(dir)
  readPage(file)
  // Another thread has its number by now, as far as that can be told from the start of the thread.
  const fd = openSync(file, 'r+')
  t.after(() => closeSync(fd))
  writeSync(fd, new Uint8Array(new Float64Array([1]).buffer), 0, 8, threadStartOffset)
  const { files, errors } = cleanFleet(dir)
  assert.deepEqual([files.map(({ why }) => why), errors], [['dead'], []])
  // Heartbeats keep no process alive.
  const alive = setInterval(() => {}, 1000)
  t.after(() => clearInterval(alive))
  const { code, message } = await lost
  assert.equal(code, 'PLIMSOLL_PAGE_LOST')
  assert.match(message, /was archived, as its process seemed to be dead/)
  assert.equal(jobs.value, 0)
  const app = fleet(dir)
  t.after(() => app.close())
  assert.equal(countOf(app.read(), 'jobs'), 3)
})

for (const runtime of ['bun', 'deno']) {
  test(`under ${runtime}, whose monotonic clock is its own, a page says nothing of the clock of the machine`, (t) => {
    const dir = newFolder(t)
    const script = `process.versions.${runtime} = '1.0.0'; const { publish } = await import('plimsoll'); publish({ dir: ${JSON.stringify(dir)} })`
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script])
    assert.equal(status, 0)
    const boot = readFileSync(listPages(dir)[0] as string).subarray(bootOffset, bootOffset + bootBytes)
    assert.deepEqual(boot, Buffer.alloc(bootBytes))
  })
}

test('what is removed is known in the header of a written page, where archives look first', (t) => {
  const { registry, file } = published(t)
  const jobs = registry.counter('jobs', { labels: ['to'] })
  jobs.labels({ to: 'a' }).inc()
  assert.equal(aboutPage(file)?.cleared, 0)
  jobs.remove({ to: 'a' })
  assert.ok((aboutPage(file)?.cleared ?? 0) > 1e9)
})

test('the environment chooses how a page is kept, and a wrong word is reported', (t) => {
  const saved = process.env.PLIMSOLL_PAGE
  t.after(() => {
    if (saved === undefined) delete process.env.PLIMSOLL_PAGE
    else process.env.PLIMSOLL_PAGE = saved
  })
  const outcome = (word: string) => {
    process.env.PLIMSOLL_PAGE = word
    const codes: string[] = []
    const publication = publish({
      registry: new Registry(),
      dir: newFolder(t),
      onWarning: ({ code }) => codes.push(code),
    })
    const written = publication.file && readPage(publication.file).pages[0]?.written
    publication.close()
    return { written, codes }
  }
  assert.deepEqual(outcome('written'), { written: 'chosen', codes: [] })
  assert.deepEqual(outcome('mapped'), { written: undefined, codes: [] })
  assert.deepEqual(outcome('off'), { written: undefined, codes: [] })
  assert.deepEqual(outcome('paper'), { written: undefined, codes: ['PLIMSOLL_OPTION_INVALID'] })
  assert.throws(() => publish({ registry: new Registry(), page: 'paper' as never }), PlimsollError)
})
