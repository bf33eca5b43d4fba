import type { Labels } from '../snapshot/snapshot.ts'

/** What a series line says, and where in the log its labels stand: `["/","200"]`. */
export interface RawSeries {
  of: number
  at: number
  labelsFrom: number
  /** The same as `labelsFrom` where there are none. */
  labelsEnd: number
}

const beforeOf = '{"of":'
const beforeAt = ',"at":'
const beforeLabels = ',"labels":'
const digitZero = 48
const digitNine = 57
const closingBrace = 125
/** So many digits are always a safe integer. */
const mostDigits = 15

let value = 0

/**
 * Takes the line from `from` to `end` of a log apart when it is spelled as plimsoll spells the line of a series; most lines
 * are, and a parser of JSON takes five times as long. False, with nothing said of what it is, for any other spelling.
 * The labels are JSON only if they parse as JSON.
 */
export function readSeriesLine(log: string, from: number, end: number, into: RawSeries): boolean {
  if (!log.startsWith(beforeOf, from) || log.charCodeAt(end - 1) !== closingBrace) return false
  let at = readNumber(log, from + beforeOf.length)
  if (at === 0 || !log.startsWith(beforeAt, at)) return false
  into.of = value
  at = readNumber(log, at + beforeAt.length)
  if (at === 0) return false
  into.at = value
  const hasLabels = log.startsWith(beforeLabels, at)
  into.labelsFrom = hasLabels ? at + beforeLabels.length : at
  into.labelsEnd = end - 1
  return hasLabels || at === end - 1
}

/** Leaves a whole number that begins at `at` in `value` and gives the place behind it; 0 for anything else. */
function readNumber(log: string, at: number): number {
  let end = at
  value = 0
  for (; end < at + mostDigits; end++) {
    const code = log.charCodeAt(end)
    if (!(code >= digitZero && code <= digitNine)) break
    value = value * 10 + code - digitZero
  }
  const isNumber = end > at && (end === at + 1 || log.charCodeAt(at) !== digitZero)
  return isNumber ? end : 0
}

/**
 * The labels that families with the same label names have, each set kept once. Pages of an app mostly have the same series
 * in the same order, so the set behind the last one that was found is tried first.
 */
export class KnownLabels {
  private readonly texts: string[] = []
  private readonly labels: Labels[] = []
  private readonly byText = new Map<string, number>()

  /** Number of the set that stands in a log, by its bytes; -1 for one that is not known. `near` is tried first. */
  find(log: string, { labelsFrom, labelsEnd }: RawSeries, near: number): number {
    const text = this.texts[near]
    if (text?.length === labelsEnd - labelsFrom && log.startsWith(text, labelsFrom)) return near
    return this.byText.get(log.slice(labelsFrom, labelsEnd)) ?? -1
  }

  /** The labels of that number. */
  at(i: number): Labels {
    return this.labels[i] as Labels
  }

  /** Takes a set that was not known. */
  add(text: string, labels: Labels): void {
    this.byText.set(text, this.labels.length)
    this.texts.push(text)
    this.labels.push(labels)
  }

  /** How many sets there are. */
  get size(): number {
    return this.labels.length
  }

  /** Forgets all sets; their numbers are given anew. */
  clear(): void {
    this.texts.length = 0
    this.labels.length = 0
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
