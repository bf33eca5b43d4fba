import type { SeriesLayout } from '../../snapshot/kinds/row.ts'
import { type FamilyHead, rowOf } from '../../snapshot/kinds/rows.ts'
import type { Labels } from '../../snapshot/snapshot.ts'
import type { Slot } from '../../snapshot/store.ts'
import type { PageSeries } from './extension-cells.ts'
import type { LabelReading } from './series-labels.ts'

/** A family of a page. */
export interface PageFamily extends SeriesLayout, LabelReading {
  /** What does not change of its snapshots. */
  readonly head: FamilyHead
  /** How many cells the head of a series has. */
  readonly headCells: number
  /** Whether its series have buckets. */
  readonly hasBuckets: boolean
  /** Its series, where they never have more than a head, until something is removed from the page. */
  heads: Heads | undefined
  /** Its series otherwise. */
  series: PageSeries[]
  /** Those that stand for what was removed; readers show them as one. */
  evicted: PageSeries[]
  /** How many series are left out, as their labels are too long. */
  leftOut: number
  /** Another number once it has got or lost a series, or cells of one. */
  version: number
}

/**
 * Series of which there is no more to know than their labels and where they begin. In columns: with an object for each, a
 * first read of a fleet takes a quarter more time, and a page that shares its labels five times the memory.
 */
export interface Heads {
  readonly labels: Labels[]
  /** Numbers of their first cells. */
  readonly firsts: number[]
}

/** For all series without one: a list for each would be a fifth of the memory. */
const noOctaves: PageSeries['octaves'] = []

/** A series that has no extension cells yet. */
export function newSeries(labels: Labels, { cells, index }: Slot): PageSeries {
  return { labels, cells, index, octaves: noOctaves, recent: undefined, exemplars: undefined }
}

/** Whether a copy of the head is all that its series are read from; that of a text or a state may have to be copied again. */
export function hasHeadsOnly(layout: SeriesLayout): boolean {
  return !mayExtend(layout) && rowOf(layout.kind).isConsistent === undefined
}

/** Whether its series may have extension cells. */
export function mayExtend(layout: SeriesLayout): boolean {
  return (rowOf(layout.kind).extensions?.(layout) ?? []).length > 0
}
