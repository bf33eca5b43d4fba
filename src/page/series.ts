import { fewestBuckets, mostBuckets, mostBucketsPerCell, octaveCells } from '../snapshot/cells.ts'
import { familyOf, type ReadTime, readSeries } from '../snapshot/kinds.ts'
import type { DistributionSeries, FamilySnapshot } from '../snapshot/snapshot.ts'
import type { PageFamily } from './descriptors.ts'

/** How many buckets may still be made at full resolution; counted down. */
export interface BucketBudget {
  buckets: number
}

/** A family of a page as plain data, from the reader's copy of its cells. */
export function readFamily(family: PageFamily, at: ReadTime, budget: BucketBudget): FamilySnapshot {
  const hasBuckets = family.kind === 'histogram' || family.kind === 'timer'
  const series = family.series.map((one) => {
    if (!hasBuckets) return readSeries(family, one, at)
    const few = Math.max(fewestBuckets, mostBucketsPerCell * octaveCells * one.octaves.length)
    const isFree = budget.buckets > 0
    const most = isFree ? mostBuckets : Math.min(mostBuckets, few)
    // A quarter still has room for four times the buckets of octaves that are no further apart than they must be.
    const distribution = readSeries(family, one, at, most, isFree ? most : most / 4) as DistributionSeries
    if (family.bounds === undefined) budget.buckets -= bucketsOf(distribution)
    return distribution
  })
  return familyOf(family, series)
}

function bucketsOf({ buckets, recent }: DistributionSeries): number {
  const windows = (recent?.['1m']?.buckets.counts.length ?? 0) + (recent?.['5m']?.buckets.counts.length ?? 0)
  return buckets.counts.length + windows
}
