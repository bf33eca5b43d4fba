import { writeSync } from 'node:fs'
import { PlimsollError, reasonOf } from '../errors.ts'
import type { FamilyDescription, Part, SeriesKey, Slot, Store } from '../snapshot/store.ts'
import {
  blockBytes,
  cellBytes,
  cellChunk,
  chunkBlocksOffset,
  chunkCountOffset,
  chunkEntryBytes,
  chunkKindOffset,
  chunkStartOffset,
  directoryOffset,
  endedOffset,
  formatVersion,
  headerBytesOffset,
  heartbeatOffset,
  logChunk,
  logEndOffset,
  longestLineBytes,
  mostChunks,
  mostFamilies,
  versionOffset,
} from './layout.ts'
import { encodeLine, type LogLine, type WriterLine } from './log.ts'
import { lostPages, mapShared, memoryPageSize, reserve, unmapShared } from './map.ts'
import type { PageFiles } from './page-files.ts'

/** A new chunk is a quarter of what there is of its kind, but at least this: the file follows what is used. */
const smallestChunkBytes = 8192

interface LogPart {
  /** First byte of the part in the file, and in the log. */
  readonly fileOffset: number
  readonly logOffset: number
  readonly bytes: number
}

/** The writing side of a page: a store whose cells are mapped memory. One thread owns it. */
export class PageWriter implements Store {
  readonly file: string
  readonly writer: WriterLine
  /** Why there was no room the last time; a reason to warn once. */
  failure: PlimsollError | undefined
  private readonly files: PageFiles
  private readonly maxBytes: number
  private readonly headerBuffer: ArrayBuffer
  private readonly words: Uint32Array
  private readonly times: Float64Array
  /** Number of the first cell of each cell chunk in the file. */
  private readonly firstCells = new Map<Float64Array, number>()
  private readonly logParts: LogPart[] = []
  private fileEnd: number
  private chunks = 0
  private logEnd = 0
  private current = new Float64Array(0)
  private used = 0
  /** No more attempts to grow until the next heartbeat: each would be a system call in vain. */
  private resting = false
  private beats = 0
  private seenFaults = 0

  /** Made by `createPage`. */
  constructor(file: string, files: PageFiles, header: ArrayBuffer, writer: WriterLine, maxBytes: number) {
    this.file = file
    this.files = files
    this.writer = writer
    this.maxBytes = maxBytes
    this.headerBuffer = header
    this.words = new Uint32Array(header)
    this.times = new Float64Array(header)
    this.fileEnd = this.words[headerBytesOffset / 4] as number
    this.seenFaults = lostPages()
  }

  allocate(count: number): Slot | undefined {
    if (this.used + count > this.current.length && !this.grow(cellChunk, count * cellBytes)) return undefined
    const slot = { cells: this.current, index: this.used }
    this.used += count
    return slot
  }

  giveBack({ cells, index }: Slot, count: number): void {
    cells.fill(0, index, index + count)
    if (cells === this.current && index + count === this.used) this.used = index
  }

  holds(cells: Float64Array): boolean {
    return this.firstCells.has(cells)
  }

  announceFamily(family: FamilyDescription): boolean {
    const { id, name, kind, unit, help, labelNames, aggregation, type, ...others } = family
    if (id >= mostFamilies) {
      this.fail(`it has ${mostFamilies} families, and that is the most`)
      return false
    }
    return this.append({
      family: id,
      name,
      kind,
      ...(unit && { unit }),
      ...(help && { help }),
      ...(labelNames.length > 0 && { labels: labelNames }),
      ...(aggregation && { aggregation }),
      ...(type && type !== 'float' && { type }),
      ...others,
    })
  }

  announceSeries(family: FamilyDescription, slot: Slot, key: SeriesKey): boolean {
    const place = { of: family.id, at: this.cellNumber(slot) }
    if (key === 'overflow') return this.append({ ...place, overflow: true })
    return this.append(key.length === 0 ? place : { ...place, labels: key })
  }

  announcePart(series: Slot, part: Part, cells: Slot): boolean {
    return this.append({ at: this.cellNumber(series), ...part, cells: this.cellNumber(cells) })
  }

  /** Shows readers that the event loop runs; one store. */
  beat(unixTime: number): void {
    this.times[heartbeatOffset / 8] = unixTime
    this.resting = false
    this.beats++
  }

  /** When the writer last showed that it runs, as Unix time in seconds; 0 if never. */
  get heartbeat(): number {
    return this.times[heartbeatOffset / 8] as number
  }

  /**
   * Whether the file is still the one that was made: PLIMSOLL_PAGE_LOST when it was removed, cut short, overwritten or
   * closed.
   * To be called with each heartbeat; a memory read, and a system call every tenth time or after a fault.
   */
  checkFile(): PlimsollError | undefined {
    if (this.words[versionOffset / 4] !== formatVersion) {
      // Whatever the cells are now, nobody counted it: better begin at zero, as after a restart.
      for (const cells of this.firstCells.keys()) cells.fill(0)
      return this.lost('overwritten or cut short')
    }
    const faults = lostPages()
    const faulted = faults !== this.seenFaults
    this.seenFaults = faults
    if (!faulted && this.beats % 10 !== 0) return undefined
    try {
      const { nlink, size, blocks } = this.files.check(this.files.lock)
      if (nlink === 0) return this.lost('removed')
      // After a fault the log may have made the file long again, but not given its space back.
      const short = size < this.fileEnd || (faulted && blocks * 512 < this.fileEnd)
      if (!short) return undefined
      // Where the log made it long again, readers would take the gap for values of zero: no page has so many chunks.
      Atomics.store(this.words, chunkCountOffset / 4, 0xffff_ffff)
      return this.lost('cut short')
    } catch {
      return this.lost('closed')
    }
  }

