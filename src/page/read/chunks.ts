import type { Slot } from '../../snapshot/store.ts'
import {
  blockBytes,
  cellBytes,
  cellChunk,
  chunkBlocksOffset,
  chunkEntryBytes,
  chunkKindOffset,
  chunkStartOffset,
  directoryOffset,
  logChunk,
} from '../layout.ts'
import { damaged } from '../log.ts'
import { type CellChunk, CellCopies, type Fill, WantedCells } from './cell-copies.ts'
import type { Header } from './header.ts'

/** A chunk of the log in the file: bytes `from` to `to` of the log begin at `position` of the file. */
interface LogChunk {
  readonly from: number
  readonly to: number
  readonly position: number
}

/** The chunks of a page, as read so far. Every number is checked against the size of the file before use. */
export class Chunks {
  private readonly file: string
  private readonly cells: CellChunk[] = []
  private readonly log: LogChunk[] = []
  private known = 0
  /** Sizes of all chunks together. */
  private bytes = 0
  /** Cells that belong to a series, so that a hostile log cannot make much out of few. */
  private claimed = 0
  private cellCount = 0
  /** What was claimed while that was to be noted. */
  private fresh: (Slot & { readonly count: number })[] | undefined
  /** The chunk in which cells were found last: mostly, it has those of the next series, too. */
  private latest: CellChunk | undefined

  constructor(file: string) {
    this.file = file
  }

  /** How many bytes of log fit the chunks there are. */
  get logBytes(): number {
    return this.log.at(-1)?.to ?? 0
  }

  /** Whether there are no others than these. */
  haveAll({ chunkCount }: Header): boolean {
    return chunkCount === this.known
  }

  /** Takes in chunks that were added since the last call. Throws PLIMSOLL_PAGE_DAMAGED. */
  update(block: Buffer, header: Header, fileBytes: number): void {
    if (header.chunkCount < this.known) {
      throw damaged(this.file, 'its number of chunks', `${header.chunkCount}`, `at least ${this.known}`)
    }
    while (this.known < header.chunkCount) {
      this.add(block, directoryOffset + this.known * chunkEntryBytes, header.bytes, fileBytes)
      this.known++
    }
  }

  /** The chunks of the file that hold these bytes of the log. */
  *logChunks(from: number, to: number): Iterable<LogChunk> {
    for (const chunk of this.log) {
      const first = Math.max(from, chunk.from)
      const last = Math.min(to, chunk.to)
      if (first < last) yield { from: first, to: last, position: chunk.position + first - chunk.from }
    }
  }

  /** How to copy the cells that `visit` names. */
  copiesOf(visit: (add: (cells: Float64Array, index: number, count: number) => void) => void): CellCopies {
    const wanted = new Map(this.cells.map(({ cells }) => [cells, new WantedCells(cells.length)]))
    let latest: Float64Array | undefined
    let own: WantedCells | undefined
    visit((cells, index, count) => {
      if (cells !== latest) own = wanted.get(cells)
      latest = cells
      own?.add(index, count)
    })
    return new CellCopies(this.cells, ({ cells }) => wanted.get(cells)?.spans() ?? [])
  }

  /** How to copy all cells that belong to a series by now. */
  copiesOfAll(): CellCopies {
    return new CellCopies(this.cells, ({ used }) => [[0, used]])
  }

  /** Copies the cells of one claim again. */
  readAgain({ cells, index }: Slot, count: number, fill: Fill): void {
    fill(cells.subarray(index, index + count), this.positionOf({ cells, index }))
  }

  /** Where cells that were claimed are in the file. */
  positionOf(slot: Slot): number {
    return this.numberOf(slot) * cellBytes
  }

  /** Takes the cells from number `first` of the file on; false when they are not all in one chunk, or are too many. */
  claim(first: unknown, count: number): first is number {
    if (!Number.isSafeInteger(first) || this.claimed + count > this.cellCount) return false
    const at = first as number
    const chunk = this.chunkWith(at, count)
    if (chunk === undefined) return false
    const index = at - chunk.firstCell
    this.claimed += count
    chunk.used = Math.max(chunk.used, index + count)
    this.fresh?.push({ cells: chunk.cells, index, count })
    return true
  }

  /** Where cells are that were claimed. */
  slotAt(first: number, count: number): Slot {
    const { cells, firstCell } = this.chunkWith(first, count) as CellChunk
    return { cells, index: first - firstCell }
  }

  /** Puts cells that were claimed, so many from each of these numbers on, one behind the other. */
  gather(firsts: readonly number[], count: number, into: Float64Array): void {
    let chunk = this.cells[0]
    for (let i = 0, at = 0; i < firsts.length; i++) {
      const first = firsts[i] as number
      if (chunk === undefined || !hasCells(chunk, first, count)) chunk = this.chunkWith(first, count) as CellChunk
      const from = first - chunk.firstCell
      for (let n = 0; n < count; n++) into[at++] = chunk.cells[from + n] as number
    }
  }

  /** Takes cells back that were claimed: another series may have them. */
  release(count: number): void {
    this.claimed -= count
  }

  /** Number of the first cell of a slot that a claim gave. */
  numberOf({ cells, index }: Slot): number {
    const chunk = this.cells.find((one) => one.cells === cells)
    return (chunk?.firstCell ?? Number.NaN) + index
  }

  /** Runs `claim`, then copies the cells that it claimed; returns what it returns. */
  readClaimed<T>(claim: () => T, fill: Fill): T {
    this.fresh = []
    try {
      const claimed = claim()
      for (const one of this.fresh) this.readAgain(one, one.count, fill)
      return claimed
    } finally {
      this.fresh = undefined
    }
  }

  private chunkWith(first: number, count: number): CellChunk | undefined {
    const { latest } = this
    if (latest !== undefined && hasCells(latest, first, count)) return latest
    this.latest = this.cells.find((chunk) => hasCells(chunk, first, count))
    return this.latest
  }

  private add(block: Buffer, entry: number, headerBytes: number, fileBytes: number): void {
    const kind = block.readUInt32LE(entry + chunkKindOffset)
    const start = block.readUInt32LE(entry + chunkStartOffset) * blockBytes
    const bytes = block.readUInt32LE(entry + chunkBlocksOffset) * blockBytes
    // All sizes together, too: chunks that lie over each other would cost more memory than the file has bytes.
    if (start < headerBytes || start + bytes > fileBytes || this.bytes + bytes > fileBytes) {
      const end = `within the ${fileBytes} bytes of the file`
      throw damaged(this.file, `chunk ${this.known}`, `${bytes} bytes from byte ${start} on`, end)
    }
    this.bytes += bytes
    if (kind === cellChunk) {
      const cells = new Float64Array(bytes / cellBytes)
      this.cells.push({ cells, firstCell: start / cellBytes, used: 0 })
      this.cellCount += cells.length
    } else if (kind === logChunk) {
      this.log.push({ from: this.logBytes, to: this.logBytes + bytes, position: start })
    }
  }
}

function hasCells({ firstCell, cells }: CellChunk, first: number, count: number): boolean {
  return first >= firstCell && first + count <= firstCell + cells.length
}
