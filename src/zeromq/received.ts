import { parseJson } from '../formats/json/json-parse.ts'
import { PageReader } from '../page/read/reader.ts'
import type { LabelSets } from '../page/read/series-line.ts'
import { diffSnapshots } from '../snapshot/diff.ts'
import { AppMerger, appOf } from '../snapshot/merge/apps.ts'
import { withHosts } from '../snapshot/merge/hosts.ts'
import { isAlive, stateOfLiving } from '../snapshot/page-state.ts'
import type { Selection } from '../snapshot/selector-type.ts'
import type { PageInfo, Snapshot } from '../snapshot/snapshot.ts'
import type { Cleared } from '../snapshot/store.ts'
import { cumulativeOnly } from '../snapshot/totals.ts'
import { FileCopies } from './file-copies.ts'
import type { FileCopy } from './file-copy.ts'
import type { EndedProcess, FilesMessage } from './message.ts'
import { type Removal, RemovalLooks, type Removals } from './removals.ts'

/** What became of a message; only `taken` changes any value. */
export type Outcome = 'taken' | 'repeated' | 'gap' | 'content'

/** What has to be known of a publisher so that a collector that is restarted can go on where the previous one ended. */
export interface KeptPublisher {
  readonly sequence: number
  readonly intervalMs: number
  /** For how long nothing had come from it. */
  readonly silentMs: number
  readonly isOver: boolean
  readonly isOfOthers: boolean
  /** What adds up of its values, one snapshot an app. */
  readonly values: () => readonly Snapshot[]
  /** The values from which on it counts, in the same way; absent where that is from 0 on. */
  readonly base?: readonly Snapshot[]
}

/** What is known of a file: what it says now, and whose it is, which costs less and does not change. */
interface Reader {
  /** At least what is selected. */
  read(selection?: Selection): Snapshot
  pages(): readonly PageInfo[]
  /** What it says was removed with all that it counted. */
  cleared(): readonly Cleared[]
}

/** How far two clocks may drift apart, as a share of the time: NTP slews by up to 0.0005 at either end. */
const clockDrift = 0.001
const maxLateness = 86_400
const patienceMs = 10_000

/** What a collector has received from one publisher: a copy of its files, read on request. */
export class Received {
  /** Milliseconds by the collector's clock at which any message came. */
  heardAt: number
  intervalMs = 0
  /** Whether the publisher has said that there will be no more. */
  isOver = false
  /** Whether its pages are those of others, and so may come by another publisher as well. */
  isOfOthers = false
  /** Processes whose pages are in an archive of it. */
  ended: readonly EndedProcess[] = []
  /** Whether it counts only by how much its values grow from the first full message on. */
  returnsAfterArchive = false
  /** When values came last. */
  appliedAt: number
  /** Until the next full message. */
  private isWaiting = true
  private notUnderstoodAt = Number.NEGATIVE_INFINITY
  private sequence: number
  private readonly files = new FileCopies()
  private readonly readers = new WeakMap<FileCopy, Reader>()
  private readonly looks = new RemovalLooks()
  private readonly labelSets: LabelSets | undefined
  private readonly merger = new AppMerger()
  /** Of the publisher's clock, at its last message. */
  private takenAt = 0
  /** What another collector kept of it, until it sends its files. */
  private restored: readonly Snapshot[] | undefined
  private base: readonly Snapshot[] | undefined
  /** Smallest difference seen between the two clocks: that of the messages that were fastest under way. */
  private fastest = Number.POSITIVE_INFINITY
  /** How much longer than that the last one was under way, in milliseconds. */
  private delayMs = 0

  constructor(now: number, sequence: number, labelSets?: LabelSets) {
    this.heardAt = now
    this.appliedAt = now
    this.sequence = sequence
    this.labelSets = labelSets
  }

  /** One that was kept, as it was heard of last; the next message that counts is a full one. */
  static restore(kept: KeptPublisher, now: number, labelSets?: LabelSets): Received {
    const received = new Received(now - kept.silentMs, kept.sequence, labelSets)
    received.intervalMs = kept.intervalMs
    received.isOver = kept.isOver
    received.isOfOthers = kept.isOfOthers
    received.base = kept.base
    received.restored = kept.values()
    return received
  }

  /** What is to be kept of it. */
  keep(now: number): KeptPublisher {
    const { sequence, intervalMs, heardAt, isOver, isOfOthers, base } = this
    const values = (): readonly Snapshot[] => this.sums(false, 0).map(cumulativeOnly)
    return { sequence, intervalMs, silentMs: now - heardAt, isOver, isOfOthers, values, ...(base && { base }) }
  }

  /** The number of the last message that counted, or was missed. */
  get lastSequence(): number {
    return this.sequence
  }

  /** Whether nothing is known of its values yet. */
  get isEmpty(): boolean {
    return this.restored === undefined && this.files.size === 0
  }

  /** The pages that its values are of. */
  get pages(): readonly PageInfo[] {
    return this.restored?.flatMap(({ pages }) => pages) ?? this.ofEach((reader) => reader.pages()).flat()
  }

  /** About how much memory its files take; the readers of them take as much again, or several times as much. */
  get bytes(): number {
    return this.files.bytes
  }

  /** Whether the publisher has to be asked for a full message: not at once where the last one was not understood. */
  mustAsk(now: number): boolean {
    return this.isWaiting && now - this.notUnderstoodAt >= patienceMs
  }

  /** Has it count only by how much its values grow from now on. */
  countFromNow(): void {
    this.base ??= this.sums(false, 0).map(cumulativeOnly)
  }

