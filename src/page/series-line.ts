import type { Labels } from '../snapshot/snapshot.ts'

/** What a series line says, and where in the log its labels stand: `["/","200"]`. */
export interface RawSeries {
  of: number
  at: number
  labelsFrom: number
  /** The same as `labelsFrom` where there are none. */
  labelsEnd: number
}

const beforeOf = Buffer.from('{"of":')
const beforeAt = Buffer.from(',"at":')
const beforeLabels = Buffer.from(',"labels":')
const digitZero = 48
const digitNine = 57
const closingBrace = 125
/** So many digits are always a safe integer. */
const mostDigits = 15

let value = 0

/**
 * Takes the line from `from` to `end` of a log apart when it is spelled as plimsoll spells the line of a series; most lines
 * are, and a parser of JSON takes ten times as long. False, with nothing said of what it is, for any other spelling.
 * The labels are JSON only if they parse as JSON.
 */
export function readSeriesLine(log: Uint8Array, from: number, end: number, into: RawSeries): boolean {
  const last = end - 1
  if (!standsAt(log, from, last, beforeOf) || log[last] !== closingBrace) return false
  let at = readNumber(log, from + beforeOf.length, last)
  if (at === 0 || !standsAt(log, at, last, beforeAt)) return false
  into.of = value
  at = readNumber(log, at + beforeAt.length, last)
  if (at === 0) return false
  into.at = value
  const hasLabels = standsAt(log, at, last, beforeLabels)
  into.labelsFrom = hasLabels ? at + beforeLabels.length : at
  into.labelsEnd = last
  return hasLabels || at === last
}

/** Whether these bytes stand at `at`, before `end`. */
function standsAt(
  log: Uint8Array,
  at: number,
  end: number,
  bytes: Uint8Array,
  first = 0,
  length = bytes.length,
): boolean {
  if (end - at < length) return false
  for (let i = 0; i < length; i++) if (log[at + i] !== bytes[first + i]) return false
  return true
}

/** Leaves a whole number that begins at `at` in `value` and gives the place behind it; 0 for anything else. */
function readNumber(log: Uint8Array, at: number, most: number): number {
  const last = Math.min(most, at + mostDigits)
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

/**
 * The labels that families with the same label names have, each set kept once. Pages of an app mostly have the same series
 * in the same order, so the set behind the last one that was found is tried first.
 */
export class KnownLabels {
  /** All sets as they stand in logs, one behind the other. */
  private bytes = Buffer.alloc(0)
  /** Where each of them begins; the last is where the next one will. */
  private starts = [0]
  private labels: Labels[] = []
  private readonly byText = new Map<string, number>()

  /** Number of the set that stands in a log, by its bytes; -1 for one that is not known. `near` is tried first. */
  find(log: Buffer, { labelsFrom, labelsEnd }: RawSeries, near: number): number {
    if (near < this.labels.length) {
      const start = this.starts[near] as number
      const length = (this.starts[near + 1] as number) - start
      const isSame =
        length === labelsEnd - labelsFrom && standsAt(log, labelsFrom, labelsEnd, this.bytes, start, length)
      if (isSame) return near
    }
    return this.byText.get(log.toString('latin1', labelsFrom, labelsEnd)) ?? -1
  }

  /** The labels of that number. */
  at(i: number): Labels {
    return this.labels[i] as Labels
  }

  /** Takes a set that was not known; `text` has a character for each byte. */
  add(text: string, labels: Labels): void {
    const start = this.starts[this.labels.length] as number
    const end = start + text.length
    if (end > this.bytes.length) this.bytes = Buffer.concat([this.bytes], 2 * end)
    this.bytes.write(text, start, 'latin1')
    this.starts.push(end)
    this.byText.set(text, this.labels.length)
    this.labels.push(labels)
  }

  /** How many sets there are. */
  get size(): number {
    return this.labels.length
  }

  /** Forgets all sets; their numbers are given anew. */
  clear(): void {
    this.bytes = Buffer.alloc(0)
    this.starts = [0]
    this.labels = []
    this.byText.clear()
  }
}

/**
 * The labels of pages that have mostly the same ones. It grows until {@link forget}, which does no harm: later pages have
 * label objects of their own then.
 */
export class LabelSets {
  private readonly byNames = new Map<string, KnownLabels>()

  /** The sets of families with these label names. */
  of(labelNames: readonly string[]): KnownLabels {
    const key = labelNames.join()
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

  /** Begins anew, also for pages that stay open. */
  forget(): void {
    for (const known of this.byNames.values()) known.clear()
  }
}
