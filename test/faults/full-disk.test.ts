import assert from 'node:assert/strict'
import { unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { listPages, readPage } from 'plimsoll/page'
import { fillFile, mountDisk } from './disk.ts'
import { countOf, heartbeats, run, start } from './processes.ts'

const title = 'an app on a full disk counts on, says so once, and is seen again when there is room'
test(title, { concurrency: true }, async (t) => {
  const fillOf = (kib: number) => async (t: TestContext) => {
    const dir = mountDisk(t, kib)
    if (dir !== undefined) await fill(t, dir)
  }
  await Promise.all([64, 112, 256].map((kib) => t.test(`a disk of ${kib} KiB`, fillOf(kib))))
})

async function fill(t: TestContext, dir: string) {
  const ballast = join(dir, 'ballast')
  fillFile(ballast, 24 * 1024)
  const app = start(t, 'disk-filler', [dir])
  const full = JSON.parse(await app.line())
  assert.deepEqual({ right: full.right, created: full.created }, { right: true, created: true })
  assert.ok(full.whenFull > 0)
  const [file = ''] = listPages(dir)
  await heartbeats(file, 2)
  const ask = async (order: string) => {
    app.tell(order)
    return JSON.parse(await app.line())
  }
  const fullWarning = { warnings: ['PLIMSOLL_PAGE_FULL'], error: 'PLIMSOLL_PAGE_FULL', right: true }
  const { dropped, ...state } = await ask('state')
  assert.deepEqual(state, fullWarning)
  const page = onlyPage(dir)
  // A histogram without room for an octave keeps its count, also for readers.
  assert.deepEqual([countOf(page, 'plimsoll.dropped'), countOf(page, 'wide')], [dropped, 201])
  const seen = rowsOf(page)
  assert.ok(seen.size > 10 && !seen.has('after 0'))
  for (const [n, value] of seen) assert.equal(value, n.startsWith('late') ? 3 : 4)
  unlinkSync(ballast)
  await heartbeats(file, 1)
  assert.deepEqual({ ...(await ask('more')), dropped }, { ...fullWarning, dropped })
  const later = rowsOf(onlyPage(dir))
  for (let i = 0; i < 10; i++) assert.equal(later.get(`after ${i}`), 5)
  t.diagnostic(JSON.stringify({ dropped, seen: seen.size, later: later.size }))
  app.child.stdin?.end()
  const { code, signal } = await app.ended
  assert.deepEqual({ code, signal }, { code: 0, signal: null })
}

test('publish() on a disk without any room leaves nothing behind and the app at work', async (t) => {
  const dir = mountDisk(t, 64)
  if (dir === undefined) return
  const ballast = join(dir, 'ballast')
  fillFile(ballast, 64 * 1024)
  const { code, stdout } = await run(t, 'publisher', [dir])
  assert.equal(code, 0)
  const codes = { error: 'PLIMSOLL_PAGE_NOT_CREATED', warnings: ['PLIMSOLL_PAGE_NOT_CREATED'] }
  assert.deepEqual(JSON.parse(stdout), { ...codes, file: null, value: 3, read: 3 })
  assert.deepEqual(listPages(dir), [])
})

function onlyPage(dir: string) {
  const [file = '', ...others] = listPages(dir)
  assert.deepEqual(others, [])
  return readPage(file)
}

function rowsOf(page: ReturnType<typeof readPage>): Map<string, number> {
  const family = page.families.find(({ name }) => name === 'rows')
  const series = family?.kind === 'counter' ? family.series : []
  return new Map(series.map(({ labels, value }) => [labels['n'] ?? '', value]))
}