  /** Marks the page as closed in good order; readers see it, and stores go on to work. */
  end(unixTime: number): void {
    this.times[endedOffset / 8] = unixTime
  }

  /** Gives lock, files and mappings back. Nobody may hold a cell of this page any more. */
  release(): void {
    const buffers = [this.headerBuffer, ...[...this.firstCells.keys()].map((cells) => cells.buffer as ArrayBuffer)]
    this.firstCells.clear()
    for (const buffer of buffers) {
      try {
        unmapShared(buffer)
      } catch {
        // The kernel keeps it until the process ends; a timer that closes a lost page must not end it.
      }
    }
    this.files.close()
  }

  /** @internal One more chunk with room for `bytes`; false, with a `failure`, where there is none. */
  grow(kind: number, bytes: number): boolean {
    if (this.resting) return false
    const { failure } = this
    const page = memoryPageSize()
    const least = roundUp(bytes, page)
    const wanted = roundUp(Math.max(bytes, smallestChunkBytes, this.bytesOf(kind) / 4), page)
    try {
      // Where there is no room for a comfortable chunk, there may be some for a smaller one.
      for (let size = wanted; ; size = Math.max(least, roundUp(size / 2, page))) {
        if (this.addChunk(kind, size)) {
          this.failure = failure
          return true
        }
        if (size <= least) break
      }
    } catch (cause) {
      this.fail(reasonOf(cause), cause)
    }
    this.resting = true
    return false
  }

  private addChunk(kind: number, bytes: number): boolean {
    if (this.chunks >= mostChunks || this.fileEnd + bytes > this.maxBytes) {
      this.fail(`it has reached its limit of ${this.maxBytes} bytes in ${this.chunks} chunks`)
      return false
    }
    const start = this.fileEnd
    try {
      for (const fd of [this.files.lock, this.files.map]) this.files.check(fd)
      reserve(this.files.lock, start, bytes)
    } catch (cause) {
      this.fail(reasonOf(cause), cause)
      return false
    }
    if (kind === cellChunk) {
      this.current = new Float64Array(mapShared(this.files.map, start, bytes))
      this.used = 0
      this.firstCells.set(this.current, start / cellBytes)
    } else {
      const { logOffset, bytes: before } = this.logParts.at(-1) ?? { logOffset: 0, bytes: 0 }
      this.logParts.push({ fileOffset: start, logOffset: logOffset + before, bytes })
    }
    this.fileEnd += bytes
    this.publishChunk(kind, start, bytes)
    return true
  }

  /** Fills the entry, then stores the count: a reader that sees the count sees the entry. */
  private publishChunk(kind: number, start: number, bytes: number): void {
    const entry = (directoryOffset + this.chunks * chunkEntryBytes) / 4
    this.words[entry + chunkKindOffset / 4] = kind
    this.words[entry + chunkStartOffset / 4] = start / blockBytes
    this.words[entry + chunkBlocksOffset / 4] = bytes / blockBytes
    this.chunks++
    Atomics.store(this.words, chunkCountOffset / 4, this.chunks)
  }

  /** Writes the bytes of a line, then stores the new end: a reader that sees the end sees the bytes. */
  private append(line: LogLine): boolean {
    const bytes = encodeLine(line)
    if (bytes.length > longestLineBytes) {
      this.fail(`help, bounds and label values of one line have ${bytes.length} of at most ${longestLineBytes} bytes`)
      return false
    }
    const last = this.logParts.at(-1)
    const room = (last === undefined ? 0 : last.logOffset + last.bytes) - this.logEnd
    if (bytes.length > room && !this.grow(logChunk, bytes.length - room)) return false
    try {
      this.writeLog(bytes)
    } catch (cause) {
      this.fail(reasonOf(cause), cause)
      return false
    }
    this.logEnd += bytes.length
    Atomics.store(this.words, logEndOffset / 4, this.logEnd)
    return true
  }

  private writeLog(bytes: Uint8Array): void {
    // As long as a write, and worth it: else the lines could go into a file of the app.
    this.files.check(this.files.lock)
    let written = 0
    for (const part of this.logParts.slice(-2)) {
      const at = this.logEnd + written - part.logOffset
      if (at >= part.bytes || written === bytes.length) continue
      const count = Math.min(bytes.length - written, part.bytes - at)
      written += writeSync(this.files.lock, bytes, written, count, part.fileOffset + at)
    }
    if (written !== bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes were written`)
  }

  private cellNumber({ cells, index }: Slot): number {
    return (this.firstCells.get(cells) as number) + index
  }

  private bytesOf(kind: number): number {
    let bytes = 0
    if (kind === logChunk) for (const part of this.logParts) bytes += part.bytes
    else for (const cells of this.firstCells.keys()) bytes += cells.byteLength
    return bytes
  }

  private lost(what: string): PlimsollError {
    return new PlimsollError('PLIMSOLL_PAGE_LOST', { file: this.file, what })
  }

  private fail(reason: string, cause?: unknown): void {
    this.failure = new PlimsollError('PLIMSOLL_PAGE_FULL', { file: this.file, reason }, { cause })
  }
}

function roundUp(bytes: number, multiple: number): number {
  return Math.ceil(bytes / multiple) * multiple
}
