import type { Counter } from './counter.ts'
import { type FamilyOptions, type Labelled, reservedPrefix } from './definition.ts'
import type { Family } from './family.ts'

type DeclareCounter = (name: string, options: FamilyOptions & Labelled<string>) => Family<Counter>

/** plimsoll's own counters: what was refused or lost. Each appears with the first thing it counts. */
export class OwnMetrics {
  private readonly declare: DeclareCounter
  /** Making these counters can itself be refused, which must not be counted without end. */
  private counting = false

  constructor(declare: DeclareCounter) {
    this.declare = declare
  }

  countRejected(family: string, reason: 'value' | 'label'): void {
    const help = 'Values that were no good and were dropped, and label values that had to be replaced'
    this.count('plimsoll.rejected', help, { family, reason })
  }

  countOverflowed(family: string): void {
    // The families that count do not count themselves.
    if (family.startsWith(reservedPrefix)) return
    const help = 'Look-ups that were past the series limit of their family and got its overflow series'
    this.count('plimsoll.overflowed', help, { family })
  }

  countDropped(): void {
    if (this.counting) return
    this.counting = true
    this.dropped().labels({}).inc()
    this.counting = false
  }

  /** The counter of what readers outside do not see. */
  dropped(): Family<Counter> {
    const help = 'Series and buckets that readers outside do not see, because the page had no room'
    const family = this.declare('plimsoll.dropped', { labels: [], help })
    family.labels({})
    return family
  }

  private count(name: string, help: string, labels: Readonly<Record<string, string>>): void {
    this.declare(name, { labels: Object.keys(labels), help })
      .labels(labels)
      .inc()
  }
}
