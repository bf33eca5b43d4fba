import { blockBytes } from './layout.ts'
import type { ReadableBytes, WrittenBytes } from './storage.ts'

/** The header, or a chunk. */
interface Piece {
  readonly start: number
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** The bytes of a page that is in no file: a piece of memory for each part that would be mapped. */
export class PageMemory implements WrittenBytes, ReadableBytes {
  /** As on most machines, so that a page does not depend on where it is written. */
  readonly granularity: number = blockBytes
  /** What has taken its place. */
  next: PageMemory | undefined
  private readonly pieces: Piece[] = []
  private hasWriter = true

  extend(start: number, bytes: number): void {
    this.pieces.push({ start, bytes: new Uint8Array(bytes) })
  }

  map(start: number): ArrayBuffer {
    return (this.pieceAt(start) as Piece).bytes.buffer
  }

  write(bytes: Uint8Array, from: number, count: number, position: number): number {
    const piece = this.pieceAt(position) as Piece
    piece.bytes.set(bytes.subarray(from, from + count), position - piece.start)
    return count
  }

  loss(): undefined {}

  release(): void {
    this.hasWriter = false
  }

  size(): number {
    const last = this.pieces.at(-1)
    return last === undefined ? 0 : last.start + last.bytes.length
  }

  read(target: NodeJS.ArrayBufferView, offset: number, position: number): number {
    const piece = this.pieceAt(position)
    if (piece === undefined) return 0
    const room = new Uint8Array(target.buffer, target.byteOffset + offset, target.byteLength - offset)
    const from = position - piece.start
    const found = piece.bytes.subarray(from, from + room.length)
    room.set(found)
    return found.length
  }

  isHeld(): boolean {
    return this.hasWriter
  }

  successor(): PageMemory | undefined {
    return this.next
  }

  close(): void {}

  /** A copy of all of it. */
  copy(): Uint8Array {
    const all = new Uint8Array(this.size())
    for (const { start, bytes } of this.pieces) all.set(bytes, start)
    return all
  }

  private pieceAt(position: number): Piece | undefined {
    return this.pieces.find(({ start, bytes }) => position >= start && position < start + bytes.length)
  }
}
