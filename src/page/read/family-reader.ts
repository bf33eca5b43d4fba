import type { FamilyColumns } from '../../snapshot/columns.ts'
import type { Parts } from '../../snapshot/kinds/parts.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { FamilySnapshot } from '../../snapshot/snapshot.ts'
import type { Fill } from './cell-copies.ts'
import type { Chunks } from './chunks.ts'
import { canBeInColumns, HeadColumns } from './head-columns.ts'
import { canBeKnown, KnownCounts } from './known-counts.ts'
import type { KnownFamily, KnownHeads } from './known-heads.ts'
import type { PageFamily } from './page-family.ts'
import { type BucketBudget, readFamily, readOthers, type Series } from './series.ts'
import type { SharedHeads } from './shared-heads.ts'

/** Reads a family again and again. */
export class FamilyReader implements KnownFamily {
  readonly family: PageFamily
  known: KnownFamily['known']
  /** Whether its series are nothing but the cells of their heads, and so stay the same until one of these changes. */
  readonly isTimeless: boolean
  wasRead = false
  /** Where reads of its plan can do with what was counted before. */
  readonly counts: KnownCounts | undefined
  private columns: HeadColumns | undefined

  /** `parts`: what its plan reads of it; `before`: what read it until it got or lost cells. */
  constructor(family: PageFamily, parts: Parts, chunks: Chunks, before?: FamilyReader) {
    const { heads, layout, evicted } = family
    this.family = family
    this.isTimeless = heads !== undefined && evicted.length === 0 && rowOf(layout.kind).isTimeless?.(layout) === true
    this.counts = canBeKnown(family, parts) ? new KnownCounts(family, parts, chunks, before?.counts) : undefined
  }

  /** As a whole, and without a memory of it: of many pages there is no other read. */
  read(chunks: Chunks, at: ReadTime, parts: Parts, budget: BucketBudget): FamilySnapshot {
    this.wasRead = true
    return readFamily(this.family, chunks, at, parts, budget, this.counts)
  }

  /** In columns where its series can be; valid until the next read. */
  readColumns(chunks: Chunks, at: ReadTime, parts: Parts, budget: BucketBudget): FamilySnapshot | FamilyColumns {
    const { family } = this
    const { heads } = family
    if (heads === undefined || !canBeInColumns(family)) return this.read(chunks, at, parts, budget)
    const others: Series[] = []
    readOthers(family, at, parts, budget, others, undefined)
    this.columns ??= new HeadColumns(family, heads)
    this.columns.update(chunks, others, at, parts)
    return this.columns
  }
}

/** Reads the families of a plan: of those that are timeless only what has changed since the last read. */
export class FamilyReaders {
  private readonly readers: readonly FamilyReader[]
  private readonly shared: SharedHeads
  private readonly counts: readonly KnownCounts[]
  /** How many cells the octaves have that need not be copied in each read. */
  readonly octaveCells: number
  private known: KnownHeads | undefined

  constructor(readers: readonly FamilyReader[], shared: SharedHeads) {
    this.readers = readers
    this.shared = shared
    this.counts = readers.flatMap(({ counts }) => counts ?? [])
    this.octaveCells = this.counts.reduce((sum, { octaveCells }) => sum + octaveCells, 0)
  }

  /** Whether something may be known of distributions without a look at their buckets. */
  get haveCounts(): boolean {
    return this.readers.some(({ counts, wasRead }) => counts !== undefined && wasRead)
  }

  /** Finds the series whose heads have changed, so that their octaves have to be copied; returns how many they are. */
  findStale(now: number): number {
    let stale = 0
    for (const counts of this.counts) stale += counts.findStale(now)
    return stale
  }

  /** Copies the octaves of the series that were found. */
  copyStale(fill: Fill): void {
    for (const counts of this.counts) counts.copyStale(fill)
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
    const { readers } = this
    if (!readers.some(({ wasRead }) => wasRead)) return readers.map((reader) => reader.read(chunks, at, parts, budget))
    this.known ??= this.shared.of(
      readers.filter(({ isTimeless }) => isTimeless),
      parts,
      chunks,
    )
    const known = this.known.read(at, parts)
    let next = 0
    return readers.map((reader) =>
      reader.isTimeless ? (known[next++] as FamilySnapshot) : reader.read(chunks, at, parts, budget),
    )
  }
}
