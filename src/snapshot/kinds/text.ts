import { integer } from '../../options.ts'
import { isCount } from '../amounts.ts'
import { maxCapacity } from '../limits.ts'
import type { Labels, TextFamilySnapshot, TextSeries } from '../snapshot.ts'
import type { Slot } from '../store.ts'
import { processSum } from './info.ts'
import { seriesOptions } from './options.ts'
import type { KindRow, SeriesSum } from './row.ts'
import { bare } from './statistic.ts'

/**
 * Cells of a text. The first one counts how often it was set and selects the valid one of the two buffers after it: setting
 * fills the other one and then stores the count, so a writer that is killed in between leaves the old text. A buffer is the
 * length in bytes, a check sum, and the bytes in UTF-8.
 */
export const setsCell = 0
export const buffersCell: number = setsCell + 1
/** Within a buffer. */
export const lengthCell = 0
export const checkCell: number = lengthCell + 1
export const bytesCell: number = checkCell + 1

/** How many cells one buffer has. */
export function bufferCells(capacity: number): number {
  return bytesCell + Math.ceil(capacity / 8)
}

/** How many cells a text has. */
export function textCells(capacity: number): number {
  return buffersCell + 2 * bufferCells(capacity)
}

/** FNV-1a over 32 bits, http://www.isthe.com/chongo/tech/comp/fnv/, of the length in four bytes and the bytes. */
export function checkSum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ ((bytes.length >>> shift) & 255), 0x01000193)
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * The text whose cells begin at `slot`; empty before it was first set. `undefined` where a reader has met it while it was
 * being set so often that no buffer is consistent: it must be copied again.
 */
export function textAt({ cells, index }: Slot, capacity: number): string | undefined {
  const sets = cells[index + setsCell] as number
  if (sets === 0 || !isCount(sets)) return ''
  const first = sets % 2
  return bufferText(cells, index, first, capacity) ?? bufferText(cells, index, 1 - first, capacity)
}

function bufferText(cells: Float64Array, index: number, buffer: number, capacity: number): string | undefined {
  const at = index + buffersCell + buffer * bufferCells(capacity)
  const length = cells[at + lengthCell] as number
  if (!Number.isInteger(length) || length < 0 || length > capacity) return undefined
  const bytes = new Uint8Array(cells.buffer, cells.byteOffset + 8 * (at + bytesCell), length)
  return checkSum(bytes) === cells[at + checkCell] ? decoder.decode(bytes) : undefined
}

/** The text as plain data; empty where it cannot be read. */
export function readText(labels: Labels, slot: Slot, capacity: number): TextSeries {
  return { labels, value: textAt(slot, capacity) ?? '' }
}

const sum: SeriesSum<TextSeries> = processSum<TextSeries>() as SeriesSum<TextSeries>

export const textRow: KindRow<TextFamilySnapshot> = {
  options: { ...seriesOptions, capacity: integer(8, maxCapacity) },
  defaults: { capacity: 256 },
  statistics: { default: 'value', named: { value: bare(({ value }) => value) } },
  cells: ({ capacity = 0 }) => textCells(capacity),
  isTimed: () => false,
  isConsistent: ({ capacity = 0 }, slot) => textAt(slot, capacity) !== undefined,
  read: ({ capacity = 0 }, source) => readText(source.labels, source, capacity),
  textOf: ({ value }) => value,
  sum: () => sum,
  fields: { value: 'text', processes: 'count?' },
}
