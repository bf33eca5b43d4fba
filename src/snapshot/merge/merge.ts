import { checkSnapshots } from '../check-snapshot.ts'
import { type ColumnSnapshot, cumulativeColumns, type FamilyColumns, isInColumns } from '../columns.ts'
import { rowOf } from '../kinds/rows.ts'
import { isAlive } from '../page-state.ts'
import type { Conflict, FamilySnapshot, Labels, PageInfo, Snapshot } from '../snapshot.ts'
import { cumulativeFamily } from '../totals.ts'
import { MergedFamily } from './merged-family.ts'
import { type Owned, ownedFamily } from './owner.ts'
import { isByProcess, processLabel, withProcessLabels } from './process-label.ts'
import { isBefore, type Rank, rankOf } from './rank.ts'
import { SeriesIndex } from './series-index.ts'
import { limitSeries } from './series-limit.ts'

/**
 * Several snapshots as one: counters, meters, averages, distributions and the time spent in states add up, gauges join as
 * their `aggregation` says, equal texts and infos count their processes and different ones stand side by side.
 *
 * - `takenAt` is the latest; pages stand one after the other. No snapshots give an empty one, taken at 0.
 * - Families join when name, kind, unit and, where there are some, aggregation, states and the window of an average agree,
 *   and both have exponential buckets or both explicit ones; explicit bounds that differ join on those that both have. Where
 *   one of these differs, adding up would be wrong: the definition of living processes owns the name, of these, or where
 *   none lives, that of the newest; other definitions are in `conflicts`, added up by themselves.
 * - `help` and the order of labels are those of the newest; where label names differ, the family has them all.
 * - Series join by label values, texts by label values and text. Distributions add bucket by bucket, at the lowest scale
 *   among those that have values.
 * - No family has more series than each process may have of it (`maxSeries` of its declaration); further ones are added up in
 *   its series `overflow`, those of processes that are gone first. Texts, infos and gauges of the aggregation `process` have no
 *   limit.
 * - What is about the present says nothing when its processes are gone. When a snapshot has pages and none is live, its
 *   gauges, texts and infos are left out, and so are rates, recent windows, the last value, windows of averages and present
 *   states. Every merged gauge, text and info says in `processes` how many are in it; a `mean` is weighted by that.
 * - Gauges of the aggregation `process` do not join: those of a snapshot of one page get the label `process`, `<pid>-<tid>`.
 *
 * Merging is commutative but for the order of pages and series, up to float rounding, and associative where no definitions
 * conflict. The inputs are not changed; the result may share parts with them. Cost: linear in the number of series.
 */
export function mergeSnapshots(snapshots: readonly Snapshot[]): Snapshot {
  checkSnapshots('mergeSnapshots()', snapshots)
  return new Merger().merge(snapshots)
}

/** Each definition by itself, as an archive keeps them: {@link Merger.endApart}. */
export function mergeApart(snapshots: readonly Snapshot[]): Snapshot {
  const merger = new Merger()
  for (const snapshot of snapshots) merger.add(snapshot)
  return merger.endApart()
}

/** What an archive has, as that of one page. */
export function ofOnePage(snapshot: Snapshot, page: PageInfo): Snapshot {
  const { conflicts, ...sum } = snapshot
  const pages = [page]
  return { ...sum, pages, ...(conflicts && { conflicts: conflicts.map(({ family }) => ({ family, pages })) }) }
}

/**
 * Merges the snapshots of the same sources again and again, as {@link mergeSnapshots} does, and remembers which series of
 * which page belong together: where a page gives the same label objects as last time, a series costs an addition.
 */
export class Merger {
  /** For each name, one for each definition of that name. */
  private readonly indexes = new Map<string, SeriesIndex[]>()

  private byName = new Map<string, MergedFamily[]>()
  /** The pages of each source. */
  private pagesOf = new Map<unknown, readonly PageInfo[]>()
  private pages: PageInfo[] = []
  private takenAt = 0
  private added = 0

  /** All as one. Series keep their order from merge to merge. */
  merge(snapshots: readonly ColumnSnapshot[]): Snapshot {
    for (const snapshot of snapshots) this.add(snapshot)
    return this.end()
  }

  /**
   * Takes one more snapshot: each may go before the next is made, so that many pages cost no more memory than one.
   * `isPresent`: what is about the present counts even if its processes are gone.
   */
  add({ pages, takenAt, families, conflicts = [] }: ColumnSnapshot, isPresent = false): void {
    const source = pages[0]?.file ?? this.added
    this.added++
    this.takenAt = Math.max(this.takenAt, takenAt)
    for (const page of pages) this.pages.push(page)
    const rank = rankOf(pages)
    this.addPart(families, pages, isPresent, source, rank)
    for (const [i, { family, pages: its }] of conflicts.entries()) {
      const own = rankOf(its)
      // What owns the name there goes on to own it.
      this.addPart([family], its, isPresent, `${source} ${i}`, isBefore(own, rank) ? rank : own)
    }
  }

