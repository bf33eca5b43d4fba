import type { ReadTime } from '../read-time.ts'
import type { FamilySnapshot, Kind, Labels } from '../snapshot.ts'
import type { Slot } from '../store.ts'
import { type Octave, octaveCells, type SeriesCells } from './cells.ts'
import { addCountCells } from './evict-cells.ts'
import { joinedOctaves } from './in-cells.ts'
import type { Parts } from './parts.ts'
import type { SeriesLayout } from './row.ts'
import { rowOf } from './rows.ts'

/** Labels of the one series that takes all updates past the limit of a family. */
export const overflowLabels: Labels = { overflow: 'true' }
/** Labels of what those series counted that are gone because they were idle for too long. */
export const evictedLabels: Labels = { evicted: 'true' }

/** Whether series of this kind leave totals behind when they are removed. */
export function hasTotals(kind: Kind): boolean {
  return rowOf(kind).totals !== undefined
}

/** Makes the head of a fresh series one that has the totals of removed ones, and no present. */
export function beginEvicted({ kind }: SeriesLayout, slot: Slot): void {
  rowOf(kind).totals?.beginEvicted?.(slot)
}

/** Adds to the head of an evicted series the totals in that of another one, up to `end`. */
export function evictHead(layout: SeriesLayout, into: Slot, from: Slot, end: number): void {
  rowOf(layout.kind).totals?.evict(layout, into, from, end)
}

/** Adds the counts of one octave to those of another. */
export function evictOctave(into: Slot, from: Slot): void {
  addCountCells(into, from, 0, octaveCells)
}

/**
 * One series as plain data from several that stand for one: the first is in use and has all that is of the moment, the
 * others only have totals.
 */
export function readEvicted(
  layout: SeriesLayout,
  [first, ...others]: readonly [SeriesCells, ...SeriesCells[]],
  at: ReadTime,
  parts: Parts,
  maxBuckets?: number,
  maxRecent?: number,
): FamilySnapshot['series'][number] {
  const row = rowOf(layout.kind)
  const inUse = row.read(layout, first, at, parts, maxBuckets, maxRecent)
  if (others.length === 0) return inUse
  const { labels, cells, index } = first
  const sum = { cells: cells.slice(index, index + row.cells(layout)), index: 0 }
  const octaves: (Octave | undefined)[] = [...first.octaves]
  for (const other of others) {
    row.totals?.evict(layout, sum, other, at.end)
    octaves.push(...other.octaves)
  }
  const all = parts.inCells ? joinedOctaves(octaves) : octaves
  const total: object = row.read(layout, { labels, ...sum, octaves: all }, at, parts, maxBuckets)
  // What came lately did not come to those that are gone.
  const { window: _, ...adding } = total as { window?: unknown }
  return { ...inUse, ...adding } as typeof inUse
}
