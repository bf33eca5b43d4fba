import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { readPage } from 'plimsoll/page'
import type { DistributionSeries } from 'plimsoll/snapshot'
import * as layout from '#src/page/layout.ts'
import { copiedCheckCell, copyCheck } from '#src/snapshot/kinds/recent.ts'
import { outcomeOf, readHostile } from './hostile/check.ts'
import { goldenPages, hostilePage, withLog } from './hostile/pages.ts'

const dir = mkdtempSync(join(tmpdir(), 'plimsoll-hostile-'))
const file = join(dir, 'hostile.page')
after(() => rmSync(dir, { recursive: true }))

/** `npm run fuzz` sets both. */
const runs = Number(process.env.PLIMSOLL_FUZZ_CASES ?? 2000)
const seed = process.env.PLIMSOLL_FUZZ_SEED
const first = goldenPages[0] as Buffer

test('Whatever stands in a file, reading it as a page gives a snapshot or a PlimsollError', () => {
  const outcomes = new Map<string, number>()
  const property = fc.property(hostilePage, (bytes) => {
    const outcome = readHostile(file, bytes)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  })
  fc.assert(property, { numRuns: runs, ...(seed !== undefined && { seed: Number(seed) }) })
  if (seed !== undefined) console.log(Object.fromEntries(outcomes))
  // Half of the pages would be refused at the first byte if the generators had gone wrong.
  for (const outcome of ['read', 'PLIMSOLL_PAGE_DAMAGED', 'PLIMSOLL_PAGE_UNKNOWN']) {
    assert(outcomes.has(outcome), `${outcome} is not among ${[...outcomes.keys()]}`)
  }
  assert((outcomes.get('read') ?? 0) > runs / 5)
  assert((outcomes.get('PLIMSOLL_PAGE_DAMAGED') ?? 0) > runs / 5)
})

