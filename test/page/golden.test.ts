import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readPage } from 'plimsoll/page'
import type { Snapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'

const folder = 'test/page/golden'

test('The script that makes golden pages leaves those that are there as they are', () => {
  const content = () => readdirSync(folder).map((file) => readFileSync(`${folder}/${file}`, 'base64'))
  const before = content()
  assert.equal(execFileSync(process.execPath, ['scripts/golden.mjs'], { encoding: 'utf8' }), '')
  assert.deepEqual(content(), before)
})

for (const name of readdirSync(folder).filter((file) => file.endsWith('.page'))) {
  test(`The golden page ${name} reads as the snapshot that was written down when it was made`, () => {
    const expected = JSON.parse(readFileSync(`${folder}/${name.replace(/page$/, 'json')}`, 'utf8')) as Snapshot
    const clock = new ManualClock(expected.takenAt)
    const found = readPage(`${folder}/${name}`, { clock })
    const pages = expected.pages.map((page) => ({ ...page, file: `${folder}/${name}` }))
    // Whose copy of the project it is does not matter.
    const foundPages = found.pages.map(({ owner: _, ...page }) => page)
    assert.deepEqual({ ...found, pages: foundPages }, { ...expected, pages })
  })
}
