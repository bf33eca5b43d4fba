import {
  blockBytes,
  bootOffset,
  cellBytes,
  cellChunk,
  chunkBlocksOffset,
  chunkCountOffset,
  chunkEntryBytes,
  chunkKindOffset,
  chunkStartOffset,
  clearedOffset,
  clockOffsetOffset,
  directoryOffset,
  endedOffset,
  formatVersion,
  headerBytes,
  headerBytesOffset,
  heartbeatOffset,
  keptOffset,
  logChunk,
  logEndOffset,
  magic,
  maxChunks,
  maxPageBytes,
  monotonicBeatOffset,
  monotonicStartOffset,
  textOffset,
  versionOffset,
  writerBytesOffset,
  writerOffset,
} from '../page/layout.ts'
import type { ReadableBytes } from '../page/storage.ts'
import { applyChanges } from './cell-changes.ts'
import { type ChangeLine, type PageLine, storeValue } from './lines.ts'

/** Bytes from one position of the page on. */
interface Piece {
  readonly start: number
  readonly bytes: Buffer
}

const minLogBlocks = 16

/**
 * A page as it was recorded, for a reader of pages: its cells are where they were, its log is in chunks of its own behind them.
 */
export class RecordedPage implements ReadableBytes {
  readonly isStill = true
  readonly owner: number | undefined
  readonly #header: Buffer = Buffer.alloc(headerBytes)
  readonly #cells: Piece[] = []
  readonly #log: Piece[] = []
  readonly #takeBytes: (count: number) => void
  #chunks = 0
  #logEnd = 0
  /** Where the next chunk of the log will be. */
  #logStart = maxPageBytes
  #held: boolean | undefined

  /** `takeBytes` throws where that is more memory than a recording may take. */
  constructor({ owner, writer, start, boot, kept }: PageLine, takeBytes: (count: number) => void) {
    this.owner = owner
    this.#takeBytes = takeBytes
    const header = this.#header
    header.write(magic, 0, 'latin1')
    header.writeUInt32LE(formatVersion, versionOffset)
    header.writeUInt32LE(headerBytes, headerBytesOffset)
    header.writeUInt32LE(textOffset, writerOffset)
    header.writeUInt32LE(header.write(writer, textOffset, 'utf8'), writerBytesOffset)
    header.writeDoubleLE(start, monotonicStartOffset)
    header.write(boot, bootOffset, 'hex')
    header.writeUInt32LE(kept, keptOffset)
  }

  /** Brings it up to date. Throws for what no recorder writes. */
  apply(change: ChangeLine): void {
    const { times, held, chunks = [], log = [] } = change
    if (times !== undefined) this.#setTimes(times)
    if (held !== undefined) this.#held = held ?? undefined
    for (const [start, blocks] of chunks) this.#addCells(start, blocks)
    if (log.length > 0) this.#append(log)
    applyChanges(change, (cell) => this.#find(cell))
  }

  size(): number {
    return maxPageBytes
  }

  read(target: NodeJS.ArrayBufferView, offset: number, position: number): number {
    const wanted = Buffer.from(target.buffer, target.byteOffset + offset, target.byteLength - offset)
    const pieces = [{ start: 0, bytes: this.#header }, ...this.#cells, ...this.#log]
    const piece = pieces.find(({ start, bytes }) => position >= start && position < start + bytes.length)
    return piece === undefined ? 0 : piece.bytes.copy(wanted, 0, position - piece.start)
  }

  isHeld(): boolean | undefined {
    return this.#held
  }

  successor(): undefined {
    return undefined
  }

  close(): void {}

  #setTimes(times: NonNullable<ChangeLine['times']>): void {
    const [heartbeat = 0, beat = 0, ended = 0, clockOffset = 0, cleared = 0] = times
    storeValue(this.#header, heartbeatOffset, heartbeat)
    storeValue(this.#header, monotonicBeatOffset, beat)
    storeValue(this.#header, endedOffset, ended)
    storeValue(this.#header, clockOffsetOffset, clockOffset)
    this.#header.writeUInt32LE(Number(cleared), clearedOffset)
  }

  #addCells(start: number, blocks: number): void {
    this.#addChunk(cellChunk, start, blocks)
    this.#cells.push(this.#piece(start, blocks))
  }

  #append(lines: readonly object[]): void {
    const text = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    for (let done = 0; done < text.length; ) {
      const last = this.#log.at(-1)
      const used = this.#logEnd - this.#log.slice(0, -1).reduce((sum, { bytes }) => sum + bytes.length, 0)
      if (last === undefined || used === last.bytes.length) {
        const blocks = Math.max(minLogBlocks, 2 * ((last?.bytes.length ?? 0) / blockBytes))
        const start = this.#logStart / blockBytes - blocks
        this.#logStart = start * blockBytes
        this.#addChunk(logChunk, start, blocks)
        this.#log.push(this.#piece(start, blocks))
        continue
      }
      const count = text.copy(last.bytes, used, done)
      done += count
      this.#logEnd += count
    }
    this.#header.writeUInt32LE(this.#logEnd, logEndOffset)
  }

  #piece(start: number, blocks: number): Piece {
    this.#takeBytes(blocks * blockBytes)
    return { start: start * blockBytes, bytes: Buffer.alloc(blocks * blockBytes) }
  }

  #addChunk(kind: number, start: number, blocks: number): void {
    if (this.#chunks >= maxChunks) throw new RangeError('too many chunks')
    const at = directoryOffset + this.#chunks * chunkEntryBytes
    this.#header.writeUInt32LE(kind, at + chunkKindOffset)
    this.#header.writeUInt32LE(start, at + chunkStartOffset)
    this.#header.writeUInt32LE(blocks, at + chunkBlocksOffset)
    this.#header.writeUInt32LE(++this.#chunks, chunkCountOffset)
  }

  #find(cell: number): readonly [Buffer, number] {
    const position = cell * cellBytes
    const piece = this.#cells.find(({ start, bytes }) => position >= start && position < start + bytes.length)
    if (piece === undefined) throw new RangeError(`no cell ${cell}`)
    return [piece.bytes, position - piece.start]
  }
}
