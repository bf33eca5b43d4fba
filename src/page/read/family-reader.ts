import type { FamilyColumns } from '../../snapshot/columns.ts'
import type { Parts } from '../../snapshot/kinds/parts.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { FamilySnapshot } from '../../snapshot/snapshot.ts'
import type { Chunks } from './chunks.ts'
import { canBeInColumns, HeadColumns } from './head-columns.ts'
import { isSame, type KnownFamily, KnownHeads } from './known-heads.ts'
import type { Heads, PageFamily } from './page-family.ts'
import { type BucketBudget, readFamily, readHead, readOthers, type Series } from './series.ts'

const noHeads: Heads = { labels: [], firsts: [] }

/** Reads a family again and again. */
export class FamilyReader implements KnownFamily {
  readonly family: PageFamily
  values: Float64Array = new Float64Array()
  /** Whether its series are nothing but the cells of their heads, and so stay the same until one of these changes. */
  readonly isTimeless: boolean
  last: FamilySnapshot
  wasRead = false
  private series: Series[] = []
  private columns: HeadColumns | undefined

  constructor(family: PageFamily) {
    const { heads, kind, evicted, head } = family
    this.family = family
    this.isTimeless = heads !== undefined && evicted.length === 0 && rowOf(kind).isTimeless?.(family) === true
    this.last = head.withSeries([])
  }

  /** As a whole, and without a memory of it: of many pages there is no other read. */
  read(chunks: Chunks, at: ReadTime, parts: Parts, budget: BucketBudget): FamilySnapshot {
    this.wasRead = true
    return readFamily(this.family, chunks, at, parts, budget)
  }

  /** In columns where its series can be; valid until the next read. */
  readColumns(chunks: Chunks, at: ReadTime, parts: Parts, budget: BucketBudget): FamilySnapshot | FamilyColumns {
    const { family } = this
    const { heads } = family
    if (heads === undefined || !canBeInColumns(family)) return readFamily(family, chunks, at, parts, budget)
    const others: Series[] = []
    readOthers(family, at, parts, budget, others)
    this.columns ??= new HeadColumns(family, heads)
    this.columns.update(chunks, others, at, parts)
    return this.columns
  }

  /** What is timeless, once it has changed: series that have not are the same objects as in the last read. */
  readChanged(chunks: Chunks, at: ReadTime, parts: Parts): FamilySnapshot {
    this.series = this.changed(chunks, at, parts)
    this.last = this.family.head.withSeries(this.series)
    return this.last
  }

  private changed(chunks: Chunks, at: ReadTime, parts: Parts): Series[] {
    const { family, values } = this
    const { heads = noHeads, headCells: count } = family
    const series = this.series.length > 0 ? this.series.slice() : new Array<Series>(heads.firsts.length)
    for (let i = 0, from = 0; from < values.length; i++, from += count) {
      const { cells, index } = chunks.slotAt(heads.firsts[i] as number, count)
      let hasChanged = false
      for (let n = 0; n < count; n++) {
        const value = cells[index + n] as number
        if (isSame(value, values[from + n] as number)) continue
        values[from + n] = value
        hasChanged = true
      }
      if (hasChanged) series[i] = readHead(family, heads.labels[i] ?? {}, cells, index, at, parts)
    }
    return series
  }
}

/** Reads the families of a plan: of those that are timeless only what has changed since the last read. */
export class FamilyReaders {
  private readonly readers: readonly FamilyReader[]
  private readonly timeless: readonly FamilyReader[]
  /** Of each reader that is timeless, which one of all it is. */
  private readonly places: number[] = []
  private readonly others: number[] = []
  private known: KnownHeads | undefined
  private last: FamilySnapshot[]

  constructor(readers: readonly FamilyReader[]) {
    this.readers = readers
    this.timeless = readers.filter(({ isTimeless }) => isTimeless)
    for (const [i, { isTimeless }] of readers.entries()) (isTimeless ? this.places : this.others).push(i)
    this.last = readers.map(({ last }) => last)
  }

  readColumns(
    chunks: Chunks,
    at: ReadTime,
    parts: Parts,
    budget: BucketBudget,
  ): readonly (FamilySnapshot | FamilyColumns)[] {
    return this.readers.map((reader) => reader.readColumns(chunks, at, parts, budget))
  }

  read(chunks: Chunks, at: ReadTime, parts: Parts, budget: BucketBudget): FamilySnapshot[] {
    const { readers, timeless, places } = this
    if (!readers.some(({ wasRead }) => wasRead)) return readers.map((reader) => reader.read(chunks, at, parts, budget))
    this.known ??= new KnownHeads(timeless, chunks)
    const families = this.last.slice()
    this.known.eachChanged((i) => {
      families[places[i] as number] = (timeless[i] as FamilyReader).readChanged(chunks, at, parts)
    })
    for (const i of this.others) families[i] = (readers[i] as FamilyReader).read(chunks, at, parts, budget)
    this.last = families
    return families
  }
}
