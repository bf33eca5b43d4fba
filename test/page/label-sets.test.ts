import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import type { Labels, Snapshot } from 'plimsoll/snapshot'
import { mappingUnavailable } from '#src/page/map.ts'
import { OpenPages, readPages } from '#src/page/open-pages.ts'
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

/** A page whose series have these labels, in this order; the first has the value 1. */
function newPage(t: TestContext, dir: string, ids: readonly string[]): string {
  const registry = new Registry()
  const jobs = registry.counter('jobs', { labels: ['id'] })
  for (const [i, id] of ids.entries()) jobs.labels({ id }).add(i + 1)
  const publication = publish({ registry, dir, app: 'test', onWarning: () => {} })
  t.after(() => publication.close())
  return publication.file ?? ''
}

function seriesOf({ families }: Snapshot): readonly { readonly labels: Labels }[] {
  return families.find(({ name }) => name === 'jobs')?.series ?? []
}

test('pages that have series in other orders share their labels, and mix none of them up', {
  skip: mappingUnavailable()?.message ?? false,
}, (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'plimsoll-label-sets-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  const orders = [
    ['a1', 'a2', 'ä', 'a', ''],
    ['a2', 'a1', 'ö', 'a'],
    ['', 'ö', 'a"', 'a1'],
  ]
  const { snapshots } = readPages(orders.map((ids) => newPage(t, dir, ids)))
  assert.deepEqual(
    snapshots.map(seriesOf),
    orders.map((ids) => ids.map((id, i) => ({ labels: { id }, value: i + 1 }))),
  )
  const ofA1 = snapshots.flatMap((snapshot) => seriesOf(snapshot).filter(({ labels: { id } }) => id === 'a1'))
  assert.deepEqual([ofA1.length, new Set(ofA1.map(({ labels }) => labels)).size], [3, 1])
})
