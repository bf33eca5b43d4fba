import { PlimsollError, reasonOf } from '../../errors.ts'
import {
  blockBytes,
  chunkBlocksOffset,
  chunkCountOffset,
  chunkEntryBytes,
  chunkKindOffset,
  chunkStartOffset,
  directoryOffset,
  headerBytesOffset,
  maxChunks,
} from '../layout.ts'
import type { WrittenBytes } from '../storage.ts'

/** A new chunk is a quarter of what there is of its kind, but at least this: the file follows what is used. */
const minChunkBytes = 8192
/**
 * And at most this share of the largest size. To reserve 2 MiB takes half a millisecond, in which the event loop stands; with
 * smaller chunks, 120 of them might not reach the largest size.
 */
const maxChunkShare = 1 / 32

/** The minimum of the page reserved for the removal of series when new ones have no room. */
const minReserve = 16_384
const reserveShare = 64

/** Called with a chunk that is in the file, before readers can see it. */
export type UseChunk = (start: number, bytes: number) => void

/** Makes a page longer, chunk by chunk. */
export class ChunkWriter {
  /** Why there was no room the last time. */
  failure: PlimsollError | undefined
  /** Size of the file in bytes. */
  fileEnd: number
  private readonly file: string
  private readonly storage: WrittenBytes
  private readonly words: Uint32Array
  private readonly maxBytes: number
  private readonly reserve: number
  /** How many bytes of the last chunk of each kind belong to the reserve, once no chunk can be added. */
  readonly slack: number
  private count = 0
  /** No more attempts to grow until the next heartbeat: each would be a system call in vain. */
  private isResting = false

  constructor(file: string, storage: WrittenBytes, words: Uint32Array, maxBytes: number) {
    this.file = file
    this.storage = storage
    this.words = words
    this.maxBytes = maxBytes
    this.reserve = Math.max(minReserve, maxBytes / reserveShare)
    this.slack = this.reserve / 4
    this.fileEnd = words[headerBytesOffset / 4] as number
  }

  /**
   * One more chunk with room for `bytes`, where there are `before` of its kind; false, with a `failure`, where there is
   * none. What is urgent may use the reserve.
   */
  grow(kind: number, bytes: number, before: number, isUrgent: boolean, use: UseChunk): boolean {
    if (this.isResting && !isUrgent) return false
    const { failure } = this
    const { granularity } = this.storage
    const min = roundUp(bytes, granularity)
    const comfortable = Math.min(before / 4, this.maxBytes * maxChunkShare)
    const wanted = roundUp(Math.max(bytes, minChunkBytes, comfortable), granularity)
    try {
      // Without room for a chunk of the wanted size, there may be room for a smaller one.
      for (let size = wanted; ; size = Math.max(min, roundUp(size / 2, granularity))) {
        if (this.add(kind, size, isUrgent, use)) {
          this.failure = failure
          return true
        }
        if (size <= min) break
      }
    } catch (cause) {
      this.fail(reasonOf(cause), cause)
    }
    this.isResting = true
    return false
  }

  /** Whether no more chunks are to come, but for what is urgent. */
  get isAtLimit(): boolean {
    return this.count >= maxChunks || this.fileEnd + this.storage.granularity > this.maxBytes - this.reserve
  }

  /** May try again where there was no room. */
  wake(): void {
    this.isResting = false
  }

  /** Notes why there was no room. */
  fail(reason: string, cause?: unknown): void {
    this.failure = new PlimsollError('PLIMSOLL_PAGE_FULL', { file: this.file, reason }, { cause })
  }

  private add(kind: number, bytes: number, isUrgent: boolean, use: UseChunk): boolean {
    const max = isUrgent ? this.maxBytes : this.maxBytes - this.reserve
    if (this.count >= maxChunks || this.fileEnd + bytes > max) {
      this.fail(`it has reached its limit of ${this.maxBytes} bytes in ${this.count} chunks`)
      return false
    }
    const start = this.fileEnd
    try {
      this.storage.extend(start, bytes)
    } catch (cause) {
      this.fail(reasonOf(cause), cause)
      return false
    }
    use(start, bytes)
    this.fileEnd += bytes
    this.publish(kind, start, bytes)
    return true
  }

  /** Fills the entry, then stores the count: a reader that sees the count sees the entry. */
  private publish(kind: number, start: number, bytes: number): void {
    const entry = (directoryOffset + this.count * chunkEntryBytes) / 4
    this.words[entry + chunkKindOffset / 4] = kind
    this.words[entry + chunkStartOffset / 4] = start / blockBytes
    this.words[entry + chunkBlocksOffset / 4] = bytes / blockBytes
    this.count++
    Atomics.store(this.words, chunkCountOffset / 4, this.count)
  }
}

function roundUp(bytes: number, multiple: number): number {
  return Math.ceil(bytes / multiple) * multiple
}
