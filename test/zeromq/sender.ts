import assert from 'node:assert/strict'
import type { PageInfo, Snapshot } from 'plimsoll/snapshot'
import { changesSince, nothingTold, type Told } from '#src/zeromq/changes.ts'
import { decodeValues, encodeValues, type ValuesMessage } from '#src/zeromq/message.ts'

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

/** Says what a publisher would: all of it when it was asked, else what changed. */
export class Sender {
  readonly id: string
  /** Whose values they are. */
  pages: readonly PageInfo[] = [page]
  #told: Told = nothingTold
  #sequence = 0
  #isFull = true

  readonly #intervalMs: number

  constructor(id: string, intervalMs = 1000) {
    this.id = id
    this.#intervalMs = intervalMs
  }

  next(snapshot: Snapshot, isLast = false): Buffer {
    const isFull = this.#isFull || isLast
    const { told, ...changes } = changesSince(isFull ? nothingTold : this.#told, snapshot, this.pages)
    this.#told = told
    this.#isFull = false
    this.#sequence++
    const head = {
      isFull,
      isLast,
      isOfOthers: this.pages.some(({ pid }) => pid !== page.pid),
      publisher: this.id,
      sequence: this.#sequence,
      sentAt: this.#sequence,
      intervalMs: this.#intervalMs,
    }
    return encodeValues({ ...changes, ...head })
  }

  ask(): void {
    this.#isFull = true
  }
}

/** What an collector understands of these bytes. */
export function decoded(bytes: Buffer): ValuesMessage {
  const message = decodeValues(bytes)
  assert.ok(typeof message !== 'string', String(message))
  return message
}
