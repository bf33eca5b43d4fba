import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as layout from '#src/page/layout.ts'
import { octaveBounds } from '#src/snapshot/buckets/buckets.ts'
import * as average from '#src/snapshot/kinds/average.ts'
import * as cells from '#src/snapshot/kinds/cells.ts'
import * as exemplar from '#src/snapshot/kinds/exemplar.ts'
import * as extremes from '#src/snapshot/kinds/extremes.ts'
import * as gauge from '#src/snapshot/kinds/gauge.ts'
import * as meter from '#src/snapshot/kinds/meter.ts'
import * as rates from '#src/snapshot/kinds/rates.ts'
import * as recent from '#src/snapshot/kinds/recent.ts'
import type { SeriesLayout } from '#src/snapshot/kinds/row.ts'
import { rowOf } from '#src/snapshot/kinds/rows.ts'
import * as state from '#src/snapshot/kinds/state.ts'
import * as texts from '#src/snapshot/kinds/text.ts'
import * as timer from '#src/snapshot/kinds/timer.ts'
import * as limits from '#src/snapshot/limits.ts'
import { maxNameLength } from '#src/snapshot/names.ts'

type Row = Readonly<Record<string, string>> & { readonly Name?: string }

const text = readFileSync('docs/format.md', 'utf8')
const layoutNames = Object.keys(layout)
const constants: Row = Object.fromEntries(Object.entries(layout).map(([name, value]) => [name, String(value)]))

/** The rows of every table of the document with these columns, by column. */
function tables(...columns: readonly string[]): Row[] {
  const rows: Row[] = []
  let heads: readonly string[] | undefined
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) heads = undefined
    else if (heads === undefined) heads = cellsOf(line)
    else if (columns.every((column, i) => heads?.[i] === column) && !/^\|[-:|]+\|$/.test(line)) {
      const values = cellsOf(line)
      rows.push(Object.fromEntries(heads.map((head, i) => [head, values[i] ?? ''])))
    }
  }
  return rows
}

function cellsOf(line: string): readonly string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1'))
}

test('The tables of header and chunk directory have the offsets of the code, all of them and no other', () => {
  const rows = tables('Offset', 'Size', 'Type', 'Name')
  const documented = Object.fromEntries(rows.map(({ Name, Offset }) => [`${Name}Offset`, Number(Offset)]))
  const offsets = layoutNames.filter((name) => name.endsWith('Offset'))
  const coded = Object.fromEntries(offsets.map((name) => [name, Number(constants[name])]))
  assert.deepEqual(documented, { magicOffset: 0, ...coded })
})

test('Each row of these tables begins where the one before ends', () => {
  const ends = { magic: layout.textOffset, directory: layout.headerBytes, chunkZero: layout.chunkEntryBytes }
  for (const rows of [
    tables('Offset', 'Size', 'Type', 'Name', 'Written by the writer'),
    tables('Offset', 'Size', 'Type', 'Name', 'Meaning'),
  ]) {
    let end = 0
    for (const { Offset, Size } of rows) {
      assert.equal(Number(Offset), end)
      end += Number(Size)
    }
    assert.equal(end, ends[rows.at(-1)?.Name as keyof typeof ends])
  }
})

test('The constants of the document are those of the code, all of them and no other', () => {
  const documented = Object.fromEntries(tables('Name', 'Value', 'Meaning').map(({ Name = '', Value }) => [Name, Value]))
  const coded = layoutNames
    .filter((name) => !name.endsWith('Offset'))
    .map((name) => [name, constants[name]?.replace('\n', '\\n')])
  assert.deepEqual(documented, Object.fromEntries(coded))
})

test('The limits of the document are those of the code, all of them and no other', () => {
  const documented = Object.fromEntries(
    tables('Name', 'Value', 'Limit of').map(({ Name = '', Value }) => [Name, Number(Value)]),
  )
  const { excessOf: _, ...coded } = limits
  assert.deepEqual(documented, coded)
})

test('The tables of cells have the cells of the code, all of them and no other', () => {
  const documented = tables('Cell', 'Name', 'Start').map(({ Name, Cell }) => [`${Name}Cell`, Number(Cell)])
  const kinds = {
    ...cells,
    ...average,
    ...exemplar,
    ...extremes,
    ...gauge,
    ...meter,
    ...rates,
    ...recent,
    ...state,
    ...texts,
    ...timer,
  }
  const coded = Object.entries(kinds).filter(([name]) => name.endsWith('Cell') && name !== 'maxBucketsPerCell')
  const heads = Object.fromEntries(documented.map(([name, cell]) => [String(name), cell]))
  assert.deepEqual(heads, { valueCell: 0, ...Object.fromEntries(coded) })
  assert.equal(rowOf('counter').cells({} as SeriesLayout), 1)
})

