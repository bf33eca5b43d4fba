import type { Aggregation, Kind } from './snapshot.ts'

/** A run of neighbouring cells: `cells[index]`, `cells[index + 1]`, … */
export interface Slot {
  readonly cells: Float64Array
  readonly index: number
}

/** All that readers must know of a family before its series make sense. */
export interface FamilyDescription {
  /** Number of the family in its registry, from 0. */
  readonly id: number
  readonly name: string
  readonly kind: Kind
  readonly unit: string
  readonly help: string
  readonly labelNames: readonly string[]
  /** Gauges only. */
  readonly aggregation?: Aggregation
  /** Upper bounds of explicit buckets; absent for exponential ones. */
  readonly bounds?: readonly number[]
}

/** The label values of a series in declared order, or `overflow` for the one that takes what is past the limit. */
export type SeriesKey = readonly string[] | 'overflow'

/**
 * Where cells live: on the heap, or in a page. A store says when it has no room; it never throws.
 * Announcing is for readers outside, after the cells are filled: a store on the heap has none.
 */
export interface Store {
  /** Reserves `count` neighbouring cells, all zero; `undefined` when there is no room. */
  allocate(count: number): Slot | undefined
  /** Takes back what was just allocated and could not be announced, zero again. */
  giveBack(slot: Slot, count: number): void
  /** Whether these cells are this store's own. */
  holds(cells: Float64Array): boolean
  /** Like all announcements: false when there is no room for it. */
  announceFamily(family: FamilyDescription): boolean
  announceSeries(family: FamilyDescription, slot: Slot, key: SeriesKey): boolean
  announceOctave(series: Slot, exponent: number, octave: Slot): boolean
}
