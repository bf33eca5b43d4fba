import {
  blockBytes,
  bootBytes,
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
  headerBytes,
  heartbeatOffset,
  keptOffset,
  monotonicBeatOffset,
  monotonicStartOffset,
  writerBytesOffset,
  writerOffset,
} from '../page/layout.ts'
import { PageReader } from '../page/read/reader.ts'
import type { ReadableBytes } from '../page/storage.ts'
import { ChangedCells } from './cell-changes.ts'
import { type ChangeLine, type PageLine, type Value, valueAt } from './lines.ts'

/** Records a page: what its reader reads of it, with all care that a writer may change it meanwhile, is what is recorded. */
export class PageRecorder {
  readonly #number: number
  readonly #isRetained: boolean
  readonly #reader: PageReader
  #bytes: CopiedBytes
  /** What was recorded of it; empty before the first line. */
  #before = Buffer.alloc(0)
  #logEnd = 0
  #chunks = 0
  #held: boolean | null | undefined
  #times = ''

  constructor(number: number, file: string, bytes: ReadableBytes, isRetained: boolean) {
    this.#number = number
    this.#isRetained = isRetained
    this.#bytes = new CopiedBytes(bytes)
    this.#reader = new PageReader(file, this.#bytes, {})
  }

  close(): void {
    this.#reader.close()
  }

  /** What begins the page in a member: all that is known of it is to be recorded again. */
  restart(): void {
    this.#before = Buffer.alloc(0)
    this.#logEnd = 0
    this.#chunks = 0
    this.#held = undefined
    this.#times = ''
  }

  /** The lines of what has changed, of which there are none mostly for an ended writer. Throws a PlimsollError. */
  lines(): (PageLine | ChangeLine)[] {
    const logEnd = this.#reader.copyAll()
    if (this.#reader.bytes !== this.#bytes) {
      // The page was replaced by another one.
      this.#bytes = this.#reader.bytes as CopiedBytes
      this.restart()
    }
    const lines: (PageLine | ChangeLine)[] = this.#before.length === 0 ? [this.#head()] : []
    const change = this.#change(logEnd)
    return change === undefined ? lines : [...lines, change]
  }

  #head(): PageLine {
    const { image, owner } = this.#bytes
    const from = image.readUInt32LE(writerOffset)
    return {
      page: this.#number,
      file: this.#reader.file,
      ...(owner !== undefined && { owner }),
      ...(this.#isRetained && { retained: true }),
      writer: image.toString('utf8', from, from + image.readUInt32LE(writerBytesOffset)),
      start: image.readDoubleLE(monotonicStartOffset),
      boot: image.toString('hex', bootOffset, bootOffset + bootBytes),
      kept: image.readUInt32LE(keptOffset),
    }
  }

  #change(logEnd: number): ChangeLine | undefined {
    const { image } = this.#bytes
    const chunks = this.#chunksOf(image)
    const held = this.#bytes.held ?? null
    const times = timesOf(image)
    const log = this.#newLog(image, chunks, logEnd)
    const { changes } = this.#changedCells(image, chunks)
    const added = cellChunks(chunks).slice(this.#chunks)
    const line: ChangeLine = {
      page: this.#number,
      ...(JSON.stringify(times) !== this.#times && { times }),
      ...(held !== this.#held && { held }),
      ...(added.length > 0 && { chunks: added.map(({ start, blocks }) => [start, blocks] as const) }),
      ...(log.length > 0 && { log }),
      ...changes,
    }
    this.#times = JSON.stringify(times)
    this.#held = held
    this.#chunks += added.length
    return Object.keys(line).length > 1 ? line : undefined
  }

  #chunksOf(image: Buffer): Chunk[] {
    return Array.from({ length: image.readUInt32LE(chunkCountOffset) }, (_, i) => {
      const at = directoryOffset + i * chunkEntryBytes
      return {
        kind: image.readUInt32LE(at + chunkKindOffset),
        start: image.readUInt32LE(at + chunkStartOffset),
        blocks: image.readUInt32LE(at + chunkBlocksOffset),
      }
    })
  }

  #changedCells(image: Buffer, chunks: readonly Chunk[]): ChangedCells {
    if (this.#before.length < image.length) {
      const larger = Buffer.alloc(image.length)
      this.#before.copy(larger)
      this.#before = larger
    }
    const changed = new ChangedCells()
    for (const { start, blocks } of cellChunks(chunks)) {
      changed.compare(this.#before, image, start * blockBytes, (start + blocks) * blockBytes)
    }
    return changed
  }

  #newLog(image: Buffer, chunks: readonly Chunk[], end: number): object[] {
    if (end === this.#logEnd) return []
    const pieces = chunks
      .filter(({ kind }) => kind !== cellChunk)
      .map(({ start, blocks }) => image.subarray(start * blockBytes, (start + blocks) * blockBytes))
    const text = Buffer.concat(pieces).toString('utf8', this.#logEnd, end)
    this.#logEnd = end
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as object)
  }
}

interface Chunk {
  readonly kind: number
  readonly start: number
  readonly blocks: number
}

function cellChunks(chunks: readonly Chunk[]): Chunk[] {
  return chunks.filter(({ kind }) => kind === cellChunk).sort((a, b) => a.start - b.start)
}

function timesOf(image: Buffer): Value[] {
  const offsets = [heartbeatOffset, monotonicBeatOffset, endedOffset, clockOffsetOffset]
  return [...offsets.map((offset) => valueAt(image, offset)), image.readUInt32LE(clearedOffset)]
}

/** The bytes of a page, with a copy of all that was read of them. */
class CopiedBytes implements ReadableBytes {
  image: Buffer = Buffer.alloc(headerBytes)
  /** As it was last asked for. */
  held: boolean | undefined
  readonly #bytes: ReadableBytes

  constructor(bytes: ReadableBytes) {
    this.#bytes = bytes
  }

  get owner(): number | undefined {
    return this.#bytes.owner
  }

  size(): number {
    return this.#bytes.size()
  }

  read(target: NodeJS.ArrayBufferView, offset: number, position: number): number {
    const count = this.#bytes.read(target, offset, position)
    const end = position + count
    if (end > this.image.length) {
      // In whole cells, as those at its end are compared, too.
      const cells = Math.ceil(Math.max(end, Math.min(this.size(), 2 * end)) / cellBytes)
      const larger = Buffer.alloc(cells * cellBytes)
      this.image.copy(larger)
      this.image = larger
    }
    Buffer.from(target.buffer, target.byteOffset + offset, count).copy(this.image, position)
    return count
  }

  isHeld(): boolean | undefined {
    this.held = this.#bytes.isHeld()
    return this.held
  }

  successor(): ReadableBytes | undefined {
    const successor = this.#bytes.successor()
    return successor && new CopiedBytes(successor)
  }

  close(): void {
    this.#bytes.close()
  }
}
