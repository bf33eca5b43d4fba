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
    const most = budget.buckets > 0 ? mostBuckets : Math.min(mostBuckets, few)
    const distribution = readSeries(family, one, at, most) as DistributionSeries
    if (family.bounds === undefined) budget.buckets -= distribution.buckets.counts.length
    return distribution
  })
  return familyOf(family, series)
}
