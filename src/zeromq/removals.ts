import { Clearings } from '../fleet/archive/clearings.ts'
import { clearedOffset, headerBytes, logEndOffset } from '../page/layout.ts'
import { appOf } from '../snapshot/merge/apps.ts'
import type { Labels, Snapshot } from '../snapshot/snapshot.ts'
import type { Cleared } from '../snapshot/store.ts'
import type { FileCopy } from './file-copy.ts'
import { maxIntervalMs } from './message.ts'

/** What an app has removed with all that it counted. */
export interface Removal {
  readonly app: string
  readonly cleared: Cleared
}

/** A publisher that has ended before is gone for the collector by then, whatever its interval is. */
const keptMs = 3 * maxIntervalMs
const maxKept = 10_000

/** What publishers have removed lately. What others had counted of it, who ended before, leaves the sums. */
export class Removals {
  /** By app. */
  private latest = new Map<string, Clearings>()
  private before = new Map<string, Clearings>()
  private count = 0
  private begunAt = Number.NEGATIVE_INFINITY

  get isEmpty(): boolean {
    return this.latest.size + this.before.size === 0
  }

  add(publisher: string, { app, cleared }: Removal, now: number): void {
    if (now - this.begunAt > keptMs || this.count >= maxKept) {
      this.before = this.latest
      this.latest = new Map()
      this.count = 0
      this.begunAt = now
    }
    const ofApp = this.latest.get(app) ?? new Clearings()
    ofApp.add(publisher, cleared)
    this.latest.set(app, ofApp)
    this.count++
  }

  /** A snapshot of one app as {@link Clearings.without} has it: itself where nothing of it is removed. */
  without(snapshot: Snapshot, seenAt: (labels: Labels, name: string) => number, publisher?: string): Snapshot {
    const app = appOf(snapshot)
    let left = snapshot
    for (const byApp of [this.before, this.latest]) left = byApp.get(app)?.without(left, seenAt, publisher) ?? left
    return left
  }
}

/** Of the header of a page. */
interface Head {
  readonly cleared: number
  readonly logEnd: number
}

/** For so long a second removal may have the time of the first, which is in whole seconds, rounded up. */
const sameSeconds = 2

/** Which pages may say that something was removed, since they were asked last. */
export class RemovalLooks {
  private readonly heads = new WeakMap<FileCopy, Head>()

  /** `takenAt`: Unix time in seconds at which the copy was made. */
  isDue(copy: FileCopy, takenAt: number): boolean {
    if (copy.kind !== 'page') return false
    const head = headOf(copy)
    const before = this.heads.get(copy)
    this.heads.set(copy, head)
    if (head.cleared === 0) return false
    if (head.cleared !== before?.cleared) return true
    return head.logEnd !== before.logEnd && head.cleared > takenAt - sameSeconds
  }
}

/** Zeros where the copy is shorter. */
function headOf(copy: FileCopy): Head {
  const block = Buffer.alloc(headerBytes)
  copy.read(block, 0, 0)
  return { cleared: block.readUInt32LE(clearedOffset), logEnd: block.readUInt32LE(logEndOffset) }
}
