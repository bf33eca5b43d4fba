import { chunkCountOffset, headerBytes, heartbeatOffset, maxPageBytes } from '../page/layout.ts'
import type { ReadableBytes } from '../page/storage.ts'
import type { FileCopies } from './file-copies.ts'
import { FileCopy } from './file-copy.ts'
import type { SentFile } from './message.ts'

/** How often a page is read again in which series are removed without a pause. */
const maxLooks = 10

const nothing = new FileCopy('page', '')
/** One page is read at a time; a buffer with memory of its own. */
let scratch = Buffer.from(new ArrayBuffer(0))

/** A page that is sent: its own bytes, as far as they are others than those that were sent before. */
export class PageSource {
  private readonly name: string
  private readonly newNumber: () => number
  private bytes: ReadableBytes
  private number: number

  /** `newNumber` gives a number that no file of this publisher has had. */
  constructor(name: string, bytes: ReadableBytes, newNumber: () => number) {
    this.name = name
    this.bytes = bytes
    this.newNumber = newNumber
    this.number = newNumber()
  }

  /** What changed in it since `sent`. Throws where it cannot be read. */
  changes(sent: FileCopies): SentFile {
    let now = this.readWhole()
    for (let successor = this.bytes.successor(); successor !== undefined; successor = this.bytes.successor()) {
      // Another page has taken its place, and all that counted goes on there.
      this.close()
      this.bytes = successor
      this.number = this.newNumber()
      now = this.readWhole()
    }
    const { number, name } = this
    const changes = (sent.get(number) ?? nothing).changesTo(now)
    return { number, kind: 'page', isHeld: this.bytes.isHeld(), name, ...changes }
  }

  /** As it was sent last; `undefined` where it never was. */
  unchanged(sent: FileCopies): SentFile | undefined {
    const { number, name } = this
    const copy = sent.get(number)
    return (
      copy && { number, kind: 'page', isHeld: copy.isHeld(), name, runs: new Uint32Array(0), data: Buffer.alloc(0) }
    )
  }

  close(): void {
    this.bytes.close()
  }

  /**
   * All bytes, from the first to the last: the header says what counts, and what it counts comes behind it. But where a
   * series is removed meanwhile, its cells may be those of another one by then, or a chunk may have been added behind the size
   * that was asked for. So it is read again when something was announced meanwhile.
   */
  private readWhole(): Buffer {
    for (let more = maxLooks; ; more--) {
      const now = this.readOnce()
      const counts = Buffer.alloc(heartbeatOffset - chunkCountOffset)
      this.bytes.read(counts, 0, chunkCountOffset)
      const isSame = now.compare(counts, 0, counts.length, chunkCountOffset, heartbeatOffset) === 0
      if (more === 0 || (isSame && this.bytes.size() === now.length)) return now
    }
  }

  private readOnce(): Buffer {
    const size = this.bytes.size()
    if (size < headerBytes || size > maxPageBytes) throw new Error(`it has ${size} bytes`)
    if (size > scratch.length) scratch = Buffer.from(new ArrayBuffer(2 * size))
    const now = scratch.subarray(0, size)
    for (let done = 0; done < size; ) {
      const count = this.bytes.read(now, done, done)
      if (count === 0) throw new Error('it was cut short')
      done += count
    }
    return now
  }
}
