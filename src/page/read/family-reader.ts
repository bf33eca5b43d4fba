import type { Parts } from '../../snapshot/kinds/parts.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { FamilySnapshot } from '../../snapshot/snapshot.ts'
import type { Chunks } from './chunks.ts'
import { isSame, type KnownFamily, KnownHeads } from './known-heads.ts'
import type { Heads, PageFamily } from './page-family.ts'
import { type BucketBudget, readFamily, readHead, type Series } from './series.ts'

const noHeads: Heads = { labels: [], firsts: [] }

/** Reads a family again and again. */
export class FamilyReader implements KnownFamily {
  readonly family: PageFamily
  values: Float64Array = new Float64Array()
  /** Whether its series are nothing but the cells of their heads, and so stay the same until one of these changes. */
  readonly isTimeless: boolean
  last: FamilySnapshot
  private series: Series[] = []

  constructor(family: PageFamily) {
    const { heads, kind, evicted, head } = family
    this.family = family
    this.isTimeless = heads !== undefined && evicted.length === 0 && rowOf(kind).isTimeless?.(family) === true
    this.last = head.withSeries([])
  }

  /** What is timeless is read by {@link readChanged}, once it has changed. */
  read(chunks: Chunks, at: ReadTime, parts: Parts, budget: BucketBudget): FamilySnapshot {
    return readFamily(this.family, chunks, at, parts, budget)
  }

  /** Series that have not changed are the same objects as in the last read. */
  readChanged(chunks: Chunks, at: ReadTime, parts: Parts): FamilySnapshot {
    const { family, values } = this
    const { head, heads = noHeads, headCells: count } = family
    const series = this.series.slice()
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
    this.series = series
    this.last = head.withSeries(series)
    return this.last
  }
}

/** Reads the families of a plan: of those that are timeless only what has changed since the last read. */
export class FamilyReaders {
  private readonly readers: readonly FamilyReader[]
  private readonly timeless: readonly FamilyReader[]
  private readonly known: KnownHeads
  /** Of each reader that is timeless, which one of all it is. */
  private readonly places: number[] = []
  private readonly others: number[] = []
  private last: FamilySnapshot[]

  constructor(readers: readonly FamilyReader[], chunks: Chunks) {
    this.readers = readers
    this.timeless = readers.filter(({ isTimeless }) => isTimeless)
    this.known = new KnownHeads(this.timeless, chunks)
    for (const [i, { isTimeless }] of readers.entries()) (isTimeless ? this.places : this.others).push(i)
    this.last = readers.map(({ last }) => last)
  }

  read(chunks: Chunks, at: ReadTime, parts: Parts, budget: BucketBudget): FamilySnapshot[] {
    const { readers, timeless, places } = this
    const families = this.last.slice()
    this.known.eachChanged((i) => {
      families[places[i] as number] = (timeless[i] as FamilyReader).readChanged(chunks, at, parts)
    })
    for (const i of this.others) families[i] = (readers[i] as FamilyReader).read(chunks, at, parts, budget)
    this.last = families
    return families
  }
}
