import type { Parts } from '../../snapshot/kinds/parts.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { FamilySnapshot } from '../../snapshot/snapshot.ts'
import type { Chunks } from './chunks.ts'
import type { Heads, PageFamily } from './page-family.ts'
import { type BucketBudget, readFamily, readHead, type Series } from './series.ts'

/**
 * Reads a family again and again. Series that are nothing but the cells of their heads stay the same objects until one of
 * these changes, and so does the snapshot of the family: most of a page is as it was a second ago.
 */
export class FamilyReader {
  private readonly family: PageFamily
  private last: FamilySnapshot | undefined
  private known: KnownHeads | undefined

  constructor(family: PageFamily) {
    this.family = family
  }

  read(chunks: Chunks, at: ReadTime, parts: Parts, budget: BucketBudget): FamilySnapshot {
    const { family, last } = this
    const { heads, kind, evicted } = family
    const isTimeless = heads !== undefined && evicted.length === 0 && rowOf(kind).isTimeless?.(family) === true
    if (!isTimeless) return readFamily(family, chunks, at, parts, budget)
    // Not at the first read: of many pages there is no other.
    if (last !== undefined) this.known ??= new KnownHeads(family, heads, chunks)
    if (this.known?.update(at, parts) === false && last !== undefined) return last
    this.last =
      this.known === undefined
        ? readFamily(family, chunks, at, parts, budget)
        : family.head.withSeries(this.known.series)
    return this.last
  }
}

/** Where the heads of a family are, what was in their cells at the last read, and the series that these are. */
class KnownHeads {
  series: readonly Series[] = []
  private readonly family: PageFamily
  private readonly heads: Heads
  private readonly cells: Float64Array[] = []
  private readonly indexes: number[] = []
  /** The cells of all heads, one behind the other. */
  private readonly values: Float64Array

  constructor(family: PageFamily, heads: Heads, chunks: Chunks) {
    this.family = family
    this.heads = heads
    for (const first of heads.firsts) {
      const { cells, index } = chunks.slotAt(first, family.headCells)
      this.cells.push(cells)
      this.indexes.push(index)
    }
    // What no head has, so that the first update takes all of them.
    this.values = new Float64Array(heads.firsts.length * family.headCells).fill(Number.NaN)
  }

  /** Takes what has changed; false where nothing has. */
  update(at: ReadTime, parts: Parts): boolean {
    const { cells, indexes, values, heads, family } = this
    const { headCells: count } = family
    let series: Series[] | undefined
    for (let i = 0, from = 0; i < indexes.length; i++, from += count) {
      const own = cells[i] as Float64Array
      const index = indexes[i] as number
      let isSame = true
      for (let n = 0; n < count; n++) {
        const value = own[index + n] as number
        // 0 and -0 are equal, and not the same. What is no number is taken each time.
        if (value === values[from + n] && (value !== 0 || Object.is(value, values[from + n]))) continue
        values[from + n] = value
        isSame = false
      }
      if (isSame) continue
      series ??= [...this.series]
      series[i] = readHead(family, heads.labels[i] ?? {}, own, index, at, parts)
    }
    if (series === undefined) return false
    this.series = series
    return true
  }
}
