import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Publication, publish, Registry } from 'plimsoll'
import { openPage, readPage } from 'plimsoll/page'
import { ManualClock } from 'plimsoll/testing'
import { mappingUnavailable } from '#src/os/map.ts'
import * as layout from '#src/page/layout.ts'

const skip = mappingUnavailable()?.message ?? false
const dir = mkdtempSync(join(tmpdir(), 'plimsoll-reader-'))
after(() => rmSync(dir, { recursive: true }))

function published(registry: Registry): Pick<Publication, 'close'> & { readonly file: string } {
  const publication = publish({ registry, dir })
  return { file: publication.file ?? assert.fail(publication.error), close: () => publication.close() }
}

test('A short file that does not begin like a page is none, and nobody is told to remove it', () => {
  const files = { 'users.page': 'root:x:0:0', 'begun.page': 'plimsoll pa', 'empty.page': '' }
  for (const [name, content] of Object.entries(files)) {
    const file = join(dir, name)
    writeFileSync(file, content)
    const code = name === 'users.page' ? 'PLIMSOLL_PAGE_UNKNOWN' : 'PLIMSOLL_PAGE_DAMAGED'
    assert.throws(() => readPage(file), { code })
    rmSync(file)
  }
})

test('A reader that stays sees what a new one sees, whatever was added between its reads', { skip }, () => {
  const registry = new Registry()
  const publication = published(registry)
  const page = openPage(publication.file)
  for (let round = 0; round < 40; round++) {
    // Names of growing length, so that lines lie across the ends of chunks in many ways.
    const family = registry.counter(`family.x${'x'.repeat(round)}`, { labels: ['route'] })
    for (let i = 0; i < 60; i++) family.labels({ route: `${'/longer'.repeat(round % 7)}/${i}` }).add(i)
    const sizes = registry.histogram('sizes', { labels: ['round'] }).labels({ round })
    for (let i = 0; i < 12; i++) sizes.record(3 ** i / 7)
    registry
      .histogram('bounded', { labels: ['round'], buckets: [1, 2, 3] })
      .labels({ round })
      .record(round / 10)
    registry.gauge('round').set(round)
    const { families } = registry.read()
    assert.deepEqual(page.read().families, families)
    assert.deepEqual(readPage(publication.file).families, families)
  }
  const header = readFileSync(publication.file).subarray(0, layout.headerBytes)
  assert(header.readUInt32LE(layout.chunkCountOffset) > 12)
  page.close()
  publication.close()
})

test('Two registries of one thread have a page each', { skip }, () => {
  const [one, two] = [new Registry(), new Registry()]
  const [first, second] = [published(one), published(two)]
  one.counter('same').add(1)
  two.counter('same').add(2)
  assert.deepEqual(readPage(first.file).families, one.read().families)
  assert.deepEqual(readPage(second.file).families, two.read().families)
  assert.notEqual(first.file, second.file)
  first.close()
  second.close()
})

test('100,000 series are published and read, in a page of at most 80 bytes a series beyond its labels', {
  skip,
}, () => {
  const registry = new Registry()
  const publication = published(registry)
  const calls = registry.counter('calls', { labels: ['n'], maxSeries: 100_000 })
  for (let n = 0; n < 100_000; n++) calls.labels({ n }).add(n)
  const { families } = readPage(publication.file)
  assert.deepEqual(families, registry.read().families)
  assert(statSync(publication.file).size < 100_000 * 80)
  publication.close()
})

test('A page tells who writes it and whether that is still so', { skip }, () => {
  const publication = published(new Registry())
  const clock = new ManualClock(Date.now() / 1000 + 100)
  const [live] = readPage(publication.file, { clock }).pages
  assert(live !== undefined && live.heartbeatAge !== null)
  assert.deepEqual([live.pid, live.tid, live.state, live.file], [process.pid, 0, 'blocked', publication.file])
  assert(live.heartbeatAge > 99 && live.heartbeatAge < 110)
  publication.close()
  assert.equal(readPage(publication.file).pages[0]?.state, 'exited')
})

test('A heartbeat in the future, as after a clock was set back, is no age below 0', { skip }, () => {
  const publication = published(new Registry())
  assert.equal(readPage(publication.file, { clock: new ManualClock(1) }).pages[0]?.heartbeatAge, 0)
  publication.close()
})

test('A page cut short under an open reader is damaged, each time it is read', { skip }, () => {
  const registry = new Registry()
  registry.counter('calls').inc()
  const publication = published(registry)
  publication.close()
  const page = openPage(publication.file)
  assert.equal(page.read().families[0]?.name, 'calls')
  truncateSync(publication.file, layout.headerBytes)
  assert.throws(() => page.read(), { code: 'PLIMSOLL_PAGE_DAMAGED' })
  assert.throws(() => page.read(), { code: 'PLIMSOLL_PAGE_DAMAGED' })
  truncateSync(publication.file, 100)
  assert.throws(() => page.read(), { code: 'PLIMSOLL_PAGE_DAMAGED' })
  page.close()
})
