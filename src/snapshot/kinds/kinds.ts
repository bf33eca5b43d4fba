import type { ReadTime } from '../read-time.ts'
import type { FamilySnapshot, GaugeSeries } from '../snapshot.ts'
import type { FamilyDescription, Slot } from '../store.ts'
import { averageCells, readAverage } from './average.ts'
import { counterCells, explicitCells, exponentialHeadCells, maxBuckets, type SeriesParts } from './cells.ts'
import { readCounter } from './counter.ts'
import { gaugeCells, readGauge } from './gauge.ts'
import { readHistogram } from './histogram.ts'
import { meterCells, readMeter } from './meter.ts'
import { isStintWhole, readState, stateCells } from './state.ts'
import { readText, textAt, textCells } from './text.ts'
import { readTimer, timerCells } from './timer.ts'

/** What decides how the cells of a family's series lie. */
export type SeriesLayout = Omit<FamilyDescription, 'id'>

/** Whether something of its series depends on time, and so needs ticks. */
export function isTimed({ kind, extremes, over, recent }: SeriesLayout): boolean {
  if (kind === 'gauge') return extremes === true
  if (kind === 'average') return over !== undefined && 'seconds' in over
  if (kind === 'histogram') return recent !== false
  return kind === 'meter' || kind === 'timer' || kind === 'state'
}

/** How many cells the head of a series has. What it has besides comes in parts. */
export function headCells(family: SeriesLayout): number {
  switch (family.kind) {
    case 'counter':
    case 'info':
      return counterCells
    case 'gauge':
      return gaugeCells(family)
    case 'meter':
      return meterCells
    case 'histogram':
      return bucketsHead(family)
    case 'timer':
      return bucketsHead(family) + timerCells
    case 'average':
      return averageCells(family.over)
    case 'state':
      return stateCells(family.states ?? [])
    case 'text':
      return textCells(family.capacity ?? 0)
    default:
      return family.kind satisfies never
  }
}

function bucketsHead({ bounds }: SeriesLayout): number {
  return bounds === undefined ? exponentialHeadCells : explicitCells(bounds.length)
}

/**
 * Whether a reader's copy of a series is whole. If not, the writer was changing it in that instant: it is to be copied anew.
 * Kinds of which any mix of old and new is harmless are always whole.
 */
export function isWhole(family: SeriesLayout, slot: Slot): boolean {
  if (family.kind === 'text') return textAt(slot, family.capacity ?? 0) !== undefined
  return family.kind !== 'state' || isStintWhole(slot)
}

/** The snapshot of a family with these series, which are of its kind. */
export function familyOf(family: SeriesLayout, series: readonly unknown[]): FamilySnapshot {
  const { name, kind, unit, help, labelNames, aggregation, type, removeAtZero, over, states } = family
  const head = { name, kind, unit, help, labelNames }
  let snapshot: object
  switch (kind) {
    case 'gauge': {
      // No writer sets NaN or an infinity, and unlike a count, a damaged gauge is not 0.
      const isShown = ({ value }: GaugeSeries): boolean =>
        Number.isFinite(value) && (value !== 0 || removeAtZero !== true)
      const shown = (series as readonly GaugeSeries[]).filter(isShown)
      snapshot = {
        ...head,
        aggregation: aggregation ?? 'sum',
        ...(type && type !== 'float' && { type }),
        series: shown,
      }
      break
    }
    case 'average':
      snapshot = { ...head, ...(over && { over }), series }
      break
    case 'state':
      snapshot = { ...head, states: states ?? [], series }
      break
    default:
      snapshot = { ...head, series }
  }
  return snapshot as FamilySnapshot
}

/** A series as plain data, from its cells. At most `most` exponential buckets, and `maxRecent` in each recent window. */
export function readSeries(
  family: SeriesLayout,
  parts: SeriesParts,
  at: ReadTime,
  most: number = maxBuckets,
  maxRecent: number = most,
): FamilySnapshot['series'][number] {
  const { labels, cells, index } = parts
  switch (family.kind) {
    case 'counter':
      return readCounter(parts)
    case 'gauge':
      return readGauge(family, labels, parts, at)
    case 'meter':
      return readMeter(labels, parts, at)
    case 'histogram':
      return readHistogram(parts, family.bounds, at.end, most, maxRecent)
    case 'timer':
      return readTimer(
        readHistogram(parts, family.bounds, at.end, most, maxRecent),
        cells,
        index + bucketsHead(family),
        at,
      )
    case 'average':
      return readAverage(family.over, labels, parts, at)
    case 'state':
      return readState(labels, parts, family.states ?? [], at)
    case 'text':
      return readText(labels, parts, family.capacity ?? 0)
    case 'info':
      return { labels }
    default:
      return family.kind satisfies never
  }
}
