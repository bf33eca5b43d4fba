import { PlimsollError } from '../errors.ts'
import type { FamilyDescription, Part } from '../snapshot/store.ts'

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
}

/** Announces a part of the series at `at`, which begins at the file's float64 number `cells`. */
export type PartLine = Part & {
  readonly at: number
  readonly cells: number
}

/** Who writes a page. */
export interface WriterLine {
  readonly pid: number
  readonly tid: number
  readonly app: string
  readonly host: string
  /** Unix time in seconds. */
  readonly startedAt: number
  /** Versions of what writes: of plimsoll and of Node. */
  readonly plimsoll: string
  readonly node: string
}

export type LogLine = FamilyLine | SeriesLine | PartLine

/** One line of the log as bytes, line feed included. */
export function encodeLine(line: LogLine): Uint8Array {
  return Buffer.from(`${JSON.stringify(line)}\n`)
}

/** A line of a log as its reader finds it. */
export interface ParsedLine {
  readonly line: Readonly<Record<string, unknown>>
  /** Byte of the log behind its line feed. */
  readonly end: number
}

/**
 * The complete lines at the beginning of a part of a log, each parsed when it is asked for. Throws PLIMSOLL_PAGE_DAMAGED
 * for what is no JSON object, and when there is no complete line at all; what the keys mean is the reader's to check.
 */
export function* parseLines(bytes: Buffer, file: string, firstByte: number): Iterable<ParsedLine> {
  const found = `no line feed in ${bytes.length} bytes`
  if (!bytes.includes(10)) throw damaged(file, `byte ${firstByte} of the log`, found, 'a complete line')
  let from = 0
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, from)) {
    const where = `byte ${firstByte + from} of the log`
    const line = parseLine(bytes.toString('utf8', from, end), file, where)
    from = end + 1
    yield { line, end: firstByte + from }
  }
}

/** A page whose bytes contradict the format. */
export function damaged(file: string, where: string, found: string, expected: string): PlimsollError {
  return new PlimsollError('PLIMSOLL_PAGE_DAMAGED', { file, where, found, expected })
}

function parseLine(text: string, file: string, where: string): Readonly<Record<string, unknown>> {
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
