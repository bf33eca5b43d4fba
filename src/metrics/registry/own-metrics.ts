import type { Counter } from '../kinds/counter.ts'
import { type FamilyOptions, type Labelled, reservedPrefix } from './definition.ts'
import type { Family } from './family.ts'
import type { Rejection } from './rejections.ts'

type DeclareCounter = (name: string, options: FamilyOptions & Labelled<string>) => Family<Counter>

/** plimsoll's own counters: what was refused or lost. Each appears with the first thing it counts. */
export class OwnMetrics {
  private readonly declare: DeclareCounter
  private rejectedFamily: Family<Counter> | undefined
  private overflowedFamily: Family<Counter> | undefined
  private failedFamily: Family<Counter> | undefined
  private droppedFamily: Family<Counter> | undefined
  /** Making these counters can itself be refused, which must not be counted without end. */
  private counting = false

  constructor(declare: DeclareCounter) {
    this.declare = declare
  }

  countRejected(family: string, reason: Rejection): void {
    this.rejectedFamily ??= this.declare('plimsoll.rejected', {
      labels: ['family', 'reason'],
      help: 'Values, labels and exemplars that were rejected, and label values that were missing or had to be replaced',
    })
    this.rejectedFamily.labels({ family, reason }).inc()
  }

  countOverflowed(family: string): void {
    // The families that count do not count themselves.
    if (family.startsWith(reservedPrefix)) return
    this.overflowedFamily ??= this.declare('plimsoll.overflowed', {
      labels: ['family'],
      help: 'Look-ups that were past the series limit of their family and got its overflow series',
    })
    this.overflowedFamily.labels({ family }).inc()
  }

  countFailed(family: string, reason: 'observer' | 'callback'): void {
    this.failedFamily ??= this.declare('plimsoll.failed', {
      labels: ['family', 'reason'],
      help: 'Functions of the app, given to metrics, that threw, rejected or did not come to an end',
    })
    this.failedFamily.labels({ family, reason }).inc()
  }

  countDropped(): void {
    if (this.counting) return
    this.counting = true
    this.dropped().labels({}).inc()
    this.counting = false
  }

  /** The counter of what the page had no room for. */
  dropped(): Family<Counter> {
    this.droppedFamily ??= this.declare('plimsoll.dropped', {
      labels: [],
      help: 'Series that readers outside do not see, and values put into a neighbouring bucket, for lack of room in the page',
    })
    this.droppedFamily.labels({})
    return this.droppedFamily
  }
}
