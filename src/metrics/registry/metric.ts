import type { Clock } from '../../clock.ts'
import type { Parts } from '../../snapshot/kinds/parts.ts'
import type { Tick } from '../../snapshot/kinds/rates.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { Labels, PageInfo } from '../../snapshot/snapshot.ts'
import type { Extension, Slot, Store } from '../../snapshot/store.ts'
import type { ExtensionCells } from './extension-cells.ts'
import type { Owner } from './owner.ts'
import type { RejectionHost } from './rejections.ts'

/** What a family requires of its metrics. */
export interface Metric {
  /** @internal Where the head of the series is. */
  readonly slot: Slot
  /** @internal The series as plain data. */
  readSeries(labels: Labels, at: ReadTime, parts: Parts): unknown
  /** @internal Continues in other cells, to which the head was copied; false when extension cells had no room and stay behind. */
  moveTo(slot: Slot, store: Store): boolean
  /** @internal Brings up to date what depends on time; called every few seconds. Kinds that have nothing such lack it. */
  tick?(time: Tick): void
  /** @internal Whether it is in use although nothing is recorded. Kinds that never are lack it. */
  readonly isInUse?: boolean
  /** @internal The extension cells of the series. Kinds without any lack this and the next two members. */
  extensions?(): Iterable<ExtensionCells>
  /** @internal Continues without its extension cells, and requests them again. */
  forgetExtensions?(): void
  /** @internal Extension cells, allocated where missing, for others that record into this series; `undefined` without room. */
  extensionFor?(extension: Extension): Slot | undefined
  /** @internal Whether it was used since the last call. Kinds whose cells show that lack it. */
  takeUse?(): boolean
  /** @internal Revives a series that was removed because it was idle, or returns the series that has its labels now. */
  revive?: (() => Metric) | undefined
}

/** How one kind of metric is made, and how its use is seen. */
export interface MetricKind<M extends Metric> {
  make(slot: Slot, owner: Owner): M
  /** A number that changes with each record. Default: the first cell. */
  activity?(metric: M): number
}

/** The registry, as its families see it. */
export interface FamilyHost extends RejectionHost {
  readonly clock: Clock
  /** Where cells are now. */
  readonly store: Store
  /** Takes what the store has no room for; readers outside do not see it. */
  readonly heap: Store
  /** Now, for reading. */
  presentTime(): ReadTime
  countOverflowed(family: string): void
  /** Series were removed with all that they counted: that one, or all of the family. */
  noteCleared(family: string, labels?: Labels): void
  countDropped(): void
  countFailed(family: string, reason: 'observer' | 'callback'): void
  /** Sees to it that families are ticked. */
  needTicks(): void
  /** Series were removed; where the page is mostly about such, another one takes its place. */
  renewPage(): void
}

/** The page that a registry is in. */
export interface RegistryPage {
  describe(): PageInfo
  /** Puts another page in its place when it is mostly about series that are gone. */
  renew(): void
}
