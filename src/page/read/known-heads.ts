import type { Parts } from '../../snapshot/kinds/parts.ts'
import type { FamilyHead } from '../../snapshot/kinds/rows.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { FamilySnapshot, Labels } from '../../snapshot/snapshot.ts'
import type { Chunks } from './chunks.ts'
import type { PageFamily } from './page-family.ts'
import { readHead, type Series } from './series.ts'

/** A family of heads whose series stay the same while their cells do, and the rows in which it is known. */
export interface KnownFamily {
  readonly family: PageFamily
  known: { readonly rows: KnownHeads; readonly owner: number } | undefined
}

/**
 * Reads families again, and makes new objects only for what has changed, as most of a page is as it was a second ago. Objects of
 * many pages lie all over the memory, and looking at each would miss the cache. So the cells of all families are copied into one
 * array, and their series into another, and cells that follow each other in the page are compared in one run.
 */
export class KnownHeads {
  private readonly heads: readonly FamilyHead[]
  /** How many cells a series of each family has. */
  private readonly sizes: readonly number[]
  private readonly values: Float64Array
  private readonly last: FamilySnapshot[] = []
  private readonly labels: Labels[] = []
  private readonly series: (Series | undefined)[]
  /** By their places in the row: series that are not shown. */
  private readonly hidden = new Set<number>()
  /** Of each family, the places of its first series and of its first cell; those behind the last one follow. */
  private readonly firsts: number[] = [0]
  private readonly begins: number[] = [0]
  /** Of each run, where it is in the page. */
  private readonly cells: Float64Array[] = []
  private readonly starts: number[] = []
  /** Of each run, the place in the row where it ends, and which family it is of. */
  private readonly ends: number[] = []
  private readonly owners: number[] = []

  constructor(known: readonly KnownFamily[], chunks: Chunks) {
    this.heads = known.map(({ family }) => family.head)
    this.sizes = known.map(({ family }) => family.headCells)
    this.values = new Float64Array(known.reduce((sum, { family }) => sum + sizeOf(family), 0))
    this.series = new Array(known.reduce((sum, { family }) => sum + (family.heads?.labels.length ?? 0), 0))
    // What was never read has changed.
    this.values.fill(Number.NaN)
    for (const [owner, one] of known.entries()) this.addFamily(one, owner, chunks)
  }

  /** All families as they are now. */
  read(at: ReadTime, parts: Parts): readonly FamilySnapshot[] {
    const { ends, owners } = this
    const changed: number[] = []
    for (let run = 0; run < ends.length; run++) {
      const owner = owners[run] as number
      this.compare(run, ends[run - 1] ?? 0, changed)
      if (changed.length === 0 || owners[run + 1] === owner) continue
      this.readFamily(owner, changed, at, parts)
      changed.length = 0
    }
    return this.last
  }

  /** Takes the cells of a run, and adds the numbers of the series that have changed. */
  private compare(run: number, from: number, changed: number[]): void {
    const { values } = this
    const own = this.cells[run] as Float64Array
    const end = this.ends[run] as number
    const shift = (this.starts[run] as number) - from
    for (let at = from; at < end; at++) {
      if (isSame(own[at + shift] as number, values[at] as number)) continue
      const owner = this.owners[run] as number
      const size = this.sizes[owner] as number
      const begin = this.begins[owner] as number
      const number = Math.floor((at - begin) / size)
      const next = begin + (number + 1) * size
      for (; at < next; at++) values[at] = own[at + shift] as number
      at = next - 1
      changed.push(number)
    }
  }

  private readFamily(owner: number, changed: readonly number[], at: ReadTime, parts: Parts): void {
    const { series, labels, hidden } = this
    const head = this.heads[owner] as FamilyHead
    const size = this.sizes[owner] as number
    const first = this.firsts[owner] as number
    const begin = this.begins[owner] as number
    for (const i of changed) {
      const place = first + i
      const one = readHead(head.layout, labels[place] as Labels, this.values, begin + i * size, at, parts)
      series[place] = one
      if (!head.isShown(one)) hidden.add(place)
      else if (hidden.size > 0) hidden.delete(place)
    }
    const all = series.slice(first, this.firsts[owner + 1])
    // To look at each series once more takes longer than all else here.
    this.last[owner] = hidden.size === 0 ? head.withShown(all) : head.withSeries(all)
  }

  /** With what was known of it before. */
  private addFamily(one: KnownFamily, owner: number, chunks: Chunks): void {
    const { family, known } = one
    const first = this.firsts[owner] as number
    const begin = this.begins[owner] as number
    const { labels } = family.heads ?? { labels: [] }
    for (const each of labels) this.labels.push(each)
    this.firsts.push(first + labels.length)
    this.begins.push(begin + sizeOf(family))
    this.addRuns(family, owner, begin, chunks)
    if (known !== undefined) this.takeOver(known, first, begin)
    this.last.push(known?.rows.last[known.owner] ?? family.head.withSeries([]))
    one.known = { rows: this, owner }
  }

  private takeOver({ rows, owner }: NonNullable<KnownFamily['known']>, first: number, begin: number): void {
    this.values.set(rows.values.subarray(rows.begins[owner], rows.begins[owner + 1]), begin)
    const from = rows.firsts[owner] as number
    for (let i = from; i < (rows.firsts[owner + 1] as number); i++) {
      this.series[first + i - from] = rows.series[i]
      if (rows.hidden.has(i)) this.hidden.add(first + i - from)
    }
  }

  private addRuns({ heads, headCells: count }: PageFamily, owner: number, from: number, chunks: Chunks): void {
    const firsts = heads?.firsts ?? []
    let at = from
    for (let i = 0; i < firsts.length; ) {
      const first = firsts[i] as number
      const { cells, index } = chunks.slotAt(first, count)
      const room = cells.length - index
      let size = 0
      while (firsts[i] === first + size && size + count <= room) {
        size += count
        i++
      }
      at += size
      this.cells.push(cells)
      this.starts.push(index)
      this.ends.push(at)
      this.owners.push(owner)
    }
  }
}

function sizeOf({ heads, headCells }: PageFamily): number {
  return (heads?.firsts.length ?? 0) * headCells
}

/** Whether a cell has not changed. 0 and -0 differ here, and NaN counts as changed in each read. */
function isSame(value: number, known: number): boolean {
  return value === known && (value !== 0 || Object.is(value, known))
}
