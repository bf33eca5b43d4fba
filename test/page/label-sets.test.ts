import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OpenPages } from '#src/page/open-pages.ts'
import type { KnownLabels } from '#src/page/series-line.ts'

test('a page that stays, and whose labels are others each time, fills no memory of its readers', () => {
  let known: KnownLabels | undefined
  let next = 0
  const pages = new OpenPages({}, (_, { labelSets }) => {
    // As a page does: it asks once for the labels of a family, and adds to them as its log grows.
    known = labelSets?.of(['id'])
    return {
      read() {
        for (let i = 0; i < 10_000; i++) known?.add(`["${next}"]`, { id: String(next++) })
        return { version: 1, takenAt: 0, pages: [], families: [] }
      },
      close() {},
    }
  })
  let most = 0
  for (let i = 0; i < 30; i++) {
    pages.read(['one'])
    most = Math.max(most, known?.size ?? 0)
  }
  assert.deepEqual([next, most], [300_000, 100_000])
})