/** What the code did wrong once, and what looks as if it could go wrong. */
const lines = (...all: object[]): string => all.map((line) => `${JSON.stringify(line)}\n`).join('')
const histogram = { family: 0, name: 'h', kind: 'histogram' }
const examples: readonly (readonly [what: string, outcome: string, bytes: () => Buffer])[] = [
  [
    'a line nested too deep for an error message to show it',
    'PLIMSOLL_PAGE_DAMAGED',
    () => pageOfLog(`{"family":0,"name":${'['.repeat(4e5)}${']'.repeat(4e5)}}\n`),
  ],
  [
    'a line of more than 1 MiB',
    'PLIMSOLL_PAGE_DAMAGED',
    () => pageOfLog(`{"family":0,"name":"a","kind":"counter","help":"${'x'.repeat(2 ** 20)}"}\n`),
  ],
  [
    'an octave of a series that is not there, 100,000 times',
    'read',
    () => pageOfLog('{"at":1536,"octave":0,"cells":1540}\n'.repeat(100_000)),
  ],
  [
    'a series with an octave at either end of all numbers',
    'read',
    () =>
      withLog(
        first,
        lines(
          histogram,
          { of: 0, at: 1536 },
          { at: 1536, octave: -1023, cells: 1540 },
          { at: 1536, octave: 1023, cells: 1572 },
        ),
        false,
        1,
      ),
  ],
  [
    'an octave that is announced again and again',
    'PLIMSOLL_PAGE_DAMAGED',
    () =>
      withLog(
        first,
        lines(
          histogram,
          { of: 0, at: 1536 },
          ...Array.from({ length: 40 }, () => ({ at: 1536, octave: 0, cells: 1540 })),
        ),
      ),
  ],
  [
    'copies of an octave that is not there',
    'read',
    () => withLog(first, lines(histogram, { of: 0, at: 1536 }, { at: 1536, copies: 0, cells: 1540 })),
  ],
  [
    'two octaves of one exponent',
    'PLIMSOLL_PAGE_DAMAGED',
    () =>
      withLog(
        first,
        lines(
          histogram,
          { of: 0, at: 1536 },
          { at: 1536, octave: 0, cells: 1540 },
          { at: 1536, octave: 0, cells: 1580 },
        ),
      ),
  ],
  [
    'heads of copies that are announced twice',
    'PLIMSOLL_PAGE_DAMAGED',
    () =>
      withLog(
        first,
        lines(histogram, { of: 0, at: 1536 }, ...[1540, 1580].map((cells) => ({ at: 1536, recent: true, cells }))),
      ),
  ],
  [
    'two exemplars of the same values',
    'PLIMSOLL_PAGE_DAMAGED',
    () =>
      withLog(
        first,
        lines(histogram, { of: 0, at: 1536 }, ...[1540, 1700].map((cells) => ({ at: 1536, exemplar: 3, cells }))),
      ),
  ],
  [
    'recent windows of a counter',
    'read',
    () =>
      withLog(
        first,
        lines(
          { family: 0, name: 'c', kind: 'counter', exemplars: true },
          { of: 0, at: 1536 },
          { at: 1536, exemplar: 0, cells: 1540 },
          { at: 1536, recent: true, cells: 1700 },
        ),
      ),
  ],
  [
    'octaves of a histogram with bounds, or of an exponent that no number has',
    'read',
    () =>
      withLog(
        first,
        lines(
          { ...histogram, bounds: [1] },
          { family: 1, name: 'e', kind: 'histogram' },
          { of: 0, at: 1536 },
          { of: 1, at: 1550 },
          { at: 1536, octave: 0, cells: 1560 },
          { at: 1550, octave: 5000, cells: 1560 },
          { at: 1550, copies: 5000, cells: 1560 },
        ),
      ),
  ],
  [
    'series that all claim the same cells',
    'PLIMSOLL_PAGE_DAMAGED',
    () => withLog(first, lines(histogram) + '{"of":0,"at":1536}\n'.repeat(257)),
  ],
  [
    'a series that is removed again and again in between',
    'read',
    () => withLog(first, lines(histogram) + `${lines({ of: 0, at: 1536 }, { removed: [1536, 1536] })}`.repeat(100)),
  ],
  [
    'a family that comes and goes 20,000 times',
    'read',
    () =>
      pageOfLog(`${lines({ family: 0, name: 'a', kind: 'counter' }, { removed: [], families: [0] })}`.repeat(20_000)),
  ],
  [
    'a removal of a family that is not there',
    'PLIMSOLL_PAGE_DAMAGED',
    () => withLog(first, lines({ removed: [], families: [7] })),
  ],
  ['a removal that is no list', 'PLIMSOLL_PAGE_DAMAGED', () => withLog(first, lines({ removed: 1536 }))],
  [
    'a text removed and used as octaves again',
    'read',
    () =>
      withLog(
        first,
        lines(
          { family: 1, name: 't', kind: 'text', capacity: 64 },
          { of: 1, at: 1600 },
          { removed: [1600] },
          histogram,
          { of: 0, at: 1600, evicted: true },
          { of: 0, at: 1604, evicted: true },
          { at: 1600, octave: 0, cells: 1608 },
          { at: 1604, octave: 0, cells: 1640 },
        ),
        false,
        1,
      ),
  ],
  [
    'a writer whose process id is a fraction',
    'PLIMSOLL_PAGE_DAMAGED',
    () => withText(first, '"pid":4242', '"pid":42.5'),
  ],
  ['a writer whose process id is negative', 'PLIMSOLL_PAGE_DAMAGED', () => withText(first, '"pid":4242', '"pid":-242')],
  [
    'a writer whose start is beyond all numbers',
    'PLIMSOLL_PAGE_DAMAGED',
    () => withText(first, '1789999000.25', '178999900e999'),
  ],
  ['2^32 - 1 chunks', 'PLIMSOLL_PAGE_DAMAGED', () => withWord(first, layout.chunkCountOffset, 2 ** 32 - 1)],
  ['a log that ends beyond its chunks', 'PLIMSOLL_PAGE_DAMAGED', () => withWord(first, layout.logEndOffset, 8193)],
  [
    'chunks that lie over each other',
    'PLIMSOLL_PAGE_DAMAGED',
    () => withWord(withWord(first, layout.directoryOffset + 16 + 4, 1), layout.directoryOffset + 16 + 8, 4),
  ],
]

for (const [what, outcome, bytes] of examples) {
  test(`A page with ${what} is ${outcome === 'read' ? 'read' : 'refused as damaged'}`, () => {
    assert.equal(readHostile(file, bytes()), outcome)
  })
}

test('A count whose minimum has not come yet is shown without minimum and maximum', () => {
  const page = withLog(first, lines(histogram, { of: 0, at: 1536 }))
  page.writeDoubleLE(Infinity, 0x3008)
  page.writeDoubleLE(-Infinity, 0x3010)
  page.writeDoubleLE(1, 0x3018)
  readHostile(file, page)
  const expected = { labels: {}, count: 1, sum: 0, buckets: { scale: 5, zero: 1, offset: 0, counts: [] } }
  assert.deepEqual(readPage(file).families[0]?.series, [expected])
})

test('A sparse file of 256 MiB that says it is all cells takes no more memory than its series need', () => {
  const before = process.memoryUsage()
  sparse(layout.maxPageBytes, layout.cellChunk)
  assert.equal(outcomeOf(file), 'read')
  assert(process.memoryUsage().rss - before.rss < 2 ** 26)
})

test('A sparse file of 256 MiB that says it is all log is refused after its first piece', () => {
  const before = process.memoryUsage()
  sparse(layout.maxPageBytes, layout.logChunk)
  assert.equal(outcomeOf(file), 'PLIMSOLL_PAGE_DAMAGED')
  assert(process.memoryUsage().rss - before.rss < 2 ** 26)
})

