import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Registry } from 'plimsoll'
import { formatJson, formatOpenMetrics, formatPrometheus, formatTable } from 'plimsoll/formats'
import { openPage, readPages } from 'plimsoll/page'
import { mergeSnapshots, type Snapshot } from 'plimsoll/snapshot'
import * as limits from '#src/snapshot/limits.ts'
import { manyBounds, manyFamilies, writePage } from './hostile/made-page.ts'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-limits-'))
after(() => rmSync(folder, { recursive: true }))

let pages = 0

/** A page of these lines beside a good one: what is read of both, and what is reported. */
function readBesideGood(cells: number, lines: (first: number) => readonly object[]) {
  const file = writePage(join(folder, `${pages++}.page`), cells, lines)
  const good = writePage(join(folder, 'good.page'), 1, (first) => [
    { family: 0, name: 'good', kind: 'counter' },
    { of: 0, at: first },
  ])
  const { snapshots, failures } = readPages([file, good])
  for (const { file: of, error } of failures) assert.deepEqual([of, error.code], [file, 'PLIMSOLL_PAGE_INCOMPLETE'])
  return { file, snapshots, leftOut: failures.map(({ error }) => /Left out: (.*?)\. /.exec(error.message)?.[1]) }
}

function names({ families }: Snapshot): string[] {
  return families.map(({ name }) => name)
}

const many = (count: number, of: (i: number) => string = (i) => `n${i}`) =>
  Array.from({ length: count }, (_, i) => of(i))
const next = 'counter'

/** Of each limit: a family at the limit and one beyond it, as the page has them and as they are declared. */
const cases: readonly {
  readonly what: string
  readonly line: (size: number) => object
  readonly most: number
  readonly declare?: (registry: Registry, size: number) => void
}[] = [
  {
    what: 'label names',
    most: limits.maxLabels,
    line: (size) => ({ kind: 'counter', labels: many(size) }),
    declare: (registry, size) => registry.counter('m', { labels: many(size) }),
  },
  {
    what: 'characters of help',
    most: limits.maxHelpLength,
    line: (size) => ({ kind: 'counter', help: 'x'.repeat(size) }),
    declare: (registry, size) => registry.counter('m', { help: 'x'.repeat(size) }),
  },
  {
    what: 'characters of unit',
    most: limits.maxUnitLength,
    line: (size) => ({ kind: 'counter', unit: 'x'.repeat(size) }),
    declare: (registry, size) => registry.counter('m', { unit: 'x'.repeat(size) }),
  },
  {
    what: 'states',
    most: limits.maxStates,
    line: (size) => ({ kind: 'state', states: many(size) }),
    declare: (registry, size) => registry.state('m', { states: many(size) }),
  },
  {
    what: 'characters in the name of a state',
    most: limits.maxStateLength,
    line: (size) => ({ kind: 'state', states: ['a', 'x'.repeat(size)] }),
    declare: (registry, size) => registry.state('m', { states: ['a', 'x'.repeat(size)] }),
  },
  {
    what: 'buckets',
    most: limits.maxBounds,
    line: (size) => ({ kind: 'timer', bounds: many(size).map((_, i) => i) }),
    declare: (registry, size) => registry.timer('m', { buckets: many(size).map((_, i) => i) }),
  },
  {
    what: 'bytes of text',
    most: limits.maxCapacity,
    line: (capacity) => ({ kind: 'text', capacity }),
    declare: (registry, capacity) => registry.text('m', { capacity }),
  },
]

for (const { what, most, line, declare } of cases) {
  test(`a declaration with more than ${most} ${what} is refused, and a reader leaves out such a family alone`, () => {
    declare?.(new Registry(), most)
    assert.throws(() => declare?.(new Registry(), most + 1), { code: 'PLIMSOLL_OPTION_INVALID' })
    const { snapshots, leftOut } = readBesideGood(1, () => [
      { family: 0, name: 'at.limit', ...line(most) },
      { family: 1, name: 'beyond', ...line(most + 1) },
      { family: 2, name: 'behind', kind: next },
      // Its series and what they have besides are passed over, whatever cells they name.
      { of: 1, at: 5, labels: [] },
      { at: 5, octave: 3, cells: 6 },
    ])
    assert.deepEqual(snapshots.map(names), [['at.limit', 'behind'], ['good']])
    assert.deepEqual(leftOut, [`1 families with more than ${most} ${what}`])
  })
}

test('families beyond the limit of a page are left out, and counted', () => {
  const { snapshots, leftOut } = readBesideGood(1, () =>
    many(limits.maxFamilies + 3).map((name, i) => ({ family: i, name, kind: next })),
  )
  assert.equal(snapshots[0]?.families.length, limits.maxFamilies)
  assert.deepEqual(leftOut, [`3 families beyond the first ${limits.maxFamilies}`])
})

