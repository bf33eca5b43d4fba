import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import { readPage } from 'plimsoll/page'
import type { FamilySnapshot } from 'plimsoll/snapshot'
import { ManualClock } from 'plimsoll/testing'
import * as layout from '#src/page/layout.ts'
import { copyCheck } from '#src/snapshot/kinds/recent.ts'
import { madePage } from './hostile/made-page.ts'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-format-'))
after(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'made.page')

/** When the writer of the pages here closed them. */
const ended = 1_790_000_000
const first = layout.headerBytes / layout.cellBytes

/** The families of a page with these lines and cells, from its first cell on. Lines may be JSON as it stands there. */
function familiesOf(
  lines: readonly (object | string)[],
  cells: readonly number[] = [],
  change?: (page: Buffer) => void,
) {
  const page = madePage(1024, () => lines)
  for (const [i, value] of cells.entries()) page.writeDoubleLE(value, 8 * (first + i))
  change?.(page)
  writeFileSync(file, page, { mode: 0o600 })
  return readPage(file).families
}

type Series = Readonly<Record<string, unknown>>

/** The one series of such a page. */
function seriesOf(...page: Parameters<typeof familiesOf>): Series {
  return familiesOf(...page)[0]?.series[0] as unknown as Series
}

const of = { of: 0, at: first }
const histogram = { family: 0, name: 'm', kind: 'histogram' }

test('a meter counts fractions', () => {
  assert.equal(seriesOf([{ family: 0, name: 'm', kind: 'meter' }, of], [1.5]).value, 1.5)
})

test('what a killed writer counted ends with its last heartbeat, with its end where it exited', () => {
  const line = [{ family: 0, name: 'm', kind: 'meter' }, of]
  const cells = [100, ended - 50, ended - 25, 100, 1, 1, 1]
  const mean = (series: Series) => (series.rates as { mean: number }).mean
  assert.equal(mean(seriesOf(line, cells)), 2)
  const killed = (page: Buffer) => {
    page.writeDoubleLE(0, layout.endedOffset)
    page.writeDoubleLE(ended - 10, layout.monotonicBeatOffset)
  }
  assert.equal(mean(seriesOf(line, cells, killed)), 2.5)
})

test('explicit buckets take negative values, in the first bucket whose bound is not below them', () => {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const publication = publish({ registry, dir: folder, app: 'negative' })
  if (publication.file === undefined) throw publication.error
  const change = registry.histogram('change', { buckets: [-5, 0, 5] })
  for (const value of [-10, -5, -1, 2]) change.record(value)
  const family = readPage(publication.file).families.find(({ name }) => name === 'change') as FamilySnapshot
  publication.close()
  const { sum, min, max, buckets } = family.series[0] as unknown as Series
  assert.deepEqual([sum, min, max, (buckets as { counts: number[] }).counts], [-14, -10, 2, [2, 1, 1, 0]])
})

/** A histogram with one octave whose first bucket has `present` values, and a copy of when it had `copied`. */
function recentOf(at: {
  readonly since?: number
  readonly present: number
  readonly copied: number
  readonly zero?: readonly [present: number, copied: number]
  readonly sums?: readonly [present: number, copied: number]
}): { count: number; sum: number } | undefined {
  const { since = ended - 60, present, copied, zero = [0, 0], sums = [present, copied] } = at
  const head = Float64Array.of(since, since, sums[1], copied + zero[1], 0, zero[1])
  head[4] = copyCheck(head, 0)
  const cells = new Array<number>(200).fill(0)
  cells.splice(0, 5, sums[0], 1, 2, zero[0], present)
  cells.splice(40, 6, ...head)
  const lines = [
    histogram,
    of,
    { at: first, octave: 0, cells: first + 4 },
    { at: first, recent: true, cells: first + 40 },
    { at: first, copies: 0, cells: first + 100 },
  ]
  const series = seriesOf(lines, cells, (page) => page.writeUInt32LE(copied % 2 ** 32, 8 * (first + 100)))
  return (series.recent as Record<string, { count: number; sum: number }> | undefined)?.['1m']
}

test('a window is what buckets have grown by modulo 2^32, and the zero bucket without modulo', () => {
  assert.equal(recentOf({ present: 2 ** 32 + 5, copied: 2 ** 32 + 2 })?.count, 3)
  assert.equal(recentOf({ present: 2 ** 32 + 1, copied: 2 ** 32 - 1 })?.count, 2)
  assert.equal(recentOf({ present: 5, copied: 2, zero: [2 ** 32 + 4, 2 ** 32] })?.count, 7)
  assert.equal(recentOf({ present: 5, copied: 2, zero: [4, 2 ** 32 + 4] }), undefined)
})

test('a copy that is later than the end of the writer is passed over', () => {
  assert.equal(recentOf({ present: 5, copied: 2, since: ended })?.count, 3)
  assert.equal(recentOf({ present: 5, copied: 2, since: ended + 1 }), undefined)
})

test('the sum of a window is never infinite, and that of all values where both sums were', () => {
  const of = (...sums: readonly [number, number]) => recentOf({ present: 5, copied: 2, sums })?.sum
  assert.equal(of(9, 4), 5)
  assert.equal(of(Infinity, 4), Number.MAX_VALUE)
  assert.equal(of(Infinity, Infinity), Number.MAX_VALUE)
  assert.equal(of(4, 9), 0)
})

