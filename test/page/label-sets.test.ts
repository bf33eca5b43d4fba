import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import type { Labels, Snapshot } from 'plimsoll/snapshot'
import { mappingUnavailable } from '#src/os/map.ts'
import { OpenPages, readPages } from '#src/page/read/open-pages.ts'
import { KnownLabels, type RawSeries, readLabels } from '#src/page/read/series-line.ts'

/** The end of a line with this label, as a reader has it. */
function lineWith(id: string): { log: Buffer; raw: RawSeries } {
  const log = Buffer.from(`["${id}"]}\n`)
  const raw = { of: 0, at: 0, labelsFrom: 0, end: 0, hash: 0 }
  assert.ok(readLabels(log, raw))
  return { log, raw }
}

test('labels are found by their bytes among any number of others, and also where hashes are equal', () => {
  const known = new KnownLabels()
  const ids = Array.from({ length: 20_000 }, (_, i) => `/route/${(i * 7919) % 20_011}`)
  for (const id of ids) {
    const { log, raw } = lineWith(id)
    assert.equal(known.find(log, raw), -1)
    known.add(log, raw, { id })
  }
  const found = ids.map((wanted) => {
    const { log, raw } = lineWith(wanted)
    const i = known.find(log, raw)
    const { id }: Labels = i === -1 ? {} : known.at(i)
    return id
  })
  // For very few there was no place near their hash.
  assert.ok(found.filter((id) => id === undefined).length < 200)
  assert.ok(found.every((id, i) => id === undefined || id === ids[i]))
  const [one, other] = [lineWith('one'), lineWith('two')]
  known.clear()
  for (const { log, raw } of [one, other]) known.add(log, { ...raw, hash: 5 }, { id: log.toString() })
  assert.deepEqual(
    [one, other, lineWith('six')].map(({ log, raw }) => known.find(log, { ...raw, hash: 5 })),
    [0, 1, -1],
  )
})

test('a page that stays, and whose labels are others each time, fills no memory of its readers', () => {
  let known: KnownLabels | undefined
  let next = 0
  const pages = new OpenPages({}, (_, { labelSets }) => {
    // As a page does: it asks once for the labels of a family, and adds to them as its log grows.
    known = labelSets?.of(['id'])
    return {
      read() {
        for (let i = 0; i < 10_000; i++) {
          const { log, raw } = lineWith(String(next))
          known?.add(log, raw, { id: String(next++) })
        }
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
  t.after(() => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }))
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
