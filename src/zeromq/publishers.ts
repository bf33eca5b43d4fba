import { LabelSets } from '../page/read/series-line.ts'
import { selectSnapshot } from '../snapshot/selection.ts'
import type { Selection } from '../snapshot/selector-type.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { Archived } from './archived.ts'
import type { EndedProcess, FilesMessage } from './message.ts'
import { PageClaims } from './page-claims.ts'
import { type KeptPublisher, type Outcome, Received } from './received.ts'
import { Removals } from './removals.ts'

/** How a collector deals with publishers that come and go. */
export interface Limits {
  readonly goneAfterMs: number
  readonly maxGone: number
  readonly maxPublishers: number
}

/** How many publishers there are, and were. */
export interface Counts {
  readonly live: number
  readonly gone: number
  readonly archived: number
  /** Of the archived ones, how many came back. */
  readonly returned: number
}

/** All that has to be known to go on elsewhere. */
export interface KeptPublishers {
  /** By name, the one that is gone longest first. */
  readonly publishers: readonly (KeptPublisher & { readonly publisher: string; readonly isGone: boolean })[]
  /** One for each app. */
  readonly archived: readonly Snapshot[]
  /** Who is in `archived`. */
  readonly names: readonly (readonly [string, number])[]
}

/** A publisher with another interval than usual is gone after so many of them. */
const missedIntervals = 3
const sweepEveryMs = 1000
/** Messages that would make the copies of all files larger than that are not taken. */
const maxBytes = 2 ** 30
/** So many sets of labels are shared between pages; then others begin to be, as processes that come and go may bring new ones. */
const maxLabelSets = 100_000

/**
 * All publishers of a collector. One that is silent for long is gone: what it counted stays in the sums, its present state
 * leaves them, and comes back with it. Once there are too many of these, the one that is gone longest is archived: it leaves
 * its sums behind, and only its name is known.
 *
 * Publishers that send for others are no processes of their own: of those that tell of the same pages the one counts that was
 * heard of last.
 */
export class Publishers {
  private readonly limits: Limits
  private readonly live = new Map<string, Received>()
  /** The one that is gone longest first. */
  private readonly gone = new Map<string, Received>()
  private readonly archived = new Archived()
  /** For those that are found to be gone later. */
  private readonly removals = new Removals()
  /** Since the last sweep. */
  private newRemovals = new Removals()
  private archivedCount = 0
  private returnedCount = 0
  private readonly labelSets = new LabelSets()
  private sweptAt = Number.NEGATIVE_INFINITY
  /** At the last sweep, and what came since. */
  private bytes = 0

  constructor(limits: Limits) {
    this.limits = limits
  }

  get counts(): Counts {
    const { live, gone, archivedCount, returnedCount } = this
    return { live: live.size, gone: gone.size, archived: archivedCount, returned: returnedCount }
  }

  /** Takes a message in, and says whether its publisher has to be asked for a full one. */
  take(message: FilesMessage, now: number): { readonly outcome: Outcome | 'crowded'; readonly ask: boolean } {
    this.sweep(now)
    const { publisher } = message
    const known = this.live.get(publisher) ?? this.gone.get(publisher)
    const size = message.files.reduce((sum, { data }) => sum + data.length, 0)
    if (this.bytes + size > maxBytes) return { outcome: 'crowded', ask: false }
    if (known === undefined && this.live.size >= this.limits.maxPublishers) return { outcome: 'crowded', ask: false }
    const archived = known === undefined ? this.archived.lastSequence(publisher) : undefined
    const received = known ?? new Received(now, archived ?? 0, this.labelSets)
    // What it had counted before is in the sums already, and how much that was is not known any more.
    if (archived !== undefined) received.returnsAfterArchive = true
    const isFirst = received.isEmpty
    const outcome = received.take(message, now)
    if (outcome === 'repeated') return { outcome, ask: false }
    this.bytes += size
    this.gone.delete(publisher)
    this.live.set(publisher, received)
    if (archived !== undefined) {
      this.archived.forget(publisher)
      this.returnedCount++
    } else if (isFirst && received.isOfOthers && this.archived.hasPages(received.pages)) {
      received.countFromNow()
      this.returnedCount++
    }
    if (outcome === 'taken') {
      for (const removal of received.removals()) {
        for (const list of [this.removals, this.newRemovals]) list.add(publisher, removal, now)
      }
    }
    if (received.isOver) this.leave(publisher, received, now)
    return { outcome, ask: received.mustAsk(now) }
  }

