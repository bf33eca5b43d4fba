import assert from 'node:assert/strict'
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { listPages } from 'plimsoll/page'
import { ManualClock } from 'plimsoll/testing'
import { countOf, newFolder, readAll } from './processes.ts'

/** Closes the descriptors of a page, as an app does by mistake, and opens a file of its own that gets their numbers. */
function takeDescriptors(page: string, own: string): number[] {
  const isPage = (fd: string): boolean => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === page
    } catch {
      return false
    }
  }
  const taken = readdirSync('/proc/self/fd').filter(isPage).map(Number)
  for (const fd of taken) closeSync(fd)
  return taken.map(() => openSync(own, 'r+'))
}

function begin(t: TestContext) {
  const dir = newFolder(t)
  const own = join(dir, 'accounts')
  writeFileSync(own, 'precious')
  const registry = new Registry()
  const sales = registry.counter('sales', { labels: ['user'], maxSeries: Number.POSITIVE_INFINITY })
  sales.labels({ user: 0 }).inc()
  const publication = publish({ registry, dir })
  return { dir, own, registry, sales, publication }
}

test('when an app closes the descriptors of a page, nothing goes into the file that gets their numbers', (t) => {
  const { dir, own, sales, publication } = begin(t)
  const fds = takeDescriptors(publication.file ?? '', own)
  // More than what there is room for, in the log and in the cells.
  for (let user = 0; user < 3000; user++) sales.labels({ user }).inc()
  publication.close()
  assert.equal(readFileSync(own, 'utf8'), 'precious')
  assert.deepEqual(
    fds.map((fd) => fstatSync(fd).size),
    [8, 8],
  )
  for (const fd of fds) closeSync(fd)
  assert.deepEqual(
    readAll(dir).map((page) => [countOf(page, 'sales'), (countOf(page, 'plimsoll.dropped') ?? 0) > 2000]),
    [[2, true]],
  )
  assert.equal(sales.seriesCount, 3000)
})

test('a page is locked anew when it is closed after that, and the next one takes its numbers over under another name', (t) => {
  const { dir, own, registry, publication } = begin(t)
  const fds = takeDescriptors(publication.file ?? '', own)
  publication.close()
  const clock = new ManualClock(Date.now() / 1000 + 60)
  const all = fleet(dir, { clock })
  t.after(() => all.close())
  assert.deepEqual(all.compact().archived, [])
  const again = publish({ registry, dir })
  t.after(() => again.close())
  assert.notEqual(again.file, publication.file)
  assert.deepEqual(listPages(dir), [again.file])
  assert.equal(countOf(all.read(), 'sales'), 1)
  for (const fd of fds) closeSync(fd)
})
