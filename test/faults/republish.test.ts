import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listPages, readPage } from 'plimsoll/page'
import type { Snapshot } from 'plimsoll/snapshot'
import { newFolder, start } from './processes.ts'

function seriesCount({ families }: Snapshot): number {
  return families.find(({ name }) => name === 'rows')?.series.length ?? 0
}

test('readers meet a page only with all that was counted before it was published', async (t) => {
  const dir = newFolder(t)
  const app = start(t, 'republisher', [dir])
  let running = true
  void app.ended.finally(() => {
    running = false
  })
  const seen = new Set<number | string>()
  while (running) {
    for (const file of listPages(dir)) {
      try {
        seen.add(seriesCount(readPage(file)))
      } catch (error) {
        // It was removed between the listing and the opening, in favour of the next one.
        seen.add((error as { code: string }).code)
      }
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  seen.delete('PLIMSOLL_PAGE_UNREADABLE')
  assert.deepEqual([...seen], [20_000])
  assert.equal((await app.ended).code, 0)
})
