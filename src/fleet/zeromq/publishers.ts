import { mergeSnapshots } from '../../snapshot/merge.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import type { ValuesMessage } from './message.ts'
import { type Outcome, Received } from './received.ts'

/** How an aggregator deals with publishers that come and go. */
export interface Limits {
  readonly goneAfterMs: number
  readonly mostGone: number
  readonly mostPublishers: number
}

/** How many publishers there are, and were. */
export interface Counts {
  readonly live: number
  readonly gone: number
  readonly folded: number
  /** Of the folded ones, how many came back. */
  readonly returned: number
}

/** A publisher with another interval than usual is gone after so many of them. */
const missedIntervals = 3
/** So many publishers are known by name after they were folded: 32 digits and a number each. */
const mostRemembered = 100_000
const sweepEveryMs = 1000

/**
 * All publishers of an aggregator. One that is silent for long is gone: what it counted stays in the sums, its present state
 * leaves them, and comes back with it. Once there are too many of these, the one that is gone longest is folded: it leaves
 * its sums behind, and only its name is known.
 */
export class Publishers {
  private readonly limits: Limits
  private readonly live = new Map<string, Received>()
  /** The one that is gone longest first. */
  private readonly gone = new Map<string, Received>()
  /** The last message of those that were folded; the oldest first. */
  private readonly remembered = new Map<string, number>()
  private folded: Snapshot | undefined
  private foldedCount = 0
  private returnedCount = 0
  private sweptAt = Number.NEGATIVE_INFINITY

  constructor(limits: Limits) {
    this.limits = limits
  }

  get counts(): Counts {
    const { live, gone, foldedCount, returnedCount } = this
    return { live: live.size, gone: gone.size, folded: foldedCount, returned: returnedCount }
  }

  /** Takes a message in, and says whether its publisher has to be asked for all of its values. */
  take(message: ValuesMessage, now: number): { readonly outcome: Outcome | 'crowded'; readonly ask: boolean } {
    this.sweep(now)
    const { publisher } = message
    const known = this.live.get(publisher) ?? this.gone.get(publisher)
    if (known === undefined && this.live.size >= this.limits.mostPublishers) return { outcome: 'crowded', ask: false }
    const folded = known === undefined ? this.remembered.get(publisher) : undefined
    const received = known ?? new Received(now, folded ?? 0)
    const outcome = received.take(message, now)
    if (outcome === 'repeated') return { outcome, ask: false }
    this.gone.delete(publisher)
    this.live.set(publisher, received)
    // What it had counted before is in the sums already, and how much that was is not known any more.
    if (folded !== undefined) {
      this.remembered.delete(publisher)
      received.returnsAfterFold = true
      this.returnedCount++
    }
    if (received.isOver) this.fold(publisher, received, now)
    return { outcome, ask: received.mustAsk(now) }
  }

  /** The snapshots of all publishers, to be merged. */
  read(now: number): Snapshot[] {
    this.sweep(now, 0)
    const gone = [...this.gone.values()].map((received) => received.read(true, now))
    const live = [...this.live.values()].map((received) => received.read(false, now))
    return [...(this.folded === undefined ? [] : [this.folded]), ...gone, ...live]
  }

  private sweep(now: number, everyMs = sweepEveryMs): void {
    if (now - this.sweptAt < everyMs) return
    this.sweptAt = now
    for (const [publisher, received] of this.live) {
      const limitMs = Math.max(this.limits.goneAfterMs, missedIntervals * received.intervalMs)
      if (now - received.heardAt <= limitMs) continue
      this.live.delete(publisher)
      this.gone.set(publisher, received)
    }
    for (const [publisher, received] of this.gone) {
      if (this.gone.size <= this.limits.mostGone) break
      this.fold(publisher, received, now)
    }
  }

  private fold(publisher: string, received: Received, now: number): void {
    this.live.delete(publisher)
    this.gone.delete(publisher)
    this.remembered.delete(publisher)
    this.remembered.set(publisher, received.lastSequence)
    for (const oldest of this.remembered.keys()) {
      if (this.remembered.size <= mostRemembered) break
      this.remembered.delete(oldest)
    }
    const parts = [...(this.folded === undefined ? [] : [this.folded]), received.read(true, now)]
    const merged = mergeSnapshots(parts)
    this.folded = { ...merged, pages: [foldedPage(merged.pages)] }
    this.foldedCount++
  }
}

/** One page for all that were folded. */
function foldedPage(pages: readonly PageInfo[]): PageInfo {
  const startedAt = pages.reduce((least, page) => Math.min(least, page.startedAt), Number.POSITIVE_INFINITY)
  const apps = new Set(pages.map(({ app }) => app))
  const hosts = new Set(pages.map(({ host }) => host))
  return {
    file: null,
    pid: 0,
    tid: 0,
    app: apps.size === 1 ? [...apps].join() : '',
    host: hosts.size === 1 ? [...hosts].join() : '',
    startedAt: Number.isFinite(startedAt) ? startedAt : 0,
    state: 'folded',
    heartbeatAge: null,
  }
}