test('counts saturate at 2^53 - 1, and a cell with more is 0', () => {
  const most = Number.MAX_SAFE_INTEGER
  const counts = (...cells: readonly number[]) =>
    seriesOf([{ ...histogram, bounds: [1, 2] }, of], [0, 1, 1, ...cells]).count
  assert.deepEqual([counts(most, 0, 0), counts(most, 5, 0), counts(2 ** 53, 5, 0)], [most, most, 5])
})

test('a key that has no meaning for the kind must be valid, and no limit holds for it', () => {
  const counter = { family: 0, name: 'm', kind: 'counter' }
  const bounds = Array.from({ length: 5000 }, (_, i) => i)
  assert.equal(seriesOf([{ ...counter, bounds, states: ['a'], capacity: 2 ** 40 }, of], [4]).value, 4)
  for (const wrong of [{ bounds: [2, 1] }, { states: [] }, { capacity: 0 }, { over: { values: 0 } }, { extremes: 1 }]) {
    assert.throws(
      () => familiesOf([{ ...counter, ...wrong }]),
      { code: 'PLIMSOLL_PAGE_DAMAGED' },
      JSON.stringify(wrong),
    )
  }
})

test('lines of extension cells of a series that is not there are passed over', () => {
  const parts = [{ octave: 3 }, { recent: true }, { copies: 3 }, { exemplar: 3 }]
  const lines = parts.map((part) => ({ at: first + 7, ...part, cells: first + 50 }))
  assert.equal(familiesOf([histogram, of, ...lines]).length, 1)
})

test('a state without states has no present one, a timer without a unit has seconds, a text without capacity is empty', () => {
  const state = seriesOf([{ family: 0, name: 'm', kind: 'state' }, of], [0, 0, 5, 0, 5])
  assert.deepEqual([state.value, state.seconds], [null, {}])
  assert.equal(familiesOf([{ family: 0, name: 'm', kind: 'timer' }])[0]?.unit, 's')
  assert.equal(familiesOf([histogram])[0]?.unit, '')
  assert.equal(seriesOf([{ family: 0, name: 'm', kind: 'text' }, of], [1, 0, 0, 4, 0]).value, '')
})

test('a file that is shorter than a header is damaged where it begins like a page, and unknown where it does not', () => {
  const codes = ['', 'p', 'plimsoll page', layout.magic, 'x', 'plimsoll_page', 'plimsoll page 2\n'].map((text) => {
    writeFileSync(file, text)
    try {
      readPage(file)
      return undefined
    } catch (error) {
      return (error as { code: string }).code.replace('PLIMSOLL_PAGE_', '')
    }
  })
  assert.deepEqual(codes, ['DAMAGED', 'DAMAGED', 'DAMAGED', 'DAMAGED', 'UNKNOWN', 'UNKNOWN', 'VERSION'])
})

test('a state whose record is half of a change at each look has no present state', () => {
  const line = { family: 0, name: 'm', kind: 'state', states: ['a', 'b'] }
  const cells = [0, 1, ended - 5, 2, ended - 2, 0, 0, 0, 0, 3, 7, 8]
  assert.deepEqual(seriesOf([line, of], cells), {
    labels: {},
    value: 'b',
    seconds: { a: 7, b: 2 + 5 },
    processes: { b: 1 },
    users: 3,
  })
  const torn = seriesOf([line, of], cells.with(4, ended))
  assert.deepEqual(torn, { labels: {}, value: null, seconds: { a: 7, b: 8 }, processes: {}, users: 3 })
})

test('a slice of time without values ends the one before, and a gauge that has only such has no extremes', () => {
  const line = { family: 0, name: 'm', kind: 'gauge', extremes: true }
  const none = [Infinity, -Infinity]
  const windows = (...slices: readonly (readonly number[])[]) => {
    const cells = [4, ...slices.flat(), ...new Array<number>(93 - 3 * slices.length).fill(0)]
    return (seriesOf([line, of], cells).extremes as Record<string, { min: number; max: number }> | undefined)?.['1m']
  }
  assert.deepEqual(windows([ended - 5, ...none]), undefined)
  const both = windows([ended - 100, 1, 9], [ended - 80, ...none], [ended - 10, 3, 5])
  assert.deepEqual([both?.min, both?.max], [3, 5])
  const before = windows([ended - 100, 1, 9], [ended - 50, ...none], [ended - 10, 3, 5])
  assert.deepEqual([before?.min, before?.max], [1, 9])
})

test('of a key that stands twice the last one counts, and an integer may be spelled as any number of its value', () => {
  const twice = ['{"family":3,"name":"x","name":"m","kind":"counter","family":0}', `{"of":7,"at":${first},"of":0}`]
  assert.deepEqual([familiesOf(twice)[0]?.name, seriesOf(twice, [4]).value], ['m', 4])
  const spelled = ['{"family":5.0,"name":"m","kind":"text","capacity":1.6e1}', `{"of":5e0,"at":${first}.0}`]
  assert.deepEqual(familiesOf(spelled)[0]?.series, [{ labels: {}, value: '' }])
})