test('The numbers of cells, octaves and buckets in the text are those of the code', () => {
  const number = '(-?[0-9,]+)'
  const said = (pattern: string): number => Number(new RegExp(pattern).exec(text)?.[1]?.replaceAll(',', ''))
  assert.equal(
    said(`The head of a histogram has ${number} cells \\(\`exponentialHeadCells\``),
    cells.exponentialHeadCells,
  )
  assert.equal(said(`current-state records of ${number} cells \\(\`recordCells\``), state.recordCells)
  assert.equal(said(`${number} cells \\(\`octaveCells\``), cells.octaveCells)
  assert.equal(said(`${number} cells \\(\`octaveCopiesCells\``), recent.octaveCopiesCells)
  assert.equal(said(`${number} cells \\(\`exemplarCells\``), exemplar.exemplarCells)
  assert.equal(said(`${number} \\(\`exemplarLabelBytes\``), exemplar.exemplarLabelBytes)
  assert.equal(said(`at most ${number} code points`), exemplar.maxExemplarCharacters)
  assert.deepEqual([recent.copyCells(undefined), recent.copyCells([1, 2])], [6, 7])
  assert.equal(said(`ring of ${number} slices of time \\(\`sliceCount\``), extremes.sliceCount)
  assert.equal(said(`of ${number} cells \\(\`sliceCells\``), extremes.sliceCells)
  assert.equal(said(`\`extremes\` has ${number} cells behind`), extremes.extremesCells)
  assert.equal(said(`is ${number} seconds old, it begins`), extremes.sliceSeconds)
  assert.equal(said(`ring of ${number} marks \\(\`markCount\``), average.markCount)
  assert.equal(said(`of ${number} cells \\(\`markCells\``), average.markCells)
  assert.equal(said(`${number}\\s+\\(\`lowestExponent\``), cells.lowestExponent)
  assert.equal(said(`${number} \\(\`highestExponent\``), cells.highestExponent)
  assert.equal(said(`a timer has ${number} of its own \\(\`timerCells\``), timer.timerCells)
  assert.equal(said(`\\*n\\* \\+ ${number} cells \\(\`explicitCells\``), cells.explicitCells(1) - 1)
  assert.equal(said(`${number} buckets of a series \\(\`maxBuckets\``), cells.maxBuckets)
  assert.equal(said(`${number}\\s+buckets of a page \\(\`freeBuckets\``), cells.freeBuckets)
  assert.equal(said(`${number} for each cell\\s+of its octaves \\(\`maxBucketsPerCell\``), cells.maxBucketsPerCell)
  assert.equal(said(`${number} \\(\`minBuckets\``), cells.minBuckets)
  assert.equal(said(`1 to ${number} characters: parts`), maxNameLength)
  assert.equal(said(`integer from ${number} to 1023`), cells.lowestExponent)
})

test('The bounds in the document are the exact ones', () => {
  const found = new Map<number, number>()
  for (const line of text.split('\n')) {
    const values = cellsOf(line).map(Number)
    if (values.length !== 8 || values.some(Number.isNaN)) continue
    for (let i = 0; i < values.length; i += 2) found.set(values[i] as number, values[i + 1] as number)
  }
  const expected = [...octaveBounds.slice(1), 2].map((bound, i): [number, number] => [i, bound])
  assert.deepEqual([...found], expected)
})

test('The codes of the document are those that reader and writer of a page can give', () => {
  const reading = ['reader', 'readable-file', 'header', 'chunks', 'descriptors', 'left-out'].map(
    (name) => `read/${name}`,
  )
  const ofPages = [...reading, 'log', 'write/writer', 'write/chunk-writer'].map((name) => `page/${name}`)
  const sources = [...ofPages, 'os/trusted-file'].map((name) => readFileSync(`src/${name}.ts`, 'utf8')).join('')
  const thrown = new Set(sources.match(/(?<=PlimsollError\(')PLIMSOLL_PAGE_\w+/g))
  assert.deepEqual([...new Set(text.match(/PLIMSOLL_PAGE_\w+/g))].sort(), [...thrown].sort())
})

test('The dump in the document is that of the golden page', () => {
  const dump = /```hexdump\n([^`]*(?:`(?!``)[^`]*)*)```/.exec(text)?.[1]
  assert.equal(dump, hexdump(readFileSync('test/page/golden/v1-example.page')))
})

test('Every place that the document explains in the dump holds what it says', () => {
  const page = readFileSync('test/page/golden/v1-example.page')
  const rows = tables('Offset', 'Bytes', 'Meaning')
  for (const { Offset, Bytes = '', Meaning } of rows) {
    const at = Number(Offset)
    if (Bytes.startsWith('plimsoll')) assert.equal(page.toString('latin1', at, at + 16), Bytes.replace('\\n', '\n'))
    else if (Bytes.includes(', '))
      assert.deepEqual(
        Bytes.split(', ')
          .map((_, i) => page.readUInt32LE(at + i * 4))
          .join(', '),
        Bytes,
      )
    else if (Number.isNaN(Number(Bytes))) continue
    else if (at < layout.heartbeatOffset) assert.equal(page.readUInt32LE(at), Number(Bytes), Meaning)
    else assert.equal(page.readDoubleLE(at), Number(Bytes), Meaning)
  }
  assert.equal(rows.length, 25)
})

/** As `hexdump -C` of util-linux writes it. */
function hexdump(bytes: Buffer): string {
  const lines: string[] = []
  let before = ''
  for (let at = 0; at < bytes.length; at += 16) {
    const part = bytes.subarray(at, at + 16)
    const hex = part.toString('hex').replace(/..(?!$)/g, '$& ')
    const shown = part.toString('latin1').replace(/[^ -~]/g, '.')
    const offset = at.toString(16).padStart(8, '0')
    if (hex === before && lines.at(-1) !== '*') lines.push('*')
    if (hex !== before) lines.push(`${offset}  ${hex.slice(0, 23)}  ${hex.slice(24)}  |${shown}|`)
    before = hex
  }
  lines.push(bytes.length.toString(16).padStart(8, '0'), '')
  return lines.join('\n')
}
