import type { Labels } from '../snapshot.ts'

/** Where the series of one family of one source are in the sum. */
export interface SourceSeries {
  readonly labels: Labels[]
  readonly texts: (string | undefined)[]
  readonly positions: number[]
  /** Where those are that it has in columns. */
  list: SeriesList | undefined
  /** Whether this merge had series of the source. */
  isUsed: boolean
}

/** Series in columns, and where each is in the sum. */
export interface SeriesList {
  readonly labels: readonly Labels[]
  /** {@link nowhere} for those that were not looked up yet. */
  readonly positions: Int32Array
}

const nowhere = -1

/**
 * Gives series that belong together the same number: those with the same label values and, for kinds of which several may
 * have the same labels, the same text. It remembers what it gave to each source: where a reader gives the same label
 * objects again, no key is computed at the second merge.
 */
export class SeriesIndex {
  /** Numbers of the label names that were seen. */
  private readonly names = new Map<string, number>()
  private readonly labels: Labels[] = []
  private readonly texts: (string | undefined)[] = []
  private readonly byKey = new Map<string, number>()
  /** Pages that are read together may share label objects. */
  private readonly byLabels = new Map<Labels, number>()
  private readonly bySource = new Map<unknown, SourceSeries>()
  /** That of the source under way, and that of the source before, which mostly has the same series in the same order. */
  private list: SeriesList | undefined
  private listBefore: SeriesList | undefined

  /** How many numbers were given. */
  get size(): number {
    return this.labels.length
  }

  /** What is known of the series of a family of this source; to be called before its series are looked up. */
  of(source: unknown): SourceSeries {
    let known = this.bySource.get(source)
    if (known === undefined) {
      known = { labels: [], texts: [], positions: [], list: undefined, isUsed: true }
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

  /** What is known of the series that a family of this source has in columns: all of it where the list is that of the last merge. */
  listOf(source: unknown, labels: readonly Labels[]): SeriesList {
    const known = this.of(source)
    let { list } = known
    if (list?.labels !== labels || list.positions.length !== labels.length) {
      const positions = new Int32Array(labels.length).fill(nowhere)
      if (list?.labels === labels) positions.set(list.positions)
      list = { labels, positions }
      known.list = list
    }
    this.listBefore = this.list
    this.list = list
    return list
  }

  /** The number of series `i` of the list that was asked for last. */
  findInList({ labels, positions }: SeriesList, i: number): number {
    const known = positions[i] as number
    if (known !== nowhere) return known
    const own = labels[i] as Labels
    // The same list has more labels than positions once it has grown.
    const before = this.listBefore?.labels[i] === own ? (this.listBefore.positions[i] ?? nowhere) : nowhere
    const number = before === nowhere ? (this.byLabels.get(own) ?? this.lookUp(own, undefined)) : before
    positions[i] = number
    return number
  }

  private lookUp(labels: Labels, text: string | undefined): number {
    const key = this.keyOf(labels, text)
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

  /**
   * One text for the labels that a series has, in whatever order: the number of each name, and the value behind its length,
   * so no two sets share a text, whatever is in them. It is as long as the labels, however many names others have.
   */
  private keyOf(labels: Labels, text = ''): string {
    const names = Object.keys(labels)
    // Label names mostly come in the order in which they were first seen.
    for (let i = 1; i < names.length; i++) {
      if (this.numberOf(names[i - 1] as string) < this.numberOf(names[i] as string)) continue
      names.sort((a, b) => this.numberOf(a) - this.numberOf(b))
      break
    }
    let count = 0
    let key = ''
    for (const name of names) {
      const value = labels[name]
      if (typeof value !== 'string') continue
      count++
      key += ` ${this.numberOf(name)}:${value.length}:${value}`
    }
    return `${count}${key} ${text}`
  }

  private numberOf(name: string): number {
    const known = this.names.get(name)
    if (known !== undefined) return known
    this.names.set(name, this.names.size)
    return this.names.size - 1
  }
}
