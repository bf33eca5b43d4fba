import type { SeriesLayout } from '../../snapshot/kinds/row.ts'
import { type FamilyHead, rowOf } from '../../snapshot/kinds/rows.ts'
import type { Labels } from '../../snapshot/snapshot.ts'
import type { Slot } from '../../snapshot/store.ts'
import type { PageSeries } from './extension-cells.ts'
import type { LabelReading } from './series-labels.ts'

/** A family of a page. All are made with the same properties, which V8 finds several times as fast as those of different objects. */
export interface PageFamily extends LabelReading {
  readonly layout: SeriesLayout
  /** What does not change of its snapshots. */
  readonly head: FamilyHead
  /** How many cells the head of a series has. */
  readonly headCells: number
  /** Whether its series have buckets. */
  readonly hasBuckets: boolean
  /** Its series, where they never have more than a head; `undefined` for other families. */
  heads: Heads | undefined
  /** Its series otherwise; empty for a family of heads. */
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

/** In the place of a head that is gone. */
export const noCell = -1

/**
 * The heads that are left, in new lists: who keeps a list knows by that that series are gone. Calls `move` for those that have
 * another place than before.
 */
export function withoutGone({ labels, firsts }: Heads, move: (first: number, place: number) => void): Heads {
  const left: Heads = { labels: [], firsts: [] }
  for (const [i, first] of firsts.entries()) {
    if (first === noCell) continue
    const place = left.firsts.length
    if (place < i) move(first, place)
    left.labels.push(labels[i] as Labels)
    left.firsts.push(first)
  }
  return left
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
