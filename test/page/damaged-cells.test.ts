import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { formatPrometheus } from 'plimsoll/formats'
import { readPage } from 'plimsoll/page'
import { mergeSnapshots, type Snapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import * as layout from '#src/page/layout.ts'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-damaged-'))
after(() => rmSync(folder, { recursive: true }))

/** The path of a page with something in it of each kind that is numbers. */
function newPage(): string {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const { file, error } = publish({ registry, dir: folder, app: 'shop' })
  if (file === undefined) throw error
  registry.counter('count').add(2)
  registry.gauge('free', { extremes: true, aggregation: 'last' }).set(4)
  registry.gauge('used').set(5)
  registry.meter('marks').mark(3)
  registry.average('mean', { window: { values: 5 } }).record(1.5)
  registry.average('window', { window: { seconds: 10 } }).record(1.5)
  registry.histogram('bounds', { buckets: [1, 2] }).record(1.5)
  registry.histogram('size').record(100)
  registry.timer('took').record(0.25)
  for (let i = 0; i < 30; i++) {
    clock.advance(5)
    registry.tick()
  }
  return file
}

/** A copy of a page in which each cell is this number. */
function withCells(file: string, value: number): string {
  const page = readFileSync(file)
  for (let i = 0; i < page.readUInt32LE(layout.chunkCountOffset); i++) {
    const entry = layout.directoryOffset + i * layout.chunkEntryBytes
    if (page.readUInt32LE(entry) !== layout.cellChunk) continue
    const from = page.readUInt32LE(entry + 4) * layout.blockBytes
    const end = from + page.readUInt32LE(entry + layout.chunkBlocksOffset) * layout.blockBytes
    for (let at = from; at < Math.min(end, page.length); at += 8) page.writeDoubleLE(value, at)
  }
  const damaged = join(folder, 'damaged.page')
  writeFileSync(damaged, page, { mode: 0o600 })
  return damaged
}

/** All numbers in a snapshot's families, by their places. */
function numbersIn(value: unknown, path = ''): [path: string, value: number][] {
  if (typeof value === 'number') return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) => numbersIn(part, `${path}.${key}`))
}

const file = newPage()
const whole: Snapshot = readPage(file)

for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 0.5]) {
  test(`a page whose cells are all ${value} adds nothing to a sum that is no number`, () => {
    const damaged = readPage(withCells(file, value))
    assert.deepEqual(
      numbersIn(damaged.families).filter(([, number]) => !Number.isFinite(number)),
      [],
    )
    const sum = mergeSnapshots([whole, { ...damaged, pages: whole.pages }])
    assert.doesNotMatch(formatPrometheus(sum), /NaN|Inf$/m)
    if (value === 0.5) return
    for (const { name, kind, series } of sum.families) {
      const before = whole.families.find((family) => family.name === name)?.series[0] as {
        value?: number
        count?: number
      }
      const [after] = series as readonly { value?: number; count?: number }[]
      // A writer that adds up may get there.
      const isBeyond = value === Number.POSITIVE_INFINITY && before.value !== undefined
      if (isBeyond && kind !== 'gauge') assert.equal(after?.value, Number.MAX_VALUE, name)
      else if (kind !== 'gauge') assert.deepEqual([after?.value, after?.count], [before.value, before.count], name)
    }
  })
}

test('a gauge that holds no number is not shown, and others of its name are', () => {
  const gauges = (snapshot: Snapshot): unknown[] =>
    snapshot.families.filter(({ kind }) => kind === 'gauge').map(({ name, series }) => [name, series.length])
  assert.deepEqual(gauges(readPage(withCells(file, Number.NaN))), [
    ['free', 0],
    ['used', 0],
  ])
  assert.deepEqual(gauges(whole), [
    ['free', 1],
    ['used', 1],
  ])
})
