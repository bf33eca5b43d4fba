import { beginEvicted, evictedLabels, evictHead, evictOctave, readEvicted } from '../../snapshot/kinds/evict-series.ts'
import type { Parts } from '../../snapshot/kinds/parts.ts'
import type { Tick } from '../../snapshot/kinds/rates.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { Extension, FamilyDescription, Slot, Store } from '../../snapshot/store.ts'
import { seriesCells } from '../registry/extension-cells.ts'
import type { FamilyCells } from '../registry/family-cells.ts'
import type { Metric } from '../registry/metric.ts'

/**
 * What those series of a family counted that are gone because they were idle: one series to readers, made of two. `totals`
 * is never changed, but replaced as a whole by a new one, at the instant at which further series go; so readers see what
 * these counted either there or here. `inUse` is where metrics that the app has kept go on.
 */
export class Evicted<M extends Metric> {
  private readonly description: FamilyDescription
  private readonly cells: FamilyCells<M>
  private totals: readonly M[] = []
  /** Counts of series that could not be announced to readers, because there was no room. */
  private unseen: M | undefined
  private inUse: M | undefined
  /** Metrics of series that are gone, as long as the app keeps them. */
  private followers: WeakRef<M>[] = []
  /** How many followers there may be until those that nobody keeps are forgotten. */
  private maxFollowers = 64
  private isGrowing = false

  constructor(description: FamilyDescription, cells: FamilyCells<M>) {
    this.description = description
    this.cells = cells
  }

  /**
   * Adds these series to the totals and announces their removal; where there is no room for that, only those that readers know
   * nothing of. `follows`: whether their metrics go on here, else they are left alone. Gives those that are gone.
   */
  evict(gone: readonly M[], store: Store, now: number, follows: boolean): readonly M[] {
    const isShown = this.evictShown(gone, store, now, follows)
    const evicted = isShown ? gone : this.cells.unseen(gone)
    if (!isShown && evicted.length > 0) this.evictUnseen(evicted, now, follows)
    if (follows) for (const metric of evicted) this.follow(metric)
    return evicted
  }

  private evictShown(gone: readonly M[], store: Store, now: number, follows: boolean): boolean {
    const before = this.unseen === undefined ? this.totals : [...this.totals, this.unseen]
    const wasInUse = this.inUse
    let next: M | undefined
    if (!this.cells.prepare()) return false
    const isShown = store.transaction(() => {
      // The first one that readers meet is the one in use.
      if (follows) this.inUse ??= this.cells.create('evicted', false)
      next = this.cells.create('evicted', false)
      if (next === undefined || (follows && this.inUse === undefined)) return false
      beginEvicted(this.description, next.slot)
      const all = [...before, ...gone]
      return all.every((metric) => this.evictOne(next as M, metric, now)) && this.cells.announceRemoval(all)
    }, true)
    if (isShown) {
      for (const metric of before) this.cells.detach(metric, 'announced')
      this.totals = [next as unknown as M]
      this.unseen = undefined
      return true
    }
    if (next !== undefined) this.cells.detach(next, 'unknown')
    if (wasInUse === undefined && this.inUse !== undefined) this.cells.detach(this.inUse, 'unknown')
    this.inUse = wasInUse
    return false
  }

  private evictUnseen(gone: readonly M[], now: number, follows: boolean): void {
    // One that a new page had room for must not change any more.
    if (this.unseen !== undefined && this.cells.unseen([this.unseen]).length === 0) {
      this.totals = [...this.totals, this.unseen]
      this.unseen = undefined
    }
    if (this.unseen === undefined) {
      this.unseen = this.cells.createOnHeap()
      beginEvicted(this.description, this.unseen.slot)
    }
    if (follows) this.inUse ??= this.cells.createOnHeap()
    for (const metric of gone) this.evictOne(this.unseen, metric, now)
  }

  /** The series as plain data; `undefined` before anything is gone. */
  read(at: ReadTime, parts: Parts): unknown {
    const [first, ...others] = this.runs.map((metric) => seriesCells(evictedLabels, metric))
    return first && readEvicted(this.description, [first, ...others], at, parts)
  }

  /** Brings up to date what depends on time. */
  tick(time: Tick): void {
    this.inUse?.tick?.(time)
  }

  /** Takes all to the store that the registry uses now. */
  move(isMeant: (metric: Metric) => boolean): void {
    for (const metric of this.runs) if (isMeant(metric)) this.cells.move('evicted', metric)
    const { inUse } = this
    if (inUse === undefined) return
    for (const metric of this.keptFollowers()) this.cells.repoint(metric, inUse.slot)
  }

  /** Forgets all totals. */
  clear(): void {
    for (const metric of this.keptFollowers()) this.cells.repoint(metric, this.cells.createAlone().slot)
    this.followers = []
    this.totals = []
    this.unseen = undefined
    this.inUse = undefined
  }

  /** Extension cells that were requested by a metric that continues here, or `null` where there is no room. */
  extensionOf(series: Slot, extension: Extension): Slot | null | undefined {
    const { inUse } = this
    if (inUse?.extensionFor === undefined || this.isGrowing || !('octave' in extension || 'exemplar' in extension))
      return undefined
    const { cells, index } = inUse.slot
    if (cells !== series.cells || index !== series.index) return undefined
    this.isGrowing = true
    try {
      return inUse.extensionFor(extension) ?? null
    } finally {
      this.isGrowing = false
    }
  }

  /** The metrics that are one series, the one in use first. */
  get runs(): M[] {
    return [this.inUse, ...this.totals, this.unseen].filter((metric) => metric !== undefined)
  }

  private evictOne(into: M, metric: M, now: number): boolean {
    evictHead(this.description, into.slot, metric.slot, now)
    for (const { extension, slot } of metric.extensions?.() ?? []) {
      if (!('octave' in extension)) continue
      const octave = into.extensionFor?.(extension)
      if (octave === undefined) return false
      evictOctave(octave, slot)
    }
    return true
  }

  private follow(metric: M): void {
    this.cells.leave(metric, (this.inUse as M).slot, 'announced')
    this.followers.push(new WeakRef(metric))
    if (this.followers.length < this.maxFollowers) return
    this.followers = this.followers.filter((follower) => follower.deref() !== undefined)
    this.maxFollowers = Math.max(64, 2 * this.followers.length)
  }

  private *keptFollowers(): Iterable<M> {
    for (const follower of this.followers) {
      const metric = follower.deref()
      if (metric !== undefined) yield metric
    }
  }
}
