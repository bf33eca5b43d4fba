import { closeSync, fstatSync, fsyncSync, statSync, unlinkSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { PlimsollError, reasonOf } from '../../errors.ts'
import { mappingUnavailable, unmapShared } from '../../os/map.ts'
import { onProcessEnd } from '../../os/process-end.ts'
import { createFile, type MappedFile } from './create.ts'
import type { Memory } from './memory.ts'

/** How a file is made. */
export interface StatsFileOptions {
  readonly file: string
  readonly mode: number
  /** Whether a file of that name is replaced though its writer runs. */
  readonly replace: boolean
}

/** The file behind some fields: there, or not, and why. */
export class StatsFile {
  /** Path of the file; `undefined` where there is none: the fields are on the heap then, and all else works. */
  file: string | undefined
  /** Why there is no file. */
  readonly error: PlimsollError | undefined
  readonly #memory: Memory
  #mapped: MappedFile | undefined
  #forgetEnd: (() => void) | undefined

  constructor(memory: Memory, options: StatsFileOptions) {
    this.#memory = memory
    try {
      const unavailable = mappingUnavailable()
      if (unavailable !== undefined) throw unavailable
      this.#mapped = createFile(options.file, memory.bytes, options.mode, options.replace)
      this.file = options.file
      useBuffer(memory, this.#mapped.buffer)
      // A thread gives its memory back to the process that goes on; a process leaves that to the kernel.
      if (!isMainThread) this.#forgetEnd = onProcessEnd(() => this.close())
    } catch (cause) {
      const values = { file: options.file, reason: reasonOf(cause) }
      this.error = new PlimsollError('PLIMSOLL_MMSTATS_NOT_CREATED', values, { cause })
    }
  }

  /** Waits until the values so far are on disk, so that they survive the machine; readers see them without. */
  flush(): void {
    if (this.#mapped !== undefined) fsyncSync(this.#mapped.fd)
  }

  /** Takes the fields to the heap, where they go on, and leaves the file as it is. A further call does nothing. */
  close(): void {
    const mapped = this.#mapped
    if (mapped === undefined) return
    this.#mapped = undefined
    this.file = undefined
    this.#forgetEnd?.()
    useBuffer(this.#memory, mapped.buffer.slice(0))
    unmapShared(mapped.buffer)
    closeSync(mapped.fd)
  }

  /** As `close`, and removes the file, unless another has taken its name. A further call does nothing. */
  remove(): void {
    const { file } = this
    if (file === undefined || this.#mapped === undefined) return
    const own = fstatSync(this.#mapped.fd)
    const there = statSync(file, { throwIfNoEntry: false })
    this.close()
    if (there !== undefined && there.ino === own.ino && there.dev === own.dev) unlinkSync(file)
  }
}

function useBuffer(memory: Memory, buffer: ArrayBuffer): void {
  memory.view = new DataView(buffer)
  memory.bytes = new Uint8Array(buffer)
}
