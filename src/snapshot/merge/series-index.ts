import type { FamilySnapshot, Labels } from '../snapshot.ts'

/** Where the series of one family of one source are in the sum. */
export interface SourceSeries {
  readonly labels: Labels[]
  readonly texts: (string | undefined)[]
  readonly positions: number[]
  /** Whether this merge had series of the source. */
  isUsed: boolean
}

/** Series that stand for others have one of these labels instead of those of their family. */
const marks = ['overflow', 'evicted']

/**
 * Gives series that belong together the same number: those with the same label values and, for kinds of which several may
 * have the same labels, the same text. It remembers what it gave to each source: where a reader gives the same label
 * objects again, no key is computed at the second merge.
 */
export class SeriesIndex {
  /** All label names that were ever seen. */
  private names: string[] = []
  private readonly labels: Labels[] = []
  private readonly texts: (string | undefined)[] = []
  private byKey = new Map<string, number>()
  /** Pages that are read together may share label objects. */
  private readonly byLabels = new Map<Labels, number>()
  private readonly bySource = new Map<unknown, SourceSeries>()

  /** How many numbers were given. */
  get size(): number {
    return this.labels.length
  }

  /** What is known of the series of a family of this source; to be called before its series are looked up. */
  of(source: unknown, { labelNames }: FamilySnapshot): SourceSeries {
    this.accept(labelNames)
    let known = this.bySource.get(source)
    if (known === undefined) {
      known = { labels: [], texts: [], positions: [], isUsed: true }
      this.bySource.set(source, known)
    }
    known.isUsed = true
    return known
  }

  /** The number of series `i` of a family. */
  find(known: SourceSeries, i: number, labels: Labels, text: string | undefined): number {
    if (known.labels[i] === labels && known.texts[i] === text) return known.positions[i] as number
    const number = (text === undefined ? this.byLabels.get(labels) : undefined) ?? this.lookUp(labels, text)
    known.labels[i] = labels
    // For most kinds of metric, no text is ever kept.
    if (known.texts[i] !== text) known.texts[i] = text
    known.positions[i] = number
    return number
  }

  private lookUp(labels: Labels, text: string | undefined): number {
    const key = keyOf(labels, this.names, text)
    const known = this.byKey.get(key)
    if (known !== undefined) return known
    const number = this.labels.length
    this.byKey.set(key, number)
    this.labels.push(labels)
    this.texts.push(text)
    if (text === undefined) this.byLabels.set(labels, number)
    return number
  }

  /** What this merge has had series of. */
  *usedSources(): Iterable<unknown> {
    for (const [source, { isUsed }] of this.bySource) if (isUsed) yield source
  }

  /** Ends a merge: what had no series in it is forgotten. */
  endMerge(): void {
    for (const [source, known] of this.bySource) {
      if (!known.isUsed) this.bySource.delete(source)
      known.isUsed = false
    }
  }

  private accept(labelNames: readonly string[]): void {
    const added = labelNames.filter((name) => !this.names.includes(name))
    if (added.length === 0) return
    this.names = [...this.names, ...added]
    this.byKey = new Map(this.labels.map((labels, i) => [keyOf(labels, this.names, this.texts[i]), i]))
  }
}

/**
 * One text for the label values in the order of `names`. Each value stands behind its length, so no two sets of values
 * share a text, whatever is in them. A label that a series lacks is `-`; a series that stands for others has a mark in
 * front, as it may have other labels that were put on it since, such as the app.
 */
function keyOf(labels: Labels, names: readonly string[], text = ''): string {
  let key = ''
  for (const mark of marks) if (typeof labels[mark] === 'string' && !names.includes(mark)) key += `${mark} `
  for (let i = 0; i < names.length; i++) {
    const value = labels[names[i] as string]
    // A label may be named like a method of Object.prototype, so anything but text is a label that is not there.
    if (typeof value === 'string') {
      key += `${value.length}:${value}`
    } else {
      key += '-'
    }
  }
  return key + text
}
