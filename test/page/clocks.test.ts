import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { readPage } from 'plimsoll/page'
import { systemClock } from '#src/clock.ts'
import { readDeadPage } from '#src/fleet/archive/dead-page.ts'
import { namespaceOffset } from '#src/page/layout.ts'
import { OpenPages } from '#src/page/read/open-pages.ts'
import { ReadableFile } from '#src/page/read/readable-file.ts'
import { openPage, PageReader } from '#src/page/read/reader.ts'
import { createPage, namePage } from '#src/page/write/create.ts'
import { writerLine } from '#src/page/write/identity.ts'
import { uptime } from '#src/snapshot/page-state.ts'

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-clocks-'))
  t.after(() => rmSync(folder, { recursive: true, maxRetries: 10 }))
  return folder
}

test('a clock that is set changes neither state nor uptime of the writers of this machine', (t) => {
  const publication = publish({ registry: new Registry(), dir: newFolder(t) })
  const { unixTime } = systemClock
  t.after(() => {
    systemClock.unixTime = unixTime
    publication.close()
  })
  for (const seconds of [0, 86_400, -86_400, 4]) {
    systemClock.unixTime = () => unixTime() + seconds
    const { pages, takenAt } = readPage(publication.file ?? '')
    const [page] = pages
    assert(page !== undefined && page.heartbeatAge !== null)
    assert.deepEqual(
      [page.state, page.heartbeatAge < 3, uptime(page, takenAt) < 60],
      ['live', true, true],
      `${seconds} s`,
    )
    assert.ok(uptime(page, takenAt) > 0)
  }
})

test('uptime goes on where a page takes the place of another one', (t) => {
  const registry = new Registry()
  const options = { registry, dir: newFolder(t), app: 'shop', maxBytes: 2 ** 18 }
  const uptimeOf = (file = ''): number => readPage(file).pages[0]?.uptime ?? Number.NaN
  let publication = publish(options)
  t.after(() => publication.close())
  const begun = performance.now()
  while (performance.now() - begun < 100);
  publication.close()
  publication = publish(options)
  assert.ok(uptimeOf(publication.file) >= 0.1, 'after it was closed')
  const { ino } = statSync(publication.file ?? '')
  const calls = registry.counter('calls', { labels: ['to'] })
  for (let i = 0; statSync(publication.file ?? '').ino === ino; i++) {
    calls.labels({ to: `number ${i}` }).inc()
    calls.remove({ to: `number ${i}` })
  }
  assert.ok(uptimeOf(publication.file) >= 0.1, 'by a smaller one')
})

test('a writer that closes its page in good order while it is read never shows as killed', (t) => {
  const page = createPage({ directory: newFolder(t), writer: writerLine('shop', 1), maxBytes: 2 ** 20 })
  namePage(page)
  class Ending extends ReadableFile {
    override isHeld(): boolean | undefined {
      page.end(1_700_000_000)
      page.release()
      return super.isHeld()
    }
  }
  const reader = new PageReader(page.file, new Ending(page.file), {})
  t.after(() => reader.close())
  const [read] = reader.read().pages
  assert.deepEqual([read?.state, read?.endedAt], ['exited', 1_700_000_000])
})

/** Calls back with the wall clock set to other times, as an administrator or NTP may do. */
function withClockSet(t: TestContext, look: (seconds: number) => void): void {
  const { unixTime } = systemClock
  t.after(() => {
    systemClock.unixTime = unixTime
  })
  for (const seconds of [0, 86_400, -86_400, 4]) {
    systemClock.unixTime = () => unixTime() + seconds
    look(seconds)
  }
}

test('a clock that is set does not change how long ago a page was read that cannot be read any more', (t) => {
  const publication = publish({ registry: new Registry(), dir: newFolder(t), page: 'written', onWarning: () => {} })
  t.after(() => publication.close())
  const file = publication.file ?? ''
  const pages = new OpenPages({}, openPage, true)
  t.after(() => pages.close())
  pages.read([file])
  truncateSync(file, 100)
  withClockSet(t, (seconds) => {
    const { snapshots, failures } = pages.read([file])
    const [page] = snapshots[0]?.pages ?? []
    assert(page !== undefined && page.heartbeatAge !== null)
    assert.deepEqual([failures.length, page.state, page.heartbeatAge < 3], [1, 'live', true], `${seconds} s`)
  })
})

test('a clock that is set has no written page archived whose writer lives in another container', (t) => {
  const publication = publish({ registry: new Registry(), dir: newFolder(t), app: 'shop', page: 'written' })
  t.after(() => publication.close())
  const file = publication.file ?? ''
  const fd = openSync(file, 'r+')
  writeSync(fd, Uint8Array.of(1, 2, 3, 4), 0, 4, namespaceOffset)
  closeSync(fd)
  withClockSet(t, (seconds) => {
    const options = { app: 'shop', clock: systemClock, silentSeconds: 3 }
    assert.equal(readDeadPage(file, options), undefined, `${seconds} s`)
    assert.equal(readPage(file).pages[0]?.state, 'live', `${seconds} s`)
  })
})
