import type { Labels } from '../../snapshot/snapshot.ts'
import { lineFeed } from '../log.ts'

/** What a series line says, and where in the log it has its labels, `["/","200"]`, and its end. */
export interface RawSeries {
  of: number
  at: number
  labelsFrom: number
  /** Where its line feed is; known once the labels are. */
  end: number
  /** Of the labels; known after {@link readLabels}. */
  hash: number
}

const beforeOf = Buffer.from('{"of":')
const beforeAt = Buffer.from(',"at":')
const beforeLabels = Buffer.from(',"labels":')
const digitZero = 48
const digitNine = 57
const closingBrace = 125
/** So many digits are always a safe integer. */
const maxDigits = 15

let value = 0

/**
 * Takes the line that begins at `from` apart, as far as its labels, when it is spelled as plimsoll spells the line of a series
 * with labels; most lines are, and a parser of JSON takes ten times as long. False, with nothing said of what it is, for any
 * other line.
 */
export function readSeriesLine(log: Uint8Array, from: number, into: RawSeries): boolean {
  if (!standsAt(log, from, beforeOf)) return false
  let at = readNumber(log, from + beforeOf.length)
  if (at === 0 || !standsAt(log, at, beforeAt)) return false
  into.of = value
  at = readNumber(log, at + beforeAt.length)
  if (at === 0 || !standsAt(log, at, beforeLabels)) return false
  into.at = value
  into.labelsFrom = at + beforeLabels.length
  return true
}

/**
 * Finds the end of a line and makes a hash of its labels (FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/); false where
 * the line does not end behind them.
 */
export function readLabels(log: Uint8Array, into: RawSeries): boolean {
  let hash = 0x811c9dc5
  let end = into.labelsFrom
  for (; end < log.length && log[end] !== lineFeed; end++) hash = Math.imul(hash ^ (log[end] as number), 0x01000193)
  into.end = end
  into.hash = hash ^ (hash >>> 15)
  return end < log.length && log[end - 1] === closingBrace
}

/** Whether these bytes stand at `at`. */
function standsAt(log: Uint8Array, at: number, bytes: Uint8Array, first = 0, length = bytes.length): boolean {
  if (log.length - at < length) return false
  for (let i = 0; i < length; i++) if (log[at + i] !== bytes[first + i]) return false
  return true
}

/** Leaves a whole number that begins at `at` in `value` and gives the place behind it; 0 for anything else. */
function readNumber(log: Uint8Array, at: number): number {
  const last = Math.min(log.length, at + maxDigits)
  let end = at
  value = 0
  for (; end < last; end++) {
    const code = log[end] as number
    if (!(code >= digitZero && code <= digitNine)) break
    value = value * 10 + code - digitZero
  }
  const isNumber = end > at && (end === at + 1 || log[at] !== digitZero)
  return isNumber ? end : 0
}

const minTableSize = 64
/** Labels whose hashes were made equal on purpose are parsed again each time, so that no reader has to wait. */
const maxProbes = 16

/**
 * The labels that families with the same label names have, each set kept once. Pages of an app mostly have the same series,
 * often in the same order; so the set behind the last one that was found is tried first, and the others are found by the
 * bytes that stand in the log, without a text for each line.
 */
export class KnownLabels {
  /** All sets as they stand in logs, one behind the other. */
  private bytes = Buffer.alloc(0)
  /** Where each of them begins; the last is where the next one will. */
  private starts = [0]
  private labels: Labels[] = []
  private hashes: number[] = []
  /** By hash, in the first free place from there on: number of a set + 1. */
  private table = new Int32Array(minTableSize)

  /** Whether that set stands where a line has its labels, and ends the line. Reads no more than its bytes. */
  standsIn(log: Uint8Array, raw: RawSeries, i: number): boolean {
    if (i >= this.labels.length) return false
    const start = this.starts[i] as number
    const length = (this.starts[i + 1] as number) - start
    const last = raw.labelsFrom + length
    raw.end = last + 1
    const ends = raw.end < log.length && log[raw.end] === lineFeed && log[last] === closingBrace
    return ends && standsAt(log, raw.labelsFrom, this.bytes, start, length)
  }

  /** Number of the set that stands in a line, of which {@link readLabels} knows the end; -1 for one that is not known. */
  find(log: Uint8Array, raw: RawSeries): number {
    const { end } = raw
    for (let probe = 0; probe < maxProbes; probe++) {
      const i = (this.table[(raw.hash + probe) & (this.table.length - 1)] as number) - 1
      if (i === -1) break
      if (this.hashes[i] === raw.hash && this.standsIn(log, raw, i)) return i
    }
    raw.end = end
    return -1
  }

  /** The labels of that number. */
  at(i: number): Labels {
    return this.labels[i] as Labels
  }

  /** Takes the set that stands in a line, which was not known. */
  add(log: Buffer, { labelsFrom, end, hash }: RawSeries, labels: Labels): void {
    const start = this.starts[this.labels.length] as number
    const next = start + end - 1 - labelsFrom
    if (next > this.bytes.length) this.bytes = Buffer.concat([this.bytes], 2 * next)
    log.copy(this.bytes, start, labelsFrom, end - 1)
    this.starts.push(next)
    this.labels.push(labels)
    this.hashes.push(hash)
    if (this.labels.length * 2 <= this.table.length) {
      this.enter(this.labels.length - 1)
    } else {
      this.table = new Int32Array(this.table.length * 2)
      for (let i = 0; i < this.labels.length; i++) this.enter(i)
    }
  }

  /** How many sets there are. */
  get size(): number {
    return this.labels.length
  }

  /** Forgets all sets; their numbers are assigned again. */
  clear(): void {
    this.bytes = Buffer.alloc(0)
    this.starts = [0]
    this.labels = []
    this.hashes = []
    this.table = new Int32Array(minTableSize)
  }

  /** A set for which there is no place near its hash is found only where it is tried first. */
  private enter(i: number): void {
    for (let probe = 0; probe < maxProbes; probe++) {
      const place = ((this.hashes[i] as number) + probe) & (this.table.length - 1)
      if (this.table[place] !== 0) continue
      this.table[place] = i + 1
      return
    }
  }
}

/**
 * The labels of pages that have mostly the same ones. It grows until {@link forget}, which does no harm: later pages have
 * label objects of their own then.
 */
export class LabelSets {
  private readonly byNames = new Map<string, KnownLabels>()

  /** The sets of families with these label names, that are sparse or not. */
  of(labelNames: readonly string[], sparse = false): KnownLabels {
    const key = `${sparse} ${labelNames.join()}`
    let known = this.byNames.get(key)
    if (known === undefined) {
      known = new KnownLabels()
      this.byNames.set(key, known)
    }
    return known
  }

  /** How many sets there are in all. */
  get size(): number {
    let size = 0
    for (const known of this.byNames.values()) size += known.size
    return size
  }

  /** Starts again, also for pages that stay open. */
  forget(): void {
    for (const known of this.byNames.values()) known.clear()
  }
}
