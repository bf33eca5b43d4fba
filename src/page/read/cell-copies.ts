import { cellBytes } from '../layout.ts'
import type { ReadableBytes } from '../storage.ts'

/** A reader's copy of a chunk of cells, filled again by each read. */
export interface CellChunk {
  readonly cells: Float64Array
  readonly firstCell: number
  /** Where the last series ends; what lies behind is not read. */
  used: number
}

/** The first of some cells of a chunk, and the one behind the last. */
export type Span = readonly [first: number, end: number]

/** Fills a view with what is in the file from a position on. */
export type Fill = (view: NodeJS.ArrayBufferView, position: number) => void

/** Cells that lie behind each other in the file, and where the first one is. */
interface Run {
  readonly cells: Float64Array
  readonly position: number
}

/** Runs that are copied by one call, with what lies between them. */
interface Batch {
  readonly runs: Run[]
  readonly targets: Float64Array[]
  bytes: number
}

/** Cells between two that are wanted are copied with them up to here: one call takes as long as copying so many. */
const maxGap = 2048

/** Where cells between two chunks go. */
const unwanted = new Float64Array(maxGap)

/** How some of the cells of a page are copied: by few calls, each of which costs more than the bytes that it copies. */
export class CellCopies {
  private readonly batches: Batch[] = []

  constructor(chunks: readonly CellChunk[], spansOf: (chunk: CellChunk) => readonly Span[]) {
    for (const chunk of chunks) {
      const { cells, firstCell } = chunk
      for (const [from, end] of joined(spansOf(chunk), maxGap)) {
        this.add({ cells: cells.subarray(from, end), position: (firstCell + from) * cellBytes })
      }
    }
  }

  /** Copies the cells: those of a batch by `readAll` where the bytes have it, else, or where it did not give all, by `fill`. */
  run(bytes: ReadableBytes, fill: Fill): void {
    for (const { runs, targets, bytes: count } of this.batches) {
      const [first] = runs
      if (runs.length > 1 && bytes.readAll?.(targets, first?.position ?? 0) === count) continue
      for (const { cells, position } of runs) fill(cells, position)
    }
  }

  private add(run: Run): void {
    const last = this.batches.at(-1)
    const begin = last?.runs[0]?.position ?? 0
    const gap = last === undefined ? -1 : (run.position - begin - last.bytes) / cellBytes
    if (last === undefined || gap < 0 || gap > maxGap) {
      this.batches.push({ runs: [run], targets: [run.cells], bytes: run.cells.byteLength })
      return
    }
    if (gap > 0) last.targets.push(unwanted.subarray(0, gap))
    last.runs.push(run)
    last.targets.push(run.cells)
    last.bytes += gap * cellBytes + run.cells.byteLength
  }
}

/** So many cells of a chunk are wanted together or not at all: a list of all series and their octaves would have to be sorted. */
const groupCells = 64

/** Which cells of a chunk a read wants. */
export class WantedCells {
  private readonly cells: number
  private readonly groups: Uint8Array

  constructor(cells: number) {
    this.cells = cells
    this.groups = new Uint8Array(Math.ceil(cells / groupCells))
  }

  /** Adds so many cells from `index` on. */
  add(index: number, count: number): void {
    const last = Math.floor((index + count - 1) / groupCells)
    for (let group = Math.floor(index / groupCells); group <= last; group++) this.groups[group] = 1
  }

  /** In ascending order. */
  spans(): Span[] {
    const { groups, cells } = this
    const spans: Span[] = []
    for (let group = groups.indexOf(1); group !== -1; ) {
      const next = groups.indexOf(0, group)
      const end = next === -1 ? groups.length : next
      spans.push([group * groupCells, Math.min(cells, end * groupCells)])
      group = groups.indexOf(1, end)
    }
    return spans
  }
}

/** In their order, with those as one between which there are no more than `gap` cells. */
export function joined(spans: readonly Span[], gap: number): Span[] {
  const found: Span[] = []
  let from = 0
  let to = 0
  const add = (): void => {
    if (to > from) found.push([from, to])
  }
  for (const [first, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (first - to > gap || to === 0) {
      add()
      from = first
    }
    to = Math.max(to, end)
  }
  add()
  return found
}
