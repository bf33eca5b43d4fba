import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { readPage } from 'plimsoll/page'
import { systemClock } from '#src/clock.ts'
import { ReadableFile } from '#src/page/read/readable-file.ts'
import { PageReader } from '#src/page/read/reader.ts'
import { createPage, namePage } from '#src/page/write/create.ts'
import { writerLine } from '#src/page/write/identity.ts'
import { uptime } from '#src/snapshot/page-state.ts'

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-clocks-'))
  t.after(() => rmSync(folder, { recursive: true }))
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
