import { rowOf } from '../../snapshot/kinds/rows.ts'
import type { Extension, FamilyDescription, SeriesKey, Slot, Store } from '../../snapshot/store.ts'
import type { FamilyHost, Metric, MetricKind } from './metric.ts'
import type { Owner } from './owner.ts'

/**
 * Whether the removal of a series was announced to readers: `announced`; `unknown` where the series never was; `unannounced`
 * where there was no room, so that its cells must not be used again.
 */
export type Removal = 'announced' | 'unknown' | 'unannounced'

/** Where the series of a family are: in the store of the registry as far as that has room, else on the heap. */
export class FamilyCells<M extends Metric> {
  private readonly description: FamilyDescription
  private readonly kind: MetricKind<M>
  private readonly host: FamilyHost
  private readonly owner: Owner
  /** Cells of the head of a series. */
  private readonly count: number
  /** Called where a metric goes on in other cells, for those that record into its cells themselves. */
  onMove: ((metric: Metric) => void) | undefined
  /** The store in which the family is announced. */
  private announcedIn: Store | undefined

  constructor(description: FamilyDescription, kind: MetricKind<M>, host: FamilyHost, owner: Owner) {
    this.description = description
    this.kind = kind
    this.host = host
    this.owner = owner
    this.count = rowOf(description.kind).cells(description)
  }

  /** A new series in the store; `undefined` where that has no room, which may be counted. */
  create(key: SeriesKey, countsDropped = true): M | undefined {
    const { store } = this.host
    const slot = this.makeRoom(countsDropped)
    if (slot === undefined) return undefined
    const metric = this.kind.make(slot, this.owner)
    if (store.announceSeries(this.description, slot, key)) return metric
    store.free(slot, this.count)
    if (countsDropped) this.host.countDropped()
    return undefined
  }

  /** A new series on the heap: the app sees it all the same. */
  createOnHeap(): M {
    return this.kind.make(this.host.heap.allocate(this.count) as Slot, this.owner)
  }

  /** A series that nobody sees, with cells of its own. */
  createAlone(): M {
    return this.kind.make(this.aloneSlot(), this.owner)
  }

  /** A number that changes with each record. */
  activity(metric: M): number {
    const { cells, index } = metric.slot
    return this.kind.activity?.(metric) ?? (cells[index] as number)
  }

  /** Takes a series to the store that the registry uses now, when that has room. */
  move(key: SeriesKey, metric: M): void {
    const { store } = this.host
    const slot = this.makeRoom()
    if (slot === undefined) return
    const from = metric.slot
    slot.cells.set(from.cells.subarray(from.index, from.index + this.count), slot.index)
    if (!store.announceSeries(this.description, slot, key)) {
      store.free(slot, this.count)
      this.host.countDropped()
    } else if (!this.moveTo(metric, slot, store)) {
      this.host.countDropped()
    }
  }

  /** Tells readers that the family is gone with all its series. */
  close(): void {
    const { store } = this.host
    if (this.announcedIn === store) store.announceRemoval([], [this.description.id])
    this.announcedIn = undefined
  }

  /** Announces the family again, as it is described now, with its series, whose cells stay; false if there is no room. */
  announceAgain(series: readonly (readonly [SeriesKey, Metric])[]): boolean {
    const { description } = this
    const { store } = this.host
    if (this.announcedIn !== store) return true
    const shown = series.flatMap(([key, metric]) => {
      const { slot } = metric
      const extensions = [...(metric.extensions?.() ?? [])].filter((one) => store.holds(one.slot.cells))
      return store.holds(slot.cells) ? [{ key, slot, extensions }] : []
    })
    const repeated = shown.reduce((lines, { extensions }) => lines + 1 + extensions.length, 0)
    return (
      store.announceRemoval([], [description.id], repeated) &&
      store.announceFamily(description) &&
      shown.every(
        ({ key, slot, extensions }) =>
          store.announceSeries(description, slot, key) &&
          extensions.every((one) => store.announceExtension(slot, one.extension, one.slot)),
      )
    )
  }

