import { closeSync, ftruncateSync, readSync, writeSync } from 'node:fs'
import { systemClock } from '../../clock.ts'
import { openSame } from '../../os/trusted-file.ts'
import { eachChangedBlock } from '../changed-blocks.ts'
import {
  blockBytes,
  chunkCountOffset,
  clearedOffset,
  directoryOffset,
  formatVersion,
  keptOffset,
  spareOffset,
  versionOffset,
} from '../layout.ts'
import { isReleased, noteWritten, release } from '../life.ts'
import { flushBeforeRead } from '../own-pages.ts'
import type { KeptLock, Loss, WrittenBytes } from '../storage.ts'
import { PageFile } from './page-file.ts'

/** A part of the page: what it is now, and what of it is in the file. */
interface Piece {
  readonly start: number
  readonly now: Buffer<ArrayBuffer>
  readonly written: Buffer<ArrayBuffer>
  /** How often it is still written whole, without a look at what has changed. */
  unchecked: number
}

/** Where more than this share of a piece has changed, to compare and copy it costs more than it saves. */
const nearlyAll = 0.75
const uncheckedWrites = 15

/** A page on the heap; `flush` writes what has changed of it to its file. It needs no lock and no mapping. */
export class WrittenFile extends PageFile implements WrittenBytes {
  readonly granularity: number = blockBytes
  private header: Piece | undefined
  private readonly chunks: Piece[] = []
  private readonly stopFlushing: () => void

  /** `file`: the path by which it is read; `fd`: it is open, whatever its name is yet. */
  constructor(file: string, fd: number) {
    super(fd)
    this.stopFlushing = flushBeforeRead(file, () => this.flush())
  }

  prepareHeader(header: Buffer): void {
    noteWritten(header)
  }

  /** Writes zeros: what has space now can be written to later. */
  extend(start: number, bytes: number): void {
    this.check()
    try {
      this.writeAll(Buffer.alloc(bytes), start)
    } catch (error) {
      ftruncateSync(this.fd, start)
      throw error
    }
  }

  map(start: number, bytes: number): ArrayBuffer {
    const now = Buffer.from(new ArrayBuffer(bytes))
    readSync(this.fd, now, 0, bytes, start)
    const piece = { start, now, written: Buffer.from(new Uint8Array(now).buffer), unchecked: 0 }
    if (start === 0) this.header = piece
    else this.chunks.push(piece)
    return now.buffer
  }

  write(bytes: Uint8Array, from: number, count: number, position: number): number {
    this.check()
    return writeSync(this.fd, bytes, from, count, position)
  }

  /**
   * Writes what has changed: cells first, then the log lines that refer to them, so that readers see a consistent page at any
   * moment. Gives what has become of the page, and then nothing is written; throws where the system refuses it.
   */
  flush(): Loss | undefined {
    const loss = this.lossNow()
    if (loss !== undefined) return loss
    for (const piece of this.chunks) this.writeChanges(piece)
    const { now, written } = this.header as Piece
    const directory = now.subarray(directoryOffset)
    if (!directory.equals(written.subarray(directoryOffset))) this.writeAll(directory, directoryOffset)
    this.writeAll(now.subarray(chunkCountOffset, keptOffset), chunkCountOffset)
    this.writeCleared(now, written)
    now.copy(written)
    return undefined
  }

  /** Archives look for what is newer than their last look: what was removed long ago, as the loop was blocked, is new only now. */
  private writeCleared(now: Buffer, written: Buffer): void {
    const cleared = now.readUInt32LE(clearedOffset)
    if (cleared === written.readUInt32LE(clearedOffset)) return
    now.writeUInt32LE(Math.max(cleared, Math.ceil(systemClock.unixTime())), clearedOffset)
    this.writeAll(now.subarray(clearedOffset, spareOffset), clearedOffset)
  }

  loss(file: string, bytes: number, isDue: boolean): Loss | undefined {
    return this.lossNow() ?? (isDue ? this.lossOf(file, bytes, () => false) : undefined)
  }

  override remove(file: string): void {
    // What somebody takes for a page of a dead process is his; what is closed cannot be told from another file.
    const loss = this.lossNow()
    if (loss === undefined || loss === 'overwritten or truncated') super.remove(file)
  }

  keepLock(file: string): KeptLock | undefined {
    let fd: number | undefined
    try {
      fd = openSame(file, { dev: this.device, ino: this.inode })
    } catch {
      return undefined
    }
    const kept = fd
    return {
      isUnbroken: !isReleased(kept),
      isThere: () => this.isAt(file) && !isReleased(kept),
      release: () => {
        release(kept)
        closeSync(kept)
      },
    }
  }

  release(): void {
    this.stopFlushing()
    try {
      this.check()
      closeSync(this.fd)
    } catch {
      // The app closed a descriptor that was not its own: neither end the app for that, nor close a file of the app.
    }
  }

  private lossNow(): Loss | undefined {
    const words = Buffer.alloc(4)
    try {
      this.check()
      readSync(this.fd, words, 0, 4, versionOffset)
    } catch {
      return 'closed'
    }
    if (words.readUInt32LE() !== formatVersion) return 'overwritten or truncated'
    return isReleased(this.fd) ? 'archived, as its process seemed to be dead,' : undefined
  }

  /** Neighbouring blocks are written together, and all where nearly all change from second to second. */
  private writeChanges(piece: Piece): void {
    const { start, now, written } = piece
    if (piece.unchecked > 0) {
      this.writeAll(now, start)
      if (--piece.unchecked === 0) written.set(now)
      return
    }
    let from = 0
    let to = 0
    let changed = 0
    const writeRun = (): void => {
      if (to === from) return
      this.writeAll(now.subarray(from, to), start + from)
      // Not with `copy`, which takes twice the time.
      written.set(now.subarray(from, to), from)
      changed += to - from
    }
    eachChangedBlock(written, written.length, now, (first, end) => {
      if (first !== to) {
        writeRun()
        from = first
      }
      to = end
    })
    writeRun()
    if (changed > now.length * nearlyAll) piece.unchecked = uncheckedWrites
  }

  private writeAll(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.fd, bytes, done, bytes.length - done, position + done)
    }
  }
}
