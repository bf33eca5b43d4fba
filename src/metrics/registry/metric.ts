import type { Clock } from '../../clock.ts'
import type { Tick } from '../../snapshot/kinds/rates.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { Labels, PageInfo } from '../../snapshot/snapshot.ts'
import type { Part, Slot, Store } from '../../snapshot/store.ts'
import type { PartCells } from './extension-cells.ts'
import type { Owner } from './owner.ts'
import type { RejectionHost } from './rejections.ts'

/** What a family asks of its metrics. */
export interface Metric {
  /** @internal Where the head of the series is. */
  readonly slot: Slot
  /** @internal The series as plain data. */
  readSeries(labels: Labels, at: ReadTime): unknown
  /** @internal Goes on in other cells, to which the head was copied; false when a part had no room and stays behind. */
  moveTo(slot: Slot, store: Store): boolean
  /** @internal Brings up to date what depends on time; called every few seconds. Kinds that have nothing such lack it. */
  tick?(time: Tick): void
  /** @internal Whether it is in use although nothing is recorded. Kinds that never are lack it. */
  readonly isInUse?: boolean
  /** @internal What the series has besides its head. Kinds that never have anything lack this and the next two. */
  parts?(): Iterable<PartCells>
  /** @internal Goes on without its parts, and asks for them anew. */
  forgetParts?(): void
  /** @internal The cells of a part, made where missing, for others that record into this series; `undefined` where there is no room. */
  partFor?(part: Part): Slot | undefined
  /** @internal Whether it was used since this was asked last. Kinds whose cells tell that lack it. */
  takeUse?(): boolean
  /** @internal What brings its series back, or gives the one that has its labels by now: while it is gone for being idle. */
  comeBack?: (() => Metric) | undefined
}

/** How one kind of metric is made. */
export interface MetricKind<M extends Metric> {
  make(slot: Slot, owner: Owner): M
}

/** What of a family only its registry has to know. */
export interface FamilyLimits {
  readonly maxSeries: number
  /** Seconds. */
  readonly expireAfterSeconds?: number
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
