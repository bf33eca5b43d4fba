import { maxBuckets, maxBucketsPerCell, minBuckets, octaveCells, type SeriesCells } from '../../snapshot/kinds/cells.ts'
import { readEvicted } from '../../snapshot/kinds/evict-series.ts'
import type { Parts } from '../../snapshot/kinds/parts.ts'
import type { SeriesLayout } from '../../snapshot/kinds/row.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { DistributionSeries, FamilySnapshot, Labels } from '../../snapshot/snapshot.ts'
import type { Chunks } from './chunks.ts'
import type { PageSeries } from './extension-cells.ts'
import type { KnownCounts } from './known-counts.ts'
import type { Heads, PageFamily } from './page-family.ts'

/** How many buckets may still be made at full resolution; counted down. */
export interface BucketBudget {
  buckets: number
}

// One for all: each is read before the next.
const source: { -readonly [Key in keyof SeriesCells]: SeriesCells[Key] } = {
  labels: {},
  cells: new Float64Array(),
  index: 0,
  octaves: [],
}

export type Series = FamilySnapshot['series'][number]

/** A family of a page as plain data, from the reader's copy of its cells. */
export function readFamily(
  family: PageFamily,
  chunks: Chunks,
  at: ReadTime,
  parts: Parts,
  budget: BucketBudget,
  counts: KnownCounts | undefined,
): FamilySnapshot {
  const series = family.heads === undefined ? [] : readHeads(family, family.heads, chunks, at, parts)
  readOthers(family, at, parts, budget, series, counts)
  return family.head.withSeries(series)
}

/** Adds the series of a family that have more than a head. */
export function readOthers(
  family: PageFamily,
  at: ReadTime,
  parts: Parts,
  budget: BucketBudget,
  series: Series[],
  counts: KnownCounts | undefined,
): void {
  const { layout } = family
  const row = rowOf(layout.kind)
  if (counts !== undefined) {
    for (let i = 0; i < family.series.length; i++) {
      const one = row.read(layout, counts.sourceOf(i), at, parts) as DistributionSeries
      counts.note(i, one)
      series.push(one)
    }
    return
  }
  const hasBuckets = parts.recentBuckets && family.hasBuckets
  for (const one of family.series) {
    series.push(hasBuckets ? readBuckets(family, [one], at, parts, budget) : row.read(layout, one, at, parts))
  }
  if (family.evicted.length > 0) {
    const runs = family.evicted as [PageSeries, ...PageSeries[]]
    series.push(hasBuckets ? readBuckets(family, runs, at, parts, budget) : readEvicted(layout, runs, at, parts))
  }
}

function readHeads(
  family: PageFamily,
  { labels, firsts }: Heads,
  chunks: Chunks,
  at: ReadTime,
  parts: Parts,
): Series[] {
  const series = new Array<Series>(labels.length)
  for (let i = 0; i < labels.length; i++) {
    const { cells, index } = chunks.slotAt(firsts[i] as number, family.headCells)
    series[i] = readHead(family.layout, labels[i] as Labels, cells, index, at, parts)
  }
  return series
}

/** A series that has no more than a head, which begins at `index`. */
export function readHead(
  layout: SeriesLayout,
  labels: Labels,
  cells: Float64Array,
  index: number,
  at: ReadTime,
  parts: Parts,
): Series {
  source.labels = labels
  source.cells = cells
  source.index = index
  return rowOf(layout.kind).read(layout, source, at, parts)
}

function readBuckets(
  family: PageFamily,
  runs: readonly [PageSeries, ...PageSeries[]],
  at: ReadTime,
  parts: Parts,
  budget: BucketBudget,
): Series {
  const octaves = runs.reduce((sum, one) => sum + one.octaves.length, 0)
  const few = Math.max(minBuckets, maxBucketsPerCell * octaveCells * octaves)
  const isFree = budget.buckets > 0
  const max = isFree ? maxBuckets : Math.min(maxBuckets, few)
  // A quarter still has room for four times the buckets of octaves that are no further apart than they must be.
  const distribution = readEvicted(family.layout, runs, at, parts, max, isFree ? max : max / 4) as DistributionSeries
  if (family.layout.bounds === undefined) budget.buckets -= bucketsOf(distribution)
  return distribution
}

function bucketsOf({ buckets, recent }: DistributionSeries): number {
  const windows = (recent?.['1m']?.buckets.counts.length ?? 0) + (recent?.['5m']?.buckets.counts.length ?? 0)
  return buckets.counts.length + windows
}