  /** Takes a message in; one that is repeated, or follows another one than the last, changes nothing. */
  take(message: FilesMessage, now: number): Outcome {
    if (message.sequence <= this.sequence) return 'repeated'
    this.measureDelay(message, now)
    const isNext = message.sequence === this.sequence + 1
    this.sequence = message.sequence
    this.intervalMs = message.intervalMs
    this.isOfOthers = message.isOfOthers
    if (!message.isFull && (this.isWaiting || !isNext)) {
      this.isWaiting = true
      return 'gap'
    }
    this.isWaiting = !this.apply(message)
    if (this.isWaiting) {
      if (message.isFull) this.notUnderstoodAt = now
      return 'content'
    }
    if (this.returnsAfterArchive) this.countFromNow()
    this.appliedAt = now
    this.ended = message.ended ?? []
    this.isOver = message.isLast
    return 'taken'
  }

  /** All values, one snapshot an app; of a publisher that is gone as what processes left that live no more. */
  read(isGone: boolean, now: number, selection?: Selection): readonly Snapshot[] {
    const lateness = Math.min((now - this.appliedAt + this.delayMs) / 1000, maxLateness)
    // What was there before is taken away bucket by bucket.
    if (this.base !== undefined) return this.sums(isGone, lateness).map((sum) => this.sinceBase(sum))
    return this.sums(isGone, lateness, selection)
  }

  /** What its pages say was removed, where that may be new since the last call. */
  removals(): readonly Removal[] {
    const removals: Removal[] = []
    for (const [, copy] of this.files) {
      if (!this.looks.isDue(copy, this.takenAt)) continue
      this.look(copy, (reader) => {
        const [page] = reader.pages()
        if (page === undefined) return
        for (const cleared of reader.cleared()) removals.push({ app: page.app, cleared })
      })
    }
    return removals
  }

  /** Leaves out what others have removed since it was heard of last. If it comes back, it has all of its own again. */
  forget(publisher: string, removals: Removals): void {
    const all = this.sums(false, 0).map(cumulativeOnly)
    const left = all.map((sum) => removals.without(sum, () => this.takenAt, publisher))
    if (left.every((sum, i) => sum === all[i])) return
    this.restored = left
    this.files.clear()
    this.isWaiting = true
  }

  private apply(message: FilesMessage): boolean {
    if (!this.files.apply(message)) return false
    this.takenAt = message.takenAt
    this.restored = undefined
    // Files of which none can be read are no files of a publisher; later, one that cannot be read hides no other.
    return !message.isFull || message.files.length === 0 || this.parts().length > 0
  }

  private sinceBase(sum: Snapshot): Snapshot {
    const app = appOf(sum)
    const base = this.base?.find((one) => appOf(one) === app)
    return base === undefined ? sum : diffSnapshots(base, sum)
  }

  private sums(isGone: boolean, lateness: number, selection?: Selection): readonly Snapshot[] {
    const parts = this.parts(selection).map((part): Snapshot => {
      const pages = part.pages.map((page): PageInfo => {
        if (!isAlive(page)) return page
        const heartbeatAge = (page.heartbeatAge ?? 0) + lateness
        const state = isGone ? (this.isOver ? 'exited' : 'killed') : stateOfLiving(heartbeatAge)
        return { ...page, state, heartbeatAge }
      })
      return withHosts({ ...part, pages })
    })
    if (parts.length < 2) return parts
    for (const part of parts) this.merger.add(part)
    return [...this.merger.end().values()]
  }

  private parts(selection?: Selection): readonly Snapshot[] {
    return this.restored ?? this.ofEach((reader) => reader.read(selection))
  }

  /** What can be had of the files; one that cannot be read hides no other. */
  private ofEach<T>(look: (reader: Reader) => T): T[] {
    const seen: T[] = []
    for (const [, copy] of this.files) this.look(copy, (reader) => seen.push(look(reader)))
    return seen
  }

  private look(copy: FileCopy, look: (reader: Reader) => void): void {
    try {
      const reader = this.readers.get(copy) ?? this.newReader(copy)
      this.readers.set(copy, reader)
      look(reader)
    } catch {
      // It may have stopped half-way through a log.
      this.readers.delete(copy)
    }
  }

  private newReader(copy: FileCopy): Reader {
    const { kind, name } = copy
    if (kind === 'snapshot') {
      const snapshot = snapshotIn(copy)
      return { read: () => ({ ...snapshot, takenAt: this.takenAt }), pages: () => snapshot.pages, cleared: () => [] }
    }
    const clock = { now: () => 0, unixTime: () => this.takenAt }
    const page = new PageReader(name, copy, { clock, ...(this.labelSets && { labelSets: this.labelSets }) })
    const named = (pages: readonly PageInfo[]): readonly PageInfo[] =>
      name === '' ? pages.map((one) => ({ ...one, file: null })) : pages
    return {
      read(selection) {
        const snapshot = page.read(selection)
        return { ...snapshot, pages: named(snapshot.pages) }
      },
      pages: () => named([page.about()]),
      cleared() {
        page.read()
        return page.cleared
      },
    }
  }

  private measureDelay({ sentAt }: FilesMessage, now: number): void {
    const difference = now - sentAt
    this.fastest = Math.min(difference, this.fastest + (now - this.heardAt) * clockDrift)
    this.delayMs = Math.max(0, difference - this.fastest)
    this.heardAt = now
  }
}

/** Throws where there is none. */
function snapshotIn(copy: FileCopy): Snapshot {
  const text = Buffer.alloc(copy.size())
  copy.read(text, 0, 0)
  const snapshot = parseJson(text.toString())
  // Of no process nobody could say whether it lives.
  if (snapshot.pages.length === 0) throw new Error('it has no pages')
  return snapshot
}
