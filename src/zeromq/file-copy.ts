import { eachChangedBlock } from '../page/changed-blocks.ts'
import { maxPageBytes } from '../page/layout.ts'
import type { ReadableBytes } from '../page/storage.ts'

/** Changes are found and sent in words: a cell is one, and a page consists of whole ones. */
export const wordBytes = 8
/** Runs with fewer words between them are sent as one, as each takes a word by itself. */
const minGap = 2

/** A page as docs/format.md has it; or a snapshot as `parseJson` reads it, for what is in no page. */
export type FileKind = 'page' | 'snapshot'

/** What changed in a file: bytes that replace those that a copy of it has, or follow them. */
export interface Changes {
  /** First word and number of words of each run. */
  readonly runs: Uint32Array
  /** The words of all runs. */
  readonly data: Buffer
}

/** The bytes of a file as they were sent last: the publisher and the collector have the same. */
export class FileCopy implements ReadableBytes {
  readonly isStill = true
  readonly kind: FileKind
  readonly name: string
  private bytes = Buffer.alloc(0)
  private length = 0
  private held: boolean | undefined

  constructor(kind: FileKind, name: string) {
    this.kind = kind
    this.name = name
  }

  size(): number {
    return this.length
  }

  read(target: NodeJS.ArrayBufferView, offset: number, position: number): number {
    const room = new Uint8Array(target.buffer, target.byteOffset + offset, target.byteLength - offset)
    return this.bytes.copy(room, 0, position, Math.max(position, Math.min(this.length, position + room.length)))
  }

  isHeld(): boolean | undefined {
    return this.held
  }

  successor(): undefined {}

  close(): void {}

  /** All of it, as changes of an empty copy. */
  whole(): Changes {
    return { runs: Uint32Array.of(0, this.length / wordBytes), data: this.bytes.subarray(0, this.length) }
  }

  /** What differs in `now`: a buffer with memory of its own, as long as the copy or longer, in whole words. Changes nothing. */
  changesTo(now: Buffer): Changes {
    const runs = this.differences(now)
    let words = 0
    for (let i = 1; i < runs.length; i += 2) words += runs[i] as number
    const data = Buffer.allocUnsafe(words * wordBytes)
    let at = 0
    for (let i = 0; i < runs.length; i += 2) {
      const from = (runs[i] as number) * wordBytes
      at += now.copy(data, at, from, from + (runs[i + 1] as number) * wordBytes)
    }
    return { runs: Uint32Array.from(runs), data }
  }

  /**
   * Takes changes in, and whether a writer has the page. False, and nothing done, where they would leave a gap behind the
   * present end, make a file that is too large, or change a snapshot: so a copy never takes more memory than was sent.
   */
  apply({ runs, data }: Changes, isHeld: boolean | undefined): boolean {
    let { length } = this
    if (this.kind === 'snapshot' && length > 0 && runs.length > 0) return false
    for (let i = 0; i < runs.length; i += 2) {
      const from = (runs[i] as number) * wordBytes
      if (from > length) return false
      length = Math.max(length, from + (runs[i + 1] as number) * wordBytes)
    }
    if (length > maxPageBytes) return false
    this.held = isHeld
    this.extend(length)
    let at = 0
    for (let i = 0; i < runs.length; i += 2) {
      const bytes = (runs[i + 1] as number) * wordBytes
      data.copy(this.bytes, (runs[i] as number) * wordBytes, at, at + bytes)
      at += bytes
    }
    return true
  }

  private extend(length: number): void {
    if (length > this.bytes.length) {
      // With memory of its own, which is aligned to words; half as much again, so that many small additions cost little.
      const bytes = Buffer.from(new ArrayBuffer(this.length === 0 ? length : Math.ceil(length / 16) * 24))
      this.bytes.copy(bytes, 0, 0, this.length)
      this.bytes = bytes
    }
    this.length = length
  }

  private differences(now: Buffer): number[] {
    const runs: number[] = []
    const before = new Int32Array(this.bytes.buffer, 0, this.length / 4)
    const after = new Int32Array(now.buffer, 0, now.length / 4)
    eachChangedBlock(this.bytes, this.length, now, (start, end) => {
      for (let i = start / 4; i < end / 4; i += 2) {
        // Behind the end of the copy there is nothing, which differs.
        if (before[i] === after[i] && before[i + 1] === after[i + 1]) continue
        addWord(runs, i / 2)
      }
    })
    return runs
  }
}

function addWord(runs: number[], word: number): void {
  const last = runs.length - 2
  const from = runs[last] as number
  if (last >= 0 && word - (from + (runs[last + 1] as number)) < minGap) runs[last + 1] = word + 1 - from
  else runs.push(word, 1)
}
