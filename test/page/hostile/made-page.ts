import { writeFileSync } from 'node:fs'
import * as layout from '#src/page/layout.ts'
import { maxFamilies } from '#src/snapshot/limits.ts'
import { goldenPages } from './pages.ts'

/** A page with these lines as its log, which may be about its first cells, and so many cells that hold `fill`. */
export function madePage(cells: number, linesFor: (first: number) => readonly (object | string)[], fill = 0): Buffer {
  const cellBlocks = Math.max(1, Math.ceil((cells * layout.cellBytes) / layout.blockBytes))
  const from = layout.headerBytes + cellBlocks * layout.blockBytes
  const log = Buffer.from(
    linesFor(layout.headerBytes / layout.cellBytes)
      .map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`)
      .join(''),
  )
  const logBlocks = Math.max(1, Math.ceil(log.length / layout.blockBytes))
  const page = Buffer.alloc(from + logBlocks * layout.blockBytes)
  goldenPages[0]?.copy(page, 0, 0, layout.headerBytes)
  // Times in its cells are Unix times.
  for (const clock of [layout.monotonicStartOffset, layout.monotonicBeatOffset, layout.clockOffsetOffset]) {
    page.writeDoubleLE(0, clock)
  }
  page.fill(Buffer.from(Float64Array.of(fill).buffer), layout.headerBytes, from)
  log.copy(page, from)
  page.writeUInt32LE(2, layout.chunkCountOffset)
  page.writeUInt32LE(log.length, layout.logEndOffset)
  const chunks = [
    [layout.cellChunk, 1, cellBlocks, 0],
    [layout.logChunk, 1 + cellBlocks, logBlocks, 0],
  ]
  for (const [i, words] of chunks.entries()) {
    for (const [word, value] of words.entries()) {
      page.writeUInt32LE(value, layout.directoryOffset + i * layout.chunkEntryBytes + word * 4)
    }
  }
  return page
}

/** The same as a file. */
export function writePage(file: string, ...page: Parameters<typeof madePage>): string {
  writeFileSync(file, madePage(...page), { mode: 0o600 })
  return file
}

/** As many families as a page may have, with a series each. */
export function manyFamilies(first: number): object[] {
  return Array.from({ length: maxFamilies }, (_, i) => [
    { family: i, name: `f${i}`, kind: 'counter' },
    { of: i, at: first + i },
  ]).flat()
}

/** One histogram of 60,000 bounds, and 20 series of it that share their cells. */
export function manyBounds(first: number): object[] {
  const bounds = Array.from({ length: 60_000 }, (_, i) => i)
  const series = Array.from({ length: 20 }, (_, i) => ({ of: 0, at: first, labels: [String(i)] }))
  return [{ family: 0, name: 'm', kind: 'histogram', bounds, labels: ['a'] }, ...series]
}
