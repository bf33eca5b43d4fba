import { cumulativeOnly } from '../snapshot/cumulative-only.ts'
import { diffSnapshots } from '../snapshot/diff.ts'
import type { FamilySnapshot, PageInfo, Snapshot } from '../snapshot/snapshot.ts'
import type { ValuesMessage } from './message.ts'
import { areEqual, ReceivedValues } from './received-values.ts'

/** What became of a message; only `taken` changes any value. */
export type Outcome = 'taken' | 'repeated' | 'gap' | 'content'

/** What has to be known of a publisher so that an collector that is started anew can go on where another one ended. */
export interface KeptPublisher {
  readonly sequence: number
  readonly intervalMs: number
  /** For how long nothing had come from it. */
  readonly silentMs: number
  readonly isOver: boolean
  readonly isOfOthers: boolean
  /** How long the text is that it came in. */
  readonly bytes: number
  /** Makes what adds up of its values, as they were then. */
  readonly snapshot: () => Snapshot
  /** The values from which on it counts, where that is not from 0 on. */
  readonly base?: Snapshot
}

/** How far two clocks may drift apart, as a share of the time: NTP slews by up to 0.0005 at either end. */
const clockDrift = 0.001
const longestLateness = 86_400
const patienceMs = 10_000

/** What an collector knows of one publisher. */
export class Received {
  /** Milliseconds by the collector's clock at which any message came. */
  heardAt: number
  intervalMs = 0
  /** Whether the publisher has said that there will be no more. */
  isOver = false
  /** Whether its pages are those of others, and so may come by another publisher as well. */
  isOfOthers = false
  /** Whether it counts only by how much its values grow from the first full message on. */
  returnsAfterFold = false
  /** Until the next full message. */
  private isWaiting = true
  private notUnderstoodAt = Number.NEGATIVE_INFINITY
  private sequence = 0
  private readonly values = new ReceivedValues()
  /** The last message, while nothing of it is in the values yet. */
  private putOffMessage: ValuesMessage | undefined
  /** When values came last. */
  appliedAt: number
  /** Smallest difference seen between the two clocks: that of the messages that were fastest under way. */
  private fastest = Number.POSITIVE_INFINITY
  /** How much longer than that the last one was under way, in milliseconds. */
  private delayMs = 0
  private base: Snapshot | undefined

  constructor(now: number, sequence: number) {
    this.heardAt = now
    this.appliedAt = now
    this.sequence = sequence
  }

  /** One that was kept, as it was heard of last; the next message that counts is a full one. */
  static restore(kept: KeptPublisher, now: number): Received {
    const received = new Received(now - kept.silentMs, kept.sequence)
    received.intervalMs = kept.intervalMs
    received.isOver = kept.isOver
    received.isOfOthers = kept.isOfOthers
    received.base = kept.base
    received.values.restore(kept.snapshot(), kept.bytes)
    return received
  }

  /** What is to be kept of it. */
  keep(now: number): KeptPublisher {
    this.applyPutOff()
    const { sequence, intervalMs, heardAt, isOver, isOfOthers, bytes, base } = this
    const { takenAt, pages } = this.values
    const families = this.values.capture()
    const snapshot = (): Snapshot => cumulativeOnly({ version: 1, takenAt, pages, families: families() ?? [] })
    return { sequence, intervalMs, silentMs: now - heardAt, isOver, isOfOthers, bytes, snapshot, ...(base && { base }) }
  }

  /** The number of the last message that counted, or was missed. */
  get lastSequence(): number {
    return this.sequence
  }

  /** The pages that its values are of. */
  get pages(): readonly PageInfo[] {
    return this.values.pages
  }

  /** How long the texts were that it is made of; a little more than that, or several times as much, is its memory. */
  get bytes(): number {
    const { json, records } = this.putOffMessage ?? { json: '', records: '' }
    return this.values.bytes + json.length + records.length
  }

  /** Whether the publisher has to be asked for a full message: not at once where the last one was not understood. */
  mustAsk(now: number): boolean {
    return this.isWaiting && now - this.notUnderstoodAt >= patienceMs
  }

  /** Has it count only by how much its values grow from now on. */
  countFromNow(): void {
    this.base ??= cumulativeOnly(this.snapshot('live', 0))
  }

  /** Takes a message in; one that is repeated, or cannot be understood, changes nothing. */
  take(message: ValuesMessage, now: number): Outcome {
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
    this.isWaiting = !(message.isFull ? this.applyFull(message) : this.putOff(message))
    if (this.isWaiting) {
      if (message.isFull) this.notUnderstoodAt = now
      return 'content'
    }
    if (this.returnsAfterFold) this.countFromNow()
    this.appliedAt = now
    this.isOver = message.isLast
    return 'taken'
  }

  /** All values; of a publisher that is gone as what processes left that live no more. */
  read(isGone: boolean, now: number): Snapshot {
    this.applyPutOff()
    const lateness = Math.min((now - this.appliedAt + this.delayMs) / 1000, longestLateness)
    const snapshot = this.snapshot(isGone ? 'exited' : 'live', lateness)
    return this.base === undefined ? snapshot : diffSnapshots(this.base, snapshot)
  }

  private snapshot(state: 'live' | 'exited', lateness: number): Snapshot {
    const { takenAt } = this.values
    const pages = this.pages.map((page): PageInfo => {
      if (page.state !== 'live') return page
      const heartbeatAge = (page.heartbeatAge ?? 0) + lateness
      return { ...page, state, heartbeatAge, ...(this.isOver && { endedAt: takenAt }) }
    })
    return { version: 1, takenAt, pages, families: this.families() }
  }

  private families(): FamilySnapshot[] {
    const families = this.values.capture()()
    if (families !== undefined) return families
    this.isWaiting = true
    this.values.dropRecords()
    return this.values.capture()() ?? []
  }

  private measureDelay({ sentAt }: ValuesMessage, now: number): void {
    const difference = now - sentAt
    this.fastest = Math.min(difference, this.fastest + (now - this.heardAt) * clockDrift)
    this.delayMs = Math.max(0, difference - this.fastest)
    this.heardAt = now
  }

  private applyFull(message: ValuesMessage): boolean {
    if (!this.values.apply(message)) return false
    this.putOffMessage = undefined
    return true
  }

  /**
   * Puts a message off that tells of series as a whole, until somebody reads, or until the next one comes. Where that one
   * tells of the same series, this one need not be parsed at all: a sum that is read four times a minute is spared most of
   * the work.
   */
  private putOff(message: ValuesMessage): boolean {
    const before = this.putOffMessage
    if (before !== undefined && tellOfTheSame(before, message)) {
      this.putOffMessage = message
      return this.values.applyChanged(before)
    }
    if (!this.applyPutOff()) return false
    if (message.whole.length === 0) return this.values.apply(message)
    this.putOffMessage = message
    return true
  }

  /** What cannot be understood after all is asked for when the next message comes; what is done of it by then is right. */
  private applyPutOff(): boolean {
    const message = this.putOffMessage
    this.putOffMessage = undefined
    if (message === undefined || this.values.apply(message)) return true
    this.isWaiting = true
    return false
  }
}

function tellOfTheSame(before: ValuesMessage, after: ValuesMessage): boolean {
  if (before.removed.length > 0) return false
  return areEqual(before.whole, after.whole) && areEqual(before.recorded, after.recorded)
}