  /** More extension cells of a series; `undefined` where the store has no room. */
  grow(series: Slot, extension: Extension, count: number): Slot | undefined {
    const { store, heap } = this.host
    if (!store.holds(series.cells)) {
      return heap.holds(series.cells) ? heap.allocate(count) : { cells: new Float64Array(count), index: 0 }
    }
    const slot = store.allocate(count)
    if (slot !== undefined && store.announceExtension(series, extension, slot)) return slot
    if (slot !== undefined) store.free(slot, count)
    this.host.countDropped()
    return undefined
  }

  /** Adds the metrics that readers see to `shown`; returns the number of their cells, including extension cells without room. */
  collectShown(metrics: readonly M[], shown: Set<Metric>): number {
    const { store } = this.host
    let cells = 0
    for (const metric of metrics) {
      if (!store.holds(metric.slot.cells)) continue
      shown.add(metric)
      cells += this.count
      for (const { count } of metric.extensions?.() ?? []) cells += count
    }
    return cells
  }

  /** Those that were not announced to readers. */
  unseen(metrics: readonly M[]): readonly M[] {
    const { store, heap } = this.host
    return store === heap ? [] : metrics.filter((metric) => !store.holds(metric.slot.cells))
  }

  /**
   * Announces that these series are removed; returns those that may be removed, which are those never announced where there
   * is no room.
   */
  removable(metrics: readonly M[]): readonly M[] {
    return this.announceRemoval(metrics) ? metrics : this.unseen(metrics)
  }

  /** Announces that these series are removed; false if there was no room for that. */
  announceRemoval(metrics: readonly M[]): boolean {
    const { store } = this.host
    const slots = metrics.map((metric) => metric.slot).filter(({ cells }) => store.holds(cells))
    return slots.length === 0 || store.announceRemoval(slots)
  }

  /**
   * Frees the cells of a removed series. Its metric continues in cells of its own, which readers do not see: with its values
   * where it `keeps` them, else as a new one.
   */
  detach(metric: M, removal: Removal, keeps = false): void {
    const { cells, index } = metric.slot
    const alone = keeps ? this.aloneSlot() : this.createAlone().slot
    if (keeps) alone.cells.set(cells.subarray(index, index + this.count))
    this.leave(metric, alone, removal)
  }

  /** Frees the cells of a removed series; its metric continues in those of another series. */
  leave(metric: M, to: Slot, removal: Removal): void {
    const { store, heap } = this.host
    const from = metric.slot
    const gone = [...(metric.extensions?.() ?? []), { slot: from, count: this.count }]
    this.repoint(metric, to)
    for (const { slot, count } of gone) {
      if (!store.holds(slot.cells)) {
        if (heap.holds(slot.cells)) heap.freeAnnounced(slot, count)
      } else if (removal === 'announced') {
        store.freeAnnounced(slot, count)
      } else if (removal === 'unknown') {
        store.free(slot, count)
      }
    }
  }

  /** Lets a metric continue in the cells of another series, or in its own; it requests all extension cells again. */
  repoint(metric: M, to: Slot): void {
    metric.forgetExtensions?.()
    this.moveTo(metric, to, this.host.heap)
  }

  /** Announces the family, where it is not yet; false where there is no room. */
  prepare(): boolean {
    const { store } = this.host
    if (this.announcedIn !== store && store.announceFamily(this.description)) this.announcedIn = store
    return this.announcedIn === store
  }

  /** The family is announced with its first series, so one that is never used costs a page nothing. */
  private makeRoom(countsDropped = true): Slot | undefined {
    const slot = this.prepare() ? this.host.store.allocate(this.count) : undefined
    if (slot === undefined && countsDropped) this.host.countDropped()
    return slot
  }

  private moveTo(metric: M, slot: Slot, store: Store): boolean {
    const isWhole = metric.moveTo(slot, store)
    this.onMove?.(metric)
    return isWhole
  }

  private aloneSlot(): Slot {
    return { cells: new Float64Array(this.count), index: 0 }
  }
}