test('a series whose label values are too long together is left out, and is no more once it is removed', () => {
  const half = 'ü'.repeat(limits.maxLabelBytes / 4)
  const lines = (first: number): object[] => [
    { family: 0, name: 'm', kind: 'counter', labels: ['a', 'b'] },
    { of: 0, at: first, labels: [half, half] },
    { of: 0, at: first + 1, labels: [half, `${half}.`] },
    { of: 0, at: first + 2, labels: ['x', 'y'] },
  ]
  const { snapshots, leftOut } = readBesideGood(8, lines)
  assert.deepEqual(
    snapshots[0]?.families[0]?.series.map(({ labels }) => labels.b?.length),
    [half.length, 1],
  )
  assert.deepEqual(leftOut, [`1 series with more than ${limits.maxLabelBytes} bytes of label values`])
  const removed = readBesideGood(8, (first) => [...lines(first), { removed: [first + 1] }])
  assert.deepEqual(removed.leftOut, [])
  const withFamily = readBesideGood(8, (first) => [...lines(first), { removed: [], families: [0] }])
  assert.deepEqual(withFamily.leftOut, [])
})

test('a reader of one page takes what was left out as an option, at each read', () => {
  const { file } = readBesideGood(1, () => [{ family: 0, name: 'm', kind: 'text', capacity: limits.maxCapacity + 1 }])
  const defects: string[] = []
  const page = openPage(file, { onDefect: ({ code }) => defects.push(code) })
  page.read()
  page.read()
  page.close()
  assert.deepEqual(defects, ['PLIMSOLL_PAGE_INCOMPLETE', 'PLIMSOLL_PAGE_INCOMPLETE'])
})

/** How many characters each format makes of a page and of its sum with itself, at most, in proportion to its bytes. */
function textPerByte(file: string, snapshot: Snapshot): number {
  const sum = mergeSnapshots([snapshot, snapshot])
  const texts = [formatJson, formatPrometheus, formatOpenMetrics, (one: Snapshot) => formatTable(one, { width: 200 })]
  const lengths = [snapshot, sum].flatMap((one) => texts.map((format) => format(one).length))
  return Math.max(...lengths) / statSync(file).size
}

const hostile: readonly (readonly [what: string, cells: number, lines: (first: number) => readonly object[]])[] = [
  [
    '4,000 label names beside 4,000 series',
    4000,
    (first) => [
      { family: 0, name: 'm', kind: 'counter', labels: many(4000) },
      { family: 1, name: 'n', kind: 'counter', labels: ['a'] },
      ...many(4000).map((a, i) => ({ of: 1, at: first + i, labels: [a] })),
    ],
  ],
  [
    '50,000 states and 20 series',
    60_000,
    (first) => [
      { family: 0, name: 'm', kind: 'state', states: many(50_000) },
      ...many(20).map(() => ({ of: 0, at: first })),
    ],
  ],
  [
    'as many states with names as long as they may be, in 100 series',
    27_000,
    (first) => [
      {
        family: 0,
        name: 'm',
        kind: 'state',
        states: many(limits.maxStates, (i) => String(i).padEnd(limits.maxStateLength, 'x')),
        labels: ['a'],
      },
      ...many(100).map((a, i) => ({ of: 0, at: first + i * (10 + limits.maxStates), labels: [a] })),
    ],
  ],
  [
    'a state with a name of 1 MB in 3,000 series',
    40_000,
    (first) => [
      { family: 0, name: 'm', kind: 'state', states: ['a', 'x'.repeat(1e6)], labels: ['a'] },
      ...many(3000).map((a, i) => ({ of: 0, at: first + i * 12, labels: [a] })),
    ],
  ],
  [
    'as many buckets as there may be, in 20 series',
    21_000,
    (first) => [
      {
        family: 0,
        name: 'm',
        kind: 'histogram',
        bounds: many(limits.maxBounds).map((_, i) => i + 1 / 3),
        labels: ['a'],
      },
      ...many(20).map((a, i) => ({ of: 0, at: first + i * (limits.maxBounds + 4), labels: [a] })),
    ],
  ],
  ['10,000 families with 10,000 series in all', 10_000, manyFamilies],
  ['60,000 bounds and 20 series', 60_100, manyBounds],
]

for (const [what, cells, lines] of hostile) {
  test(`a page with ${what} makes text in proportion to its size`, () => {
    const { file, snapshots } = readBesideGood(cells, lines)
    assert(textPerByte(file, snapshots[0] as Snapshot) < 64, `${textPerByte(file, snapshots[0] as Snapshot)}`)
    assert.deepEqual(names(snapshots[1] as Snapshot), ['good'])
  })
}

test('the sum of families with many label names reads each label a few times, however many names there are in all', () => {
  const pages = 60
  let reads = 0
  const counted = (labels: Record<string, string>) =>
    new Proxy(labels, {
      get: (target, name) => {
        reads++
        return Reflect.get(target, name)
      },
    })
  const snapshots = many(pages).map((page): Snapshot => {
    const labelNames = many(limits.maxLabels, (i) => `${page}_${i}`)
    const series = many(20).map((value) => ({
      labels: counted(Object.fromEntries(labelNames.map((name) => [name, value]))),
      value: 1,
    }))
    const family = { name: 'm', kind: 'counter', unit: '', help: '', labelNames, series } as const
    return { version: 1, takenAt: 0, pages: [], families: [family] }
  })
  const sum = mergeSnapshots(snapshots)
  assert.equal(sum.families[0]?.series.length, pages * 20)
  const inMerge = reads / (pages * 20 * limits.maxLabels)
  assert(inMerge < 4, `${inMerge} reads of each label in a sum`)
  reads = 0
  formatPrometheus(sum)
  const inText = reads / (pages * 20 * limits.maxLabels)
  assert(inText < 8, `${inText} reads of each label in text`)
})
