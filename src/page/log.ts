import { PlimsollError } from '../errors.ts'
import type { PageInfo } from '../snapshot/snapshot.ts'
import type { Cleared, Extension, FamilyDescription } from '../snapshot/store.ts'

/** Announces a family: its cells follow in series lines. What is as by default is left out. */
export interface FamilyLine extends Partial<Omit<FamilyDescription, 'id' | 'labelNames' | 'name' | 'kind'>> {
  readonly family: number
  readonly name: string
  readonly kind: string
  readonly labels?: readonly string[]
}

/** Announces a series of family `of`, whose first cell is the file's float64 number `at`. */
export interface SeriesLine {
  readonly of: number
  readonly at: number
  readonly labels?: readonly string[]
  readonly overflow?: true
  readonly evicted?: true
}

/** Takes away the series whose first cells have these numbers, and families with all their series. */
export interface RemovalLine {
  readonly removed: readonly number[]
  readonly families?: readonly number[]
}

/** A removal names at most so many series, so that its line stays far below the longest one. */
const maxRemovedInLine = 10_000

/** The lines that take away series, by their first cells, and families. */
export function removalLines(series: readonly number[], families: readonly number[]): RemovalLine[] {
  const pieces = Math.max(1, Math.ceil(series.length / maxRemovedInLine))
  return Array.from({ length: pieces }, (_, i) => {
    const removed = series.slice(i * maxRemovedInLine, (i + 1) * maxRemovedInLine)
    return i === 0 && families.length > 0 ? { removed, families } : { removed }
  })
}

/** As an object of its own. Not by spread: that took 10 µs a read. */
export function whoOf(writer: WriterLine): Who {
  const { pid, tid, app, host, container, startedAt, written, worker, labels } = writer
  const who: { -readonly [Key in keyof Who]?: Who[Key] } = { pid, tid, app, host }
  if (container !== undefined) who.container = container
  who.startedAt = startedAt
  if (worker !== undefined) who.worker = worker
  if (written !== undefined) who.written = written
  if (labels !== undefined) who.labels = labels
  return who as Who
}

/** What snapshots contain of the writer of a page, as the page has it. */
type Who = Pick<PageInfo, 'pid' | 'tid' | 'app' | 'host' | 'container' | 'startedAt' | 'worker' | 'written' | 'labels'>

/** Who writes a page. */
export interface WriterLine extends Who {
  /** Versions of what writes: of plimsoll and of Node. */
  readonly plimsoll: string
  readonly node: string
}

export type LogLine = FamilyLine | SeriesLine | RemovalLine | Cleared

/** One line of the log, line feed included; no half surrogate pairs are in it. */
export function encodeLine(line: LogLine): string {
  return `${JSON.stringify(line)}\n`
}

/**
 * The line of extension cells: keys and numbers only. A tick writes one for each series whose windows begin, and
 * `JSON.stringify` would take half of its time.
 */
export function encodeExtension(at: number, extension: Extension, cells: number): string {
  let text = `{"at":${at}`
  for (const key in extension) text += `,"${key}":${extension[key as keyof Extension]}`
  return `${text},"cells":${cells}}\n`
}

/** Ends each line. */
export const lineFeed = 10

/** A page whose bytes contradict the format. */
export function damaged(file: string, where: string, found: string, expected: string): PlimsollError {
  return new PlimsollError('PLIMSOLL_PAGE_DAMAGED', { file, where, found, expected })
}

/** A line of the log. Throws PLIMSOLL_PAGE_DAMAGED for what is no JSON object; what its keys mean is the reader's to check. */
export function parseLine(bytes: Buffer, file: string, firstByte: number): Readonly<Record<string, unknown>> {
  const text = bytes.toString('utf8')
  const where = `byte ${firstByte} of the log`
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw damaged(file, where, text, 'a line of JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw damaged(file, where, text, 'a JSON object')
  }
  return value as Readonly<Record<string, unknown>>
}
