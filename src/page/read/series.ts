import { maxBuckets, maxBucketsPerCell, minBuckets, octaveCells, type SeriesCells } from '../../snapshot/kinds/cells.ts'
import { readEvicted } from '../../snapshot/kinds/evict-series.ts'
import { familyOf, rowOf } from '../../snapshot/kinds/rows.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { DistributionSeries, FamilySnapshot, Labels } from '../../snapshot/snapshot.ts'
import type { Slot } from '../../snapshot/store.ts'
import type { Chunks } from './chunks.ts'
import type { PageSeries } from './extension-cells.ts'
import type { Heads, PageFamily } from './page-family.ts'

/** How many buckets may still be made at full resolution; counted down. */
export interface BucketBudget {
  buckets: number
}

const noCells: Slot = { cells: new Float64Array(), index: 0 }

type Series = FamilySnapshot['series'][number]

/** A family of a page as plain data, from the reader's copy of its cells. */
export function readFamily(family: PageFamily, chunks: Chunks, at: ReadTime, budget: BucketBudget): FamilySnapshot {
  const row = rowOf(family.kind)
  const hasBuckets = row.extensions?.(family).includes('recent') === true
  const series = family.heads === undefined ? [] : readHeads(family, family.heads, chunks, at)
  for (const one of family.series) {
    series.push(hasBuckets ? readBuckets(family, [one], at, budget) : row.read(family, one, at))
  }
  const [evicted, ...others] = family.evicted
  if (evicted !== undefined) {
    const runs = [evicted, ...others] as const
    series.push(hasBuckets ? readBuckets(family, runs, at, budget) : readEvicted(family, runs, at))
  }
  return familyOf(family, series)
}

function readHeads(family: PageFamily, { labels, firsts }: Heads, chunks: Chunks, at: ReadTime): Series[] {
  const series = new Array<Series>(labels.length)
  // One for all: each is read before the next.
  const source: { -readonly [Key in keyof SeriesCells]: SeriesCells[Key] } = { labels: {}, ...noCells, octaves: [] }
  const row = rowOf(family.kind)
  const count = row.cells(family)
  for (let i = 0; i < labels.length; i++) {
    const { cells, index } = chunks.slotAt(firsts[i] as number, count)
    source.labels = labels[i] as Labels
    source.cells = cells
    source.index = index
    series[i] = row.read(family, source, at)
  }
  return series
}

function readBuckets(
  family: PageFamily,
  runs: readonly [PageSeries, ...PageSeries[]],
  at: ReadTime,
  budget: BucketBudget,
): Series {
  const octaves = runs.reduce((sum, one) => sum + one.octaves.length, 0)
  const few = Math.max(minBuckets, maxBucketsPerCell * octaveCells * octaves)
  const isFree = budget.buckets > 0
  const max = isFree ? maxBuckets : Math.min(maxBuckets, few)
  // A quarter still has room for four times the buckets of octaves that are no further apart than they must be.
  const distribution = readEvicted(family, runs, at, max, isFree ? max : max / 4) as DistributionSeries
  if (family.bounds === undefined) budget.buckets -= bucketsOf(distribution)
  return distribution
}

function bucketsOf({ buckets, recent }: DistributionSeries): number {
  const windows = (recent?.['1m']?.buckets.counts.length ?? 0) + (recent?.['5m']?.buckets.counts.length ?? 0)
  return buckets.counts.length + windows
}