  /** What was added since the last call, as one; `limit`: whether a family has no more series than it declares. */
  end(limit = true): Snapshot {
    return this.finish(false, limit)
  }

  /** The same with each definition by itself, other bounds included, and with the start of its newest process: for archives. */
  endApart(): Snapshot {
    return this.finish(true, false)
  }

  private finish(apart: boolean, limit: boolean): Snapshot {
    const { byName, pages, pagesOf, takenAt } = this
    this.byName = new Map()
    this.pagesOf = new Map()
    this.pages = []
    this.takenAt = 0
    this.added = 0
    for (const name of this.indexes.keys()) if (!byName.has(name)) this.indexes.delete(name)
    const families: FamilySnapshot[] = []
    const conflicts: Conflict[] = []
    for (const name of [...byName.keys()].sort()) {
      const merged = byName.get(name) ?? []
      const owned = this.endName(name, merged, apart, pagesOf)
      const [only] = merged.length === 1 ? merged : []
      families.push(limit ? limitSeries(owned.family, () => only?.livingSeries ?? []) : owned.family)
      conflicts.push(...owned.conflicts)
    }
    return { version: 1, takenAt, pages, families, ...(conflicts.length > 0 && { conflicts }) }
  }

  private addPart(
    families: ColumnSnapshot['families'],
    pages: readonly PageInfo[],
    isPresent: boolean,
    source: unknown,
    rank: Rank,
  ): void {
    const known = this.pagesOf.get(source)
    this.pagesOf.set(source, known === undefined ? pages : [...known, ...pages])
    for (const one of countingFamilies(families, pages, isPresent)) {
      const [family, columns] = isInColumns(one) ? [one.family, one] : [one]
      const { startedAt } = family
      this.join(family, columns, source, startedAt === undefined ? rank : { ...rank, startedAt })
    }
  }

  /** Adds the series to the families they fit; a family of mixed bounds ends up as one for each list of bounds. */
  private join(family: FamilySnapshot, columns: FamilyColumns | undefined, source: unknown, rank: Rank): void {
    const known = getOrMake(this.byName, family.name)
    const traits = rowOf(family.kind).traits?.(family)
    let next = 0
    do {
      const fitting = known.find((merged) => merged.fits(family, traits, next))
      const target = fitting ?? new MergedFamily(family, traits, rank, this.indexOf(family.name, known.length))
      if (fitting === undefined) known.push(target)
      if (columns !== undefined) target.addColumns(columns, source, rank)
      next = target.add(family, next, source, rank)
    } while (next < family.series.length)
  }

  private indexOf(name: string, i: number): SeriesIndex {
    const all = getOrMake(this.indexes, name)
    const index = all[i] ?? new SeriesIndex()
    all[i] = index
    return index
  }

  /** The family of a name. An index that is mostly empty is rebuilt at the next merge. */
  private endName(
    name: string,
    merged: readonly MergedFamily[],
    apart: boolean,
    pagesOf: ReadonlyMap<unknown, readonly PageInfo[]>,
  ): Owned {
    const owned = ownedFamily(merged, apart, (source) => pagesOf.get(source) ?? [])
    const all = getOrMake(this.indexes, name)
    all.length = merged.length
    for (const [i, { index, count }] of merged.entries()) {
      if (index.size > 2 * count + fewSeries) all[i] = new SeriesIndex()
      else index.endMerge()
    }
    return owned
  }
}

const fewSeries = 100

/** What counts of a snapshot: all of it when one of its processes lives. */
function countingFamilies(
  families: ColumnSnapshot['families'],
  pages: readonly PageInfo[],
  isPresent: boolean,
): ColumnSnapshot['families'] {
  const [page] = pages
  const present = isPresent || pages.length === 0 || pages.some(isAlive)
  const lasting = present ? families : families.map(cumulative).filter((family) => family !== undefined)
  if (pages.length !== 1 || page === undefined) return lasting
  const process = `${page.pid}-${page.tid}`
  // Those that an earlier merge has named keep their process.
  const processOf = (labels: Labels) => (Object.hasOwn(labels, processLabel) ? undefined : process)
  return lasting.map((family) => (isByProcess(family) ? withProcessLabels(family, processOf) : family))
}

function cumulative(family: FamilySnapshot | FamilyColumns): FamilySnapshot | FamilyColumns | undefined {
  return isInColumns(family) ? cumulativeColumns(family) : cumulativeFamily(family)
}

function getOrMake<T>(lists: Map<string, T[]>, name: string): T[] {
  let list = lists.get(name)
  if (list === undefined) {
    list = []
    lists.set(name, list)
  }
  return list
}
