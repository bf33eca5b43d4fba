import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { formatPrometheus } from 'plimsoll/formats'
import { openPage, readPage } from 'plimsoll/page'
import { type DistributionFamilySnapshot, mergeSnapshots, type Selection, type Snapshot } from 'plimsoll/snapshot'
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

/** A copy of a page in which each cell is this number, or only those that are `before`. */
function withCells(file: string, value: number, before?: number): string {
  const page = readFileSync(file)
  for (let i = 0; i < page.readUInt32LE(layout.chunkCountOffset); i++) {
    const entry = layout.directoryOffset + i * layout.chunkEntryBytes
    if (page.readUInt32LE(entry) !== layout.cellChunk) continue
    const from = page.readUInt32LE(entry + 4) * layout.blockBytes
    const end = from + page.readUInt32LE(entry + layout.chunkBlocksOffset) * layout.blockBytes
    for (let at = from; at < Math.min(end, page.length); at += 8) {
      if (before === undefined || page.readDoubleLE(at) === before) page.writeDoubleLE(value, at)
    }
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

test('octaves with half values in some cells give the count of the others, and min and max that no writer has are left out', () => {
  const registry = new Registry()
  const size = registry.histogram('size')
  for (const value of [1.5, 1.5, 100, 100, 100]) size.record(value)
  const publication = publish({ registry, dir: folder, app: 'halves' })
  if (publication.file === undefined) throw publication.error
  const [halves] = readPage(withCells(publication.file, 0.5, 2)).families.filter(({ name }) => name === 'size')
  assert(halves?.kind === 'histogram')
  const [{ count, buckets } = { count: 0, buckets: { counts: [] } }] = halves.series
  assert.deepEqual([count, buckets.counts], [3, [3]])
  const [sunk] = readPage(withCells(publication.file, -1, 1.5)).families.filter(({ name }) => name === 'size')
  assert(sunk?.kind === 'histogram')
  assert.deepEqual([sunk.series[0]?.count, sunk.series[0]?.min, sunk.series[0]?.max], [5, undefined, undefined])
  publication.close()
})

test('values in cells of octaves that no writer counts are passed over, with buckets and without', () => {
  const registry = new Registry()
  const size = registry.histogram('size')
  for (const [i, count] of [7, 8, 9, 10].entries()) for (let n = 0; n < count; n++) size.record(1 + (i + 0.5) / 32)
  const publication = publish({ registry, dir: folder, app: 'octave' })
  if (publication.file === undefined) throw publication.error
  for (const value of [0.5, -0.5, -7, 2 ** 31, 2 ** 53, 2 ** 53 + 2, Number.NaN, Infinity, -Infinity, 1e300]) {
    const page = openPage(withCells(publication.file, value, 8))
    const countOf = (selection?: Selection): number | undefined => {
      const family = page.read(selection).families.find(({ name }) => name === 'size')
      return (family as DistributionFamilySnapshot).series[0]?.count
    }
    const expected = Number.isSafeInteger(value) && value > 0 ? 26 + value : 26
    assert.deepEqual([countOf(), countOf({ quantiles: [0.5] })], [expected, expected], String(value))
    page.close()
  }
  publication.close()
})

/** A page whose only metric is what `declare` makes; its cell 0 is `count` at first. */
function withCount(app: string, declare: (registry: Registry) => void, count: number, damaged: number): Snapshot {
  const registry = new Registry()
  declare(registry)
  const publication = publish({ registry, dir: folder, app })
  if (publication.file === undefined) throw publication.error
  const page = withCells(publication.file, damaged, count)
  publication.close()
  return readPage(page)
}

for (const sets of [-1, -2, 0.5, Number.NaN, Infinity]) {
  test(`a text that was set ${sets} times is empty, and a state that changed ${sets} times is in the first record`, () => {
    const text = withCount(
      'text',
      (registry) => {
        const version = registry.text('version')
        for (let i = 0; i < 777; i++) version.set(`v${i}`)
      },
      777,
      sets,
    )
    const texts = text.families.find(({ name }) => name === 'version')
    assert.deepEqual(texts?.series, [{ labels: {}, value: '' }])
    const state = withCount(
      'state',
      (registry) => {
        registry.counter('before').add(5)
        const health = registry.state('health', { states: ['up', 'down', 'gone'] })
        for (let i = 0; i < 777; i++) health.set(i % 2 === 0 ? 'down' : 'up')
      },
      777,
      sets,
    )
    const states = state.families.find(({ name }) => name === 'health')
    assert(states?.kind === 'state')
    assert.equal(states.series[0]?.value, 'up')
  })
}
