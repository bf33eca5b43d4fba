import assert from 'node:assert/strict'
import { chownSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { readPage } from 'plimsoll/page'
import { ManualClock } from 'plimsoll/testing'
import { archiveFile } from '#src/fleet/archive/archive.ts'
import { cleanFleet } from '#src/fleet/archive/clean-fleet.ts'
import { mappingUnavailable } from '#src/os/map.ts'
import { heartbeatOffset } from '#src/page/layout.ts'

const golden = readFileSync('test/page/golden/v1-example.page')
const now = 1_800_000_000
const isRoot = process.geteuid?.() === 0

/** Writes the page of a writer that is gone and was last seen so many seconds ago. */
function writePage(file: string, age: number): void {
  const page = Buffer.from(golden)
  page.writeDoubleLE(now - age, heartbeatOffset)
  writeFileSync(file, page)
}

const damages = [
  'damaged page',
  'no page',
  "another user's page",
  'damaged archive',
  'archive of a later version',
] as const

test('what a dry run says is what a run does, however many pages there are and however old they are', {
  skip: mappingUnavailable() !== undefined && 'nothing can be cleaned here',
}, () => {
  const ages = fc.record({
    pages: fc.array(fc.record({ count: fc.constantFrom(1, 3, 60, 110), age: fc.constantFrom(0, 1, 100, 5000) }), {
      maxLength: 3,
    }),
    olderThan: fc.constantFrom(undefined, 0, 1, 50, 3600),
    odd: fc.uniqueArray(fc.constantFrom(...damages), { maxLength: 2 }),
  })
  fc.assert(
    fc.property(ages, ({ pages, olderThan, odd }) => {
      const folder = mkdtempSync(join(tmpdir(), 'plimsoll-clean-'))
      try {
        let number = 0
        for (const { count, age } of pages) {
          for (let i = 0; i < count; i++) writePage(join(folder, `shop-${number++}.page`), age)
        }
        for (const what of odd) spoil(folder, what)
        const options = { clock: new ManualClock(now), ...(olderThan !== undefined && { olderThan }) }
        const said = cleanFleet(folder, { ...options, dryRun: true }).files
        const done = cleanFleet(folder, options).files
        const plain = (files: typeof said) => files.map(({ file, removed, why }) => ({ file, removed, why }))
        assert.deepEqual(plain(done), plain(said))
        for (const { file, removed } of done) assert.equal(existsSync(file), !removed)
        const old = pages.filter(({ age }) => age >= (olderThan ?? 0)).reduce((sum, { count }) => sum + count, 0)
        if (odd.length === 0) assert.equal(done.filter(({ removed }) => removed).length, old)
      } finally {
        rmSync(folder, { recursive: true })
      }
    }),
    { numRuns: 25 },
  )
})

function spoil(folder: string, what: (typeof damages)[number]): void {
  const file = join(folder, `${what.replaceAll(/\W/g, '-')}.page`)
  const archive = archiveFile(folder, readPage('test/page/golden/v1-example.page').pages[0]?.app ?? '')
  if (what === 'damaged page') writeFileSync(file, golden.subarray(0, 5000))
  else if (what === 'no page') writeFileSync(file, 'no page at all')
  else if (what === 'damaged archive') writeFileSync(archive, 'no archive at all')
  else if (what === 'archive of a later version') {
    writeFileSync(archive, `{"plimsollArchive":99,"app":"x","pages":{}}\n{}\n`)
  } else if (isRoot) {
    copyFileSync('test/page/golden/v1-example.page', file)
    chownSync(file, 4711, 4711)
  }
}
