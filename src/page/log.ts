import { PlimsollError } from '../errors.ts'
import type { Aggregation } from '../snapshot/snapshot.ts'

/** Announces a family: its cells follow in series lines. */
export interface FamilyLine {
  readonly family: number
  readonly name: string
  readonly kind: string
  readonly unit?: string
  readonly help?: string
  readonly labels?: readonly string[]
  readonly aggregation?: Aggregation
  readonly bounds?: readonly number[]
}

/** Announces a series of family `of`, whose first cell is the file's float64 number `at`. */
export interface SeriesLine {
  readonly of: number
  readonly at: number
  readonly labels?: readonly string[]
  readonly overflow?: true
}

/** Announces the buckets (2^octave, 2^(octave+1)] of the series at `at`: 32 cells from float64 number `cells` on. */
export interface OctaveLine {
  readonly octave: number
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

export type LogLine = FamilyLine | SeriesLine | OctaveLine

/** One line of the log as bytes, line feed included. */
export function encodeLine(line: LogLine): Uint8Array {
  return Buffer.from(`${JSON.stringify(line)}\n`)
}

/**
 * The lines of a part of a log. Throws PLIMSOLL_PAGE_DAMAGED for what is no JSON object or does not end in a line feed;
 * what the keys mean is the reader's to check.
 */
export function parseLines(
  bytes: Buffer,
  file: string,
  firstByte: number,
): readonly Readonly<Record<string, unknown>>[] {
  const lines: Readonly<Record<string, unknown>>[] = []
  let from = 0
  while (from < bytes.length) {
    const end = bytes.indexOf(10, from)
    const where = `byte ${firstByte + from} of the log`
    if (end === -1) throw damaged(file, where, 'no line feed at its end', 'complete lines')
    lines.push(parseLine(bytes.toString('utf8', from, end), file, where))
    from = end + 1
  }
  return lines
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
