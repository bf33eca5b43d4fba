import type { FamilyColumns } from '../../snapshot/columns.ts'
import { allParts, type Parts } from '../../snapshot/kinds/parts.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { FamilySnapshot, Labels } from '../../snapshot/snapshot.ts'
import type { Chunks } from './chunks.ts'
import type { Heads, PageFamily } from './page-family.ts'
import type { Series } from './series.ts'

/** A family of heads in columns: what is in its cells, one series behind the other. */
export class HeadColumns implements FamilyColumns {
  family: FamilySnapshot
  readonly count: number
  readonly labels: readonly Labels[]
  private readonly page: PageFamily
  private readonly heads: Heads
  private readonly values: Float64Array
  private readonly row: ReturnType<typeof rowOf>
  private readonly source: { labels: Labels; readonly cells: Float64Array; index: number; readonly octaves: [] }
  private at: ReadTime = { now: 0, end: 0, offset: 0 }
  private parts: Parts = allParts

  constructor(page: PageFamily, heads: Heads) {
    this.family = page.head.withSeries([])
    this.count = heads.firsts.length
    this.labels = heads.labels
    this.page = page
    this.heads = heads
    this.values = new Float64Array(heads.firsts.length * page.headCells)
    this.row = rowOf(page.layout.kind)
    this.source = { labels: {}, cells: this.values, index: 0, octaves: [] }
  }

  /** What was copied of the page now, and the series that have more than a head. */
  update(chunks: Chunks, others: readonly Series[], at: ReadTime, parts: Parts): void {
    const { page, heads, values } = this
    chunks.gather(heads.firsts, page.headCells, values)
    if (others.length > 0 || this.family.series.length > 0) this.family = page.head.withSeries(others)
    this.at = at
    this.parts = parts
  }

  series(i: number): Series | undefined {
    const { page, source } = this
    source.labels = this.labels[i] as Labels
    source.index = i * page.headCells
    const one = this.row.read(page.layout, source, this.at, this.parts)
    return page.head.isShown(one) ? one : undefined
  }
}

/**
 * Whether series of a family may stand in columns: those that join by their labels alone. Gauges by process get a label when
 * they are merged.
 */
export function canBeInColumns({ layout }: PageFamily): boolean {
  const { areAlike, textOf } = rowOf(layout.kind)
  return areAlike === undefined && textOf === undefined && layout.aggregation !== 'process'
}
