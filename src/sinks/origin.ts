import { hostname } from 'node:os'
import { dirname } from 'node:path'
import type { PageInfo, Snapshot } from '../snapshot/snapshot.ts'

/** Whose the metrics of a source are. */
export interface Origin {
  /** The name of the app. */
  readonly app: string
  readonly host: string
  /** Tells it from all others of that app: of a registry the process, of a fleet its host and directory. */
  readonly instance: string
  /** Of a registry of this process. */
  readonly page?: PageInfo
}

/**
 * The origin of a source, from its first snapshot: a sink keeps it, as the pages of a fleet change. A fleet that begins with
 * this process alone is taken for its registry.
 */
export function originOf({ pages }: Snapshot): Origin {
  const [first] = pages
  const app = first?.app ?? 'unknown'
  if (pages.length === 1 && first?.pid === process.pid && first.state !== 'archived') {
    const { host, pid, tid } = first
    return { app, host, instance: `${host}:${pid}${tid === 0 ? '' : `:${tid}`}`, page: first }
  }
  const host = hostname()
  const file = pages.find((page) => page.file !== null)?.file
  return { app, host, instance: typeof file === 'string' ? `${host}:${dirname(file)}` : host }
}