  /** The snapshots of all publishers, to be merged app by app; each is made when it is asked for. */
  *read(now: number, selection?: Selection): Generator<Snapshot, undefined> {
    this.sweep(now, 0)
    const repeated = this.repeated()
    for (const snapshot of this.archived.snapshots) yield selectSnapshot(snapshot, selection)
    const counting = (all: Iterable<Received>) => [...all].filter((received) => !repeated.has(received))
    for (const received of counting(this.gone.values())) yield* received.read(true, now, selection)
    for (const received of counting(this.live.values())) yield* received.read(false, now, selection)
    return undefined
  }

  /** Processes whose pages are in archives that live publishers send. */
  ended(): readonly EndedProcess[] {
    const repeated = this.repeated()
    return [...this.live.values()].filter((one) => !repeated.has(one)).flatMap(({ ended }) => ended)
  }

  /** What {@link restore} takes. Nothing in it is changed later. */
  keep(now: number): KeptPublishers {
    const kept = (isGone: boolean) => {
      return ([publisher, received]: readonly [string, Received]) => ({ ...received.keep(now), publisher, isGone })
    }
    const publishers = [...[...this.gone].map(kept(true)), ...[...this.live].map(kept(false))]
    return { publishers, archived: this.archived.snapshots, names: this.archived.names }
  }

  /**
   * Goes on where another collector ended. Who lived then is silent from now on: it has the usual time to come back, and
   * until it does what it had counted is in the sums.
   */
  restore({ publishers, archived, names }: KeptPublishers, now: number): void {
    this.archived.restore(archived, names)
    for (const { publisher, isGone, ...kept } of publishers) {
      const silentMs = isGone ? kept.silentMs : 0
      const received = Received.restore({ ...kept, silentMs }, now, this.labelSets)
      if (received.pages.length > 0) (isGone ? this.gone : this.live).set(publisher, received)
    }
  }

  private sweep(now: number, everyMs = sweepEveryMs): void {
    if (now - this.sweptAt < everyMs) return
    this.sweptAt = now
    for (const [publisher, received] of this.live) {
      const limitMs = Math.max(this.limits.goneAfterMs, missedIntervals * received.intervalMs)
      if (now - received.heardAt <= limitMs) continue
      this.live.delete(publisher)
      this.gone.set(publisher, received)
      received.forget(publisher, this.removals)
    }
    this.forgetRemoved()
    const repeated = this.repeated()
    for (const [publisher, received] of this.gone) if (repeated.has(received)) this.gone.delete(publisher)
    for (const [publisher, received] of this.gone) {
      if (this.gone.size <= this.limits.maxGone) break
      this.compact(publisher, received, now)
    }
    if (this.labelSets.size > maxLabelSets) this.labelSets.forget()
    this.bytes = 0
    for (const list of [this.live, this.gone]) for (const { bytes } of list.values()) this.bytes += bytes
  }

  /** What living processes have removed leaves the sums, as it leaves an archive. */
  private forgetRemoved(): void {
    if (this.newRemovals.isEmpty) return
    this.archived.forgetRemoved(this.newRemovals)
    for (const [publisher, received] of this.gone) received.forget(publisher, this.newRemovals)
    this.newRemovals = new Removals()
  }

  /** Those that tell of pages of others of which another one has told later. */
  private repeated(): ReadonlySet<Received> {
    const all = [...this.gone.values(), ...this.live.values()].filter(({ isOfOthers }) => isOfOthers)
    const claims = new PageClaims()
    const repeated = new Set<Received>()
    for (const received of all.sort((a, b) => b.appliedAt - a.appliedAt)) {
      if (claims.has(received.pages)) repeated.add(received)
      else claims.add(received.pages)
    }
    return repeated
  }

  /** One that has said goodbye is archived; but what it sent of others may go on under another name. */
  private leave(publisher: string, received: Received, now: number): void {
    if (received.isOfOthers) {
      this.live.delete(publisher)
      this.gone.set(publisher, received)
      received.forget(publisher, this.removals)
    } else {
      this.compact(publisher, received, now)
    }
  }

  private compact(publisher: string, received: Received, now: number): void {
    this.live.delete(publisher)
    this.gone.delete(publisher)
    received.forget(publisher, this.removals)
    this.archived.add(publisher, received.lastSequence, received.read(true, now), received.isOfOthers)
    this.archivedCount++
  }
}
