import { randomBytes } from 'node:crypto'
import type { Source } from '../snapshot/snapshot.ts'
import { FileCopies } from './file-copies.ts'
import { type FileSource, fileSource } from './file-sources.ts'

/** What a publisher has sent: the next one of the same source goes on from there, as that is in the sum of the collector. */
export interface Sent {
  readonly id: string
  sequence: number
  /** When the files were read, in Unix seconds. */
  takenAt: number
  readonly files: FileCopies
  readonly source: FileSource
}

/** By source and endpoint. */
const sentBefore = new WeakMap<Source, Map<string, Sent>>()

/** What was sent of a source to an endpoint, to go on from there; nothing yet where it is not in the sums there. */
export function sentOf(source: Source, endpoint: string, app: string): Sent {
  const byEndpoint = sentBefore.get(source) ?? new Map<string, Sent>()
  sentBefore.set(source, byEndpoint)
  const id = randomBytes(16).toString('hex')
  const before = byEndpoint.get(endpoint)
  byEndpoint.delete(endpoint)
  return before ?? { id, sequence: 0, takenAt: 0, files: new FileCopies(), source: fileSource(source, app) }
}

/** Keeps what was sent for the next publisher of the same source. */
export function keepSent(source: Source, endpoint: string, sent: Sent): void {
  sentBefore.get(source)?.set(endpoint, sent)
}
