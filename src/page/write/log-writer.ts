import { reasonOf } from '../../errors.ts'
import { encodeLine, type LogLine } from '../log.ts'
import type { WrittenBytes } from '../storage.ts'

/** What a log asks of its page. */
export interface LogHost {
  /** What its lines go into. */
  readonly storage: WrittenBytes
  /** How many bytes at the end are not to be used. */
  readonly slack: number
  /** One more chunk of log with room for `bytes`; false where there is none. */
  growLog(bytes: number): boolean
  /** Shows readers that so many bytes of the log are lines: one store. */
  showLog(bytes: number): void
  /** Notes why something had no room. */
  fail(reason: string, cause?: unknown): void
}

interface LogChunk {
  /** First byte of the chunk in the file, and in the log. */
  readonly fileOffset: number
  readonly logOffset: number
  readonly bytes: number
}

/** Lines that are shown together are written in pieces of about this size. */
const pieceBytes = 65_536

/** The log of a page that is being written: line behind line, over all chunks of log. */
export class LogWriter {
  private readonly host: LogHost
  private readonly chunks: LogChunk[] = []
  /** Up to where readers see the log. */
  private shown = 0
  private shownLines = 0
  /** Up to where the log is in the file, and what goes behind that. */
  private written = 0
  private waiting: string[] = []
  private waitingBytes = 0
  private lines = 0
  private isHolding = false
  private isBroken = false

  constructor(host: LogHost) {
    this.host = host
  }

  /** How many bytes of it readers see. */
  get bytes(): number {
    return this.shown
  }

  /** How many lines of it readers see. */
  get lineCount(): number {
    return this.shownLines
  }

  /** How many bytes its chunks have. */
  get room(): number {
    const last = this.chunks.at(-1)
    return last === undefined ? 0 : last.logOffset + last.bytes
  }

  /** Takes in a new chunk. */
  addChunk(fileOffset: number, bytes: number): void {
    this.chunks.push({ fileOffset, logOffset: this.room, bytes })
  }

  /**
   * Writes a line, encoded or not, and shows it, or keeps it for what is to be shown together; false where there is no room
   * for it.
   */
  append(line: LogLine | string): boolean {
    const text = typeof line === 'string' ? line : encodeLine(line)
    const bytes = Buffer.byteLength(text)
    const missing = this.written + this.waitingBytes + bytes + this.host.slack - this.room
    if (missing > 0 && !this.host.growLog(missing)) return false
    this.waiting.push(text)
    this.waitingBytes += bytes
    this.lines++
    if (!this.isHolding) return this.show()
    return this.waitingBytes < pieceBytes || this.write()
  }

  /**
   * Shows what `announce` appends at one instant when it is over; nothing of it where that gives false, throws or cannot be
   * written.
   */
  transaction(announce: () => boolean): boolean {
    if (this.isHolding) return announce()
    this.isHolding = true
    try {
      return announce() && this.show()
    } finally {
      this.isHolding = false
      this.forget()
    }
  }

  /** Writes the bytes, then stores the new end: a reader that sees the end sees the bytes. */
  private show(): boolean {
    if (this.isBroken || (this.waiting.length > 0 && !this.write())) {
      this.forget()
      return false
    }
    this.shown = this.written
    this.shownLines += this.lines
    this.lines = 0
    this.host.showLog(this.shown)
    return true
  }

  private forget(): void {
    this.written = this.shown
    this.waiting = []
    this.waitingBytes = 0
    this.lines = 0
    this.isBroken = false
  }

  private write(): boolean {
    const bytes = Buffer.from(this.waiting.join(''))
    this.waiting = []
    this.waitingBytes = 0
    try {
      this.writeAt(this.written, bytes)
    } catch (cause) {
      this.host.fail(reasonOf(cause), cause)
      this.isBroken = true
      return false
    }
    this.written += bytes.length
    return true
  }

  private writeAt(position: number, bytes: Uint8Array): void {
    const { storage } = this.host
    let done = 0
    for (const { fileOffset, logOffset, bytes: size } of this.chunks) {
      const at = position + done - logOffset
      const count = Math.min(bytes.length - done, size - at)
      if (at >= 0 && count > 0) done += storage.write(bytes, done, count, fileOffset + at)
    }
    if (done !== bytes.length) throw new Error(`only ${done} of ${bytes.length} bytes were written`)
  }
}
