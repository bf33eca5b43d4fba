import assert from 'node:assert/strict'
import {
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { mappingUnavailable } from '#src/os/map.ts'
import { OpenPages, readPages } from '#src/page/read/open-pages.ts'
import { openPage } from '#src/page/read/reader.ts'
import { Turns } from '#src/page/read/turns.ts'
import { mappedOnly } from '../support/written.ts'

const needsPages = { skip: mappingUnavailable()?.message ?? false }

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-open-pages-'))
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}

/** A published registry with one counter. */
function newPage(t: TestContext, dir: string) {
  const registry = new Registry()
  const jobs = registry.counter('jobs')
  const publication = publish({ registry, dir, app: 'test', onWarning: () => {} })
  t.after(() => publication.close())
  return { file: publication.file ?? '', jobs }
}

/** What a read gave: the count of `jobs` in each page, and the code of each failure. */
function summary({ snapshots, failures }: ReturnType<typeof readPages>) {
  const counts = snapshots.map(({ families }) => families.find(({ name }) => name === 'jobs')?.series[0])
  return {
    counts: counts.map((series) => series && 'value' in series && series.value),
    codes: failures.map(({ file, error }) => [file, error.code]),
  }
}

function openFiles(folder: string): string[] {
  const targets = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      return ''
    }
  })
  return targets.filter((target) => target.startsWith(folder))
}

test('a page that cannot be read is told with its file, and the others are read', needsPages, (t) => {
  const folder = newFolder(t)
  const [first, second] = [newPage(t, folder), newPage(t, folder)]
  first.jobs.add(1)
  second.jobs.add(2)
  const bad = join(folder, 'bad.page')
  writeFileSync(bad, 'x'.repeat(5000))
  const missing = join(folder, 'missing.page')
  const read = readPages([first.file, bad, missing, second.file])
  assert.deepEqual(summary(read), {
    counts: [1, 2],
    codes: [
      [bad, 'PLIMSOLL_PAGE_UNKNOWN'],
      [missing, 'PLIMSOLL_PAGE_UNREADABLE'],
    ],
  })
})

test('pages that come, go and break between reads are followed, and nothing stays open', {
  skip: needsPages.skip || mappedOnly.skip,
}, (t) => {
  const folder = newFolder(t)
  const copies = newFolder(t)
  const page = newPage(t, folder)
  const before = openFiles(folder).length
  const pages = new OpenPages()
  assert.deepEqual(summary(pages.read([page.file])), { counts: [0], codes: [] })
  page.jobs.add(5)
  assert.deepEqual(summary(pages.read([page.file])), { counts: [5], codes: [] })
  const broken = join(copies, 'broken.page')
  writeFileSync(broken, 'not yet')
  assert.equal(pages.read([broken, page.file]).failures.length, 1)
  unlinkSync(broken)
  const other = newPage(t, copies)
  other.jobs.add(7)
  renameSync(other.file, broken)
  assert.deepEqual(summary(pages.read([broken, page.file])), { counts: [7, 5], codes: [] })
  truncateSync(broken, 100)
  assert.deepEqual(summary(pages.read([broken, page.file])), {
    counts: [5],
    codes: [[broken, 'PLIMSOLL_PAGE_DAMAGED']],
  })
  pages.close()
  assert.deepEqual(summary(pages.read([page.file])), { counts: [5], codes: [] })
  pages.close()
  assert.equal(openFiles(folder).length, before)
})

test('whatever goes wrong inside one file is a failure of that file alone', needsPages, (t) => {
  const folder = newFolder(t)
  const { file, jobs } = newPage(t, folder)
  jobs.add(3)
  for (const thrown of [new RangeError('Invalid string length'), new TypeError('x is undefined'), 'a text']) {
    const bad = () => ({
      read: () => {
        throw thrown
      },
      close: () => {},
    })
    const pages = new OpenPages({}, (name, options) => (name === 'bad' ? bad() : openPage(name, options)))
    const read = pages.read(['bad', file])
    pages.close()
    assert.deepEqual(summary(read), { counts: [3], codes: [['bad', 'PLIMSOLL_PAGE_UNREADABLE']] })
    assert.equal(read.failures[0]?.error.cause, thrown)
  }
})

test('of each page may be read what is chosen for it', needsPages, (t) => {
  const dir = newFolder(t)
  const [first, second] = [newPage(t, dir), newPage(t, dir)]
  for (const { jobs } of [first, second]) jobs.inc()
  const pages = new OpenPages()
  t.after(() => pages.close())
  const all = { families: ['jobs'] }
  const none = { families: [] }
  const selectionOf = (file: string) => (file === first.file ? none : all)
  const read = pages.read([first.file, second.file], all, { selectionOf })
  assert.deepEqual(
    read.snapshots.map(({ families }) => families.map(({ name }) => name)),
    [[], ['jobs']],
  )
})

test('pages that come together have their turns one after the other, each once in so many reads', () => {
  const turns = new Turns(3)
  const files = ['a', 'b', 'c', 'd']
  const due = Array.from({ length: 8 }, () => {
    turns.begin()
    const now = files.filter((file) => turns.isDue(file))
    // Asked again in the same read, as after a page that went into an archive meanwhile.
    assert.deepEqual(
      files.filter((file) => turns.isDue(file)),
      now,
    )
    return now.join('')
  })
  assert.deepEqual(due, ['abcd', 'ad', 'b', 'c', 'ad', 'b', 'c', 'ad'])
  turns.begin()
  turns.begin()
  assert.ok(turns.isDue('a'), 'a page that was away is new')
})
