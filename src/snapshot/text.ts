import type { Labels, TextSeries } from './snapshot.ts'
import type { Slot } from './store.ts'

/**
 * Cells of a text. The first one counts how often it was set and says which of the two buffers behind it holds: setting
 * fills the other one and then stores the count. A buffer is the length in bytes, a check sum of these bytes, and the
 * bytes in UTF-8.
 */
export const setsCell = 0
export const buffersCell: number = setsCell + 1
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

/** FNV-1a over 32 bits, http://www.isthe.com/chongo/tech/comp/fnv/ */
export function checkSum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

const decoder = new TextDecoder()

/** The text whose cells begin at `slot`; empty where they hold none. */
export function readText(labels: Labels, { cells, index }: Slot, capacity: number): TextSeries {
  const buffer = index + buffersCell + ((cells[index + setsCell] as number) % 2) * bufferCells(capacity)
  const length = cells[buffer + lengthCell] as number
  if (!(length > 0 && length <= capacity)) return { labels, value: '' }
  const bytes = new Uint8Array(cells.buffer, cells.byteOffset + 8 * (buffer + bytesCell), length)
  return { labels, value: checkSum(bytes) === cells[buffer + checkCell] ? decoder.decode(bytes) : '' }
}
