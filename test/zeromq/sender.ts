import assert from 'node:assert/strict'
import type { Registry } from 'plimsoll'
import type { PageInfo, Snapshot } from 'plimsoll/snapshot'
import { FileCopies } from '#src/zeromq/file-copies.ts'
import { type FileSource, fileSource } from '#src/zeromq/file-sources.ts'
import { decodeFiles, encodeFiles, type FilesMessage, type SentFile } from '#src/zeromq/message.ts'

/** Whose values they are. */
export const page: PageInfo = {
  file: null,
  pid: 7,
  tid: 0,
  app: 'shop',
  host: 'a',
  startedAt: 1,
  state: 'live',
  heartbeatAge: 0,
}

/** Sends what a publisher would: whole files when it was asked, else what changed. */
export class Sender {
  readonly id: string
  /** Whose values they are, of a snapshot. */
  pages: readonly PageInfo[] = [page]
  /** Unix time in seconds by its clock. */
  takenAt = 1
  readonly #sent = new FileCopies()
  readonly #intervalMs: number
  #sequence = 0
  #isFull = true
  #snapshot: Snapshot | undefined
  #page: FileSource | undefined
  readonly #snapshots = fileSource({ read: () => ({ ...(this.#snapshot as Snapshot), pages: this.pages }) }, 'shop')

  constructor(id: string, intervalMs = 1000) {
    this.id = id
    this.#intervalMs = intervalMs
  }

  /** A message with a snapshot. */
  next(snapshot: Snapshot, isLast = false): Buffer {
    this.#snapshot = snapshot
    return this.#message(this.#snapshots.files(this.#sent) as readonly SentFile[], isLast)
  }

  /** A message with the page of a registry. */
  nextPage(registry: Registry, isLast = false): Buffer {
    this.#page ??= fileSource(registry, 'shop')
    return this.#message(this.#page.files(this.#sent) as readonly SentFile[], isLast)
  }

  ask(): void {
    this.#isFull = true
  }

  #message(files: readonly SentFile[], isLast: boolean): Buffer {
    assert.ok(this.#sent.apply({ isFull: false, files }))
    const isFull = this.#isFull || isLast
    this.#isFull = false
    this.#sequence++
    return encodeFiles({
      isFull,
      isLast,
      isOfOthers: this.pages.some(({ pid }) => pid !== page.pid),
      publisher: this.id,
      sequence: this.#sequence,
      sentAt: this.#sequence,
      intervalMs: this.#intervalMs,
      takenAt: this.takenAt,
      files: isFull ? this.#sent.whole() : files,
    })
  }
}

/** What a collector understands of these bytes. */
export function decoded(bytes: Buffer): FilesMessage {
  const message = decodeFiles(bytes)
  assert.ok(typeof message !== 'string', String(message))
  return message
}
