import type { Aggregation, AverageWindow, NumberType } from './family-traits.ts'
import type { Kind, Labels } from './snapshot.ts'

/** A run of neighbouring cells: `cells[index]`, `cells[index + 1]`, … */
export interface Slot {
  readonly cells: Float64Array
  readonly index: number
}

/** The description of a family that readers need to interpret its series. */
export interface FamilyDescription {
  /** Number of the family in its registry, from 0. */
  readonly id: number
  readonly name: string
  readonly kind: Kind
  readonly unit: string
  readonly help: string
  readonly labelNames: readonly string[]
  /** Whether an empty label value means that the series does not have the label; label names may be added. */
  readonly sparse?: true
  /** Gauges only. */
  readonly aggregation?: Aggregation
  /** Gauges only; absent for `float`. */
  readonly type?: NumberType
  /** Gauges only: whether smallest and largest value over windows are kept. */
  readonly extremes?: true
  /** Gauges only: whether the value is what was added and subtracted, an up-down counter of OpenTelemetry. */
  readonly upDownCounter?: true
  /** Gauges only: whether a series at 0 is not shown. */
  readonly removeAtZero?: true
  /** Histograms and timers: upper bounds of explicit buckets; absent for exponential ones. */
  readonly bounds?: readonly number[]
  /** Histograms and timers: `false` where no recent windows are kept. */
  readonly recent?: false
  /** Counters, histograms and timers: whether exemplars are kept. */
  readonly exemplars?: true
  /** Averages only: what their window is over; absent without one. */
  readonly over?: AverageWindow
  /** States only: all that there are. */
  readonly states?: readonly string[]
  /** Texts only: how many bytes of UTF-8 they have room for. */
  readonly capacity?: number
  /** How many series it has at most; absent for the default. */
  readonly maxSeries?: number
  /** After how many seconds without use a series is removed; absent where none is. */
  readonly expireAfterSeconds?: number
}

/** What the app has removed with all that it counted, so that archives forget it as well: series of a family, or all of them. */
export interface Cleared {
  /** The name of the family. */
  readonly cleared: string
  /** Of one series; absent for all. */
  readonly labels?: Labels
  /** Unix time in seconds. */
  readonly time: number
}

/**
 * The label values of a series in declared order; `overflow` for the one that takes what is past the limit, `evicted` for
 * what those counted that were idle for too long.
 */
export type SeriesKey = readonly string[] | 'overflow' | 'evicted'

/**
 * Extension cells of a series, created when they are first needed:
 * `octave`: exponential buckets of that exponent; `recent`: the heads of the copies that recent windows are computed from;
 * `copies`: those of the octave of that exponent, and of so many octaves with it; `exemplar`: the text of that exemplar.
 */
export type Extension =
  | { readonly octave: number }
  | { readonly recent: true }
  | { readonly copies: number; readonly octaves?: number }
  | { readonly exemplar: number }

/**
 * Where cells live: on the heap, or in a page. A store reports when it has no room; it never throws.
 * Announcing is for readers outside, after the cells are filled: a store on the heap has none.
 */
export interface Store {
  /** Reserves `count` neighbouring cells, all zero; `undefined` when there is no room. */
  allocate(count: number): Slot | undefined
  /** Takes back what was just allocated and could not be announced. */
  free(slot: Slot, count: number): void
  /** Frees cells in any order, after their removal was announced and nothing stores into them. */
  freeAnnounced(slot: Slot, count: number): void
  /** Whether these cells are this store's own. */
  holds(cells: Float64Array): boolean
  /** Like all announcements: false when there is no room for it. */
  announceFamily(family: FamilyDescription): boolean
  announceSeries(family: FamilyDescription, slot: Slot, key: SeriesKey): boolean
  announceExtension(series: Slot, extension: Extension, cells: Slot): boolean
  /**
   * Announces that series are removed with all extension cells, and families with all series; the caller frees the cells.
   * `repeated`: how many lines about them will be announced again.
   */
  announceRemoval(series: readonly Slot[], families?: readonly number[], repeated?: number): boolean
  /** Says what was removed with all that it counted. */
  announceCleared(cleared: Cleared): boolean
  /**
   * Shows readers all that `announce` announces at one instant, when it is over; nothing of it when it returns false.
   * Returns whether it is shown. What is urgent, as it gets rid of series, may use room that is kept for that.
   */
  transaction(announce: () => boolean, isUrgent?: boolean): boolean
}
