import { parseJson } from '../../formats/json-parse.ts'
import { growthBetween } from '../../snapshot/growth.ts'
import type { FamilySnapshot, PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import type { ValuesMessage } from './message.ts'
import { withHosts } from './process-label.ts'

/** What became of a message; only `taken` changes any value. */
export type Outcome = 'taken' | 'repeated' | 'gap' | 'content'

interface Family {
  readonly head: FamilySnapshot
  readonly numbers: Set<number>
}

type Series = FamilySnapshot['series'][number]

interface Entry {
  readonly family: Family
  readonly series: Series
}

/** More series than that of one publisher are not taken. */
const mostSeries = 1_000_000

/** How far two clocks may drift apart, as a share of the time: NTP slews by up to 0.0005 at either end. */
const clockDrift = 0.001
const longestLateness = 86_400
const patienceMs = 10_000

/** What an aggregator knows of one publisher. */
export class Received {
  /** Milliseconds by the aggregator's clock at which any message came. */
  heardAt: number
  intervalMs = 0
  /** Whether the publisher has said that there will be no more. */
  isOver = false
  /** Until the next full message. */
  private isWaiting = true
  private notUnderstoodAt = Number.NEGATIVE_INFINITY
  /** Whether it counts only by how much its values grow from the first full message on. */
  returnsAfterFold = false
  private sequence = 0
  private takenAt = 0
  private pages: readonly PageInfo[] = []
  /** By all that they are but their series. */
  private families = new Map<string, Family>()
  private series = new Map<number, Entry>()
  /** The last message, while nothing of it is in the values yet. */
  private putOffMessage: ValuesMessage | undefined
  private appliedAt: number
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

  /** The number of the last message that counted, or was missed. */
  get lastSequence(): number {
    return this.sequence
  }

  /** Whether the publisher has to be asked for a full message: not at once where the last one was not understood. */
  mustAsk(now: number): boolean {
    return this.isWaiting && now - this.notUnderstoodAt >= patienceMs
  }

  /** Takes a message in; one that is repeated, or cannot be understood, changes nothing. */
  take(message: ValuesMessage, now: number): Outcome {
    if (message.sequence <= this.sequence) return 'repeated'
    this.measureDelay(message, now)
    const isNext = message.sequence === this.sequence + 1
    this.sequence = message.sequence
    this.intervalMs = message.intervalMs
    if (!message.isFull && (this.isWaiting || !isNext)) {
      this.isWaiting = true
      return 'gap'
    }
    this.isWaiting = !(message.isFull ? this.apply(message) : this.putOff(message))
    if (this.isWaiting) {
      if (message.isFull) this.notUnderstoodAt = now
      return 'content'
    }
    if (this.returnsAfterFold) this.base ??= this.values('live', 0)
    this.appliedAt = now
    this.isOver = message.isLast
    return 'taken'
  }

  /** All values; of a publisher that is gone as what processes left that live no more. */
  read(isGone: boolean, now: number): Snapshot {
    this.applyPutOff()
    const lateness = Math.min((now - this.appliedAt + this.delayMs) / 1000, longestLateness)
    const snapshot = this.values(isGone ? 'exited' : 'live', lateness)
    return this.base === undefined ? snapshot : growthBetween(this.base, snapshot)
  }

  private values(state: 'live' | 'exited', lateness: number): Snapshot {
    const families = [...this.families.values()].map(({ head, numbers }) => {
      return { ...head, series: Array.from(numbers, (number) => this.series.get(number)?.series) } as FamilySnapshot
    })
    const pages = this.pages.map((page): PageInfo => {
      if (page.state !== 'live') return page
      const heartbeatAge = (page.heartbeatAge ?? 0) + lateness
      return { ...page, state, heartbeatAge, ...(this.isOver && { endedAt: this.takenAt }) }
    })
    return { version: 1, takenAt: this.takenAt, pages, families }
  }

  private measureDelay({ sentAt }: ValuesMessage, now: number): void {
    const difference = now - sentAt
    this.fastest = Math.min(difference, this.fastest + (now - this.heardAt) * clockDrift)
    this.delayMs = Math.max(0, difference - this.fastest)
    this.heardAt = now
  }

  /**
   * Puts a message off that tells of series as a whole, until somebody reads, or until the next one comes. Where that one
   * tells of the same series, this one need not be parsed at all: a sum that is read four times a minute is spared most of
   * the work.
   */
  private putOff(message: ValuesMessage): boolean {
    const before = this.putOffMessage
    if (before !== undefined && before.removed.length === 0 && areEqual(before.whole, message.whole)) {
      this.putOffMessage = message
      return this.applyChanged(before)
    }
    if (!this.applyPutOff()) return false
    if (message.whole.length === 0) return this.apply(message)
    this.putOffMessage = message
    return true
  }

  /** What cannot be understood after all is asked for when the next message comes. */
  private applyPutOff(): boolean {
    const message = this.putOffMessage
    this.putOffMessage = undefined
    if (message === undefined || this.apply(message)) return true
    this.isWaiting = true
    return false
  }

  /** Whether all of the message made sense. What is done of it by then is right, and late at worst. */
  private apply(message: ValuesMessage): boolean {
    let told: Snapshot
    try {
      told = withHosts(parseJson(message.json))
    } catch {
      return false
    }
    // Of no process nobody could say whether it lives.
    if (told.pages.length === 0) return false
    if (message.isFull) {
      this.putOffMessage = undefined
      this.families = new Map()
      this.series = new Map()
    }
    this.takenAt = told.takenAt
    this.pages = told.pages
    return this.applyWhole(told, message.whole) && this.applyRemoved(message) && this.applyChanged(message)
  }

  private applyWhole({ families }: Snapshot, numbers: Uint32Array): boolean {
    const count = families.reduce((sum, { series }) => sum + series.length, 0)
    if (count !== numbers.length) return false
    let i = 0
    for (const told of families) {
      const family = this.familyOf(told)
      for (const series of told.series) {
        const number = numbers[i++] as number
        const known = this.series.get(number)
        if (known === undefined ? this.series.size >= mostSeries : known.family !== family) return false
        // The same object each time: whoever merges finds its place by that.
        const labels = known?.series.labels ?? series.labels
        this.series.set(number, { family, series: { ...series, labels } as Series })
        family.numbers.add(number)
      }
    }
    return true
  }

  private familyOf(told: FamilySnapshot): Family {
    const head = { ...told, series: [] }
    const key = JSON.stringify(head)
    let family = this.families.get(key)
    if (family === undefined) {
      family = { head, numbers: new Set() }
      this.families.set(key, family)
    }
    return family
  }

  private applyRemoved({ removed }: ValuesMessage): boolean {
    for (const number of removed) {
      const entry = this.series.get(number)
      if (entry === undefined) return false
      this.series.delete(number)
      entry.family.numbers.delete(number)
      if (entry.family.numbers.size === 0) this.families.delete(JSON.stringify(entry.family.head))
    }
    return true
  }

  private applyChanged({ changed, values }: ValuesMessage): boolean {
    for (let i = 0; i < changed.length; i++) {
      const number = changed[i] as number
      const value = values[i] as number
      const entry = this.series.get(number)
      if (entry === undefined || !Number.isFinite(value)) return false
      const { family, series } = entry
      if (!('value' in series) || typeof series.value !== 'number') return false
      this.series.set(number, { family, series: { ...series, value } as Series })
    }
    return true
  }
}

function areEqual(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((number, i) => number === b[i])
}