test('A file of more than 256 MiB is refused', () => {
  sparse(layout.maxPageBytes, layout.cellChunk)
  truncateSync(file, layout.maxPageBytes + 1)
  assert.equal(outcomeOf(file), 'PLIMSOLL_PAGE_DAMAGED')
})

test('A page of 2 MiB full of series with two octaves far apart becomes a snapshot of at most 16 times its size', () => {
  const { series, bytes } = readFull(1800, 68, (at) => [
    { at, octave: -1023, cells: at + 4 },
    { at, octave: 1023, cells: at + 36 },
  ])
  let buckets = 0
  for (const one of series) buckets += one.buckets.counts.length
  assert.equal(series.length, 1800)
  assert(buckets * 8 < 16 * bytes)
})

test('Nor does it become larger when these series have recent windows', () => {
  const ones = new Float64Array(6).fill(1)
  const check = copyCheck(ones, 0)
  const { series, bytes } = readFull(
    800,
    92,
    (at) => [
      { at, octave: -1023, cells: at + 4 },
      { at, octave: 1023, cells: at + 36 },
      { at, recent: true, cells: at + 68 },
    ],
    // All heads are good: one value was there when all copies were made, and it was 0.
    (page, at) => {
      for (let copy = 0; copy < 4; copy++) page.writeDoubleLE(check, 8 * (at + 68 + 6 * copy + copiedCheckCell))
    },
  )
  let buckets = 0
  for (const { buckets: all, recent } of series) {
    buckets += all.counts.length
    for (const window of Object.values(recent ?? {})) buckets += window.buckets.counts.length
  }
  assert.deepEqual(series.map(({ count, recent }) => [count, recent?.['1m']?.count]).at(-1), [65, 64])
  assert(buckets * 8 < 16 * bytes)
})

/** A page of 2 MiB, half of it log, whose cells are all 1, with series of so many cells side by side. */
function readFull(
  count: number,
  cells: number,
  partsAt: (at: number) => object[],
  change = (_page: Buffer, _at: number): void => {},
): { series: readonly DistributionSeries[]; bytes: number } {
  const page = Buffer.alloc(layout.headerBytes + 2 ** 21)
  first.copy(page, 0, 0, layout.headerBytes)
  page.fill(Buffer.from(Float64Array.of(1).buffer), layout.headerBytes + 2 ** 20)
  const all: object[] = [histogram]
  for (let i = 0; i < count; i++) {
    const at = (layout.headerBytes + 2 ** 20) / 8 + i * cells
    all.push({ of: 0, at }, ...partsAt(at))
    change(page, at)
  }
  const log = Buffer.from(lines(...all))
  log.copy(page, layout.headerBytes)
  page.writeUInt32LE(log.length, layout.logEndOffset)
  for (const [i, kind] of [layout.logChunk, layout.cellChunk].entries()) {
    const entry = layout.directoryOffset + i * layout.chunkEntryBytes
    for (const [word, value] of [kind, 1 + i * 256, 256, 0].entries()) page.writeUInt32LE(value, entry + word * 4)
  }
  assert.equal(readHostile(file, page), 'read')
  const [family] = readPage(file).families
  assert(family?.kind === 'histogram')
  return { series: family.series, bytes: page.length }
}

/** A page of one chunk, which is log. */
function pageOfLog(lines: string): Buffer {
  const log = Buffer.from(lines)
  const blocks = Math.ceil(log.length / layout.blockBytes)
  const rest = Buffer.alloc(blocks * layout.blockBytes - log.length)
  const page = Buffer.concat([first.subarray(0, layout.headerBytes), log, rest])
  page.writeUInt32LE(1, layout.chunkCountOffset)
  page.writeUInt32LE(log.length, layout.logEndOffset)
  page.writeUInt32LE(blocks, layout.directoryOffset + layout.chunkBlocksOffset)
  return page
}

function withWord(original: Buffer, at: number, value: number): Buffer {
  const page = Buffer.from(original)
  page.writeUInt32LE(value, at)
  return page
}

function withText(original: Buffer, text: string, other: string): Buffer {
  const page = Buffer.from(original)
  page.write(other, page.indexOf(text), 'latin1')
  return page
}

/** A file of holes, all one chunk of this kind. */
function sparse(size: number, kind: number): void {
  const header = Buffer.from(first.subarray(0, layout.headerBytes))
  const blocks = size / layout.blockBytes - 1
  for (const [i, value] of [kind, 1, blocks, 0].entries()) header.writeUInt32LE(value, layout.directoryOffset + i * 4)
  header.writeUInt32LE(1, layout.chunkCountOffset)
  header.writeUInt32LE(kind === layout.logChunk ? blocks * layout.blockBytes : 0, layout.logEndOffset)
  const fd = openSync(file, 'w')
  writeSync(fd, header)
  closeSync(fd)
  truncateSync(file, size)
}
