import { fewestBuckets, mostBuckets, mostBucketsPerCell, octaveCells } from '../snapshot/cells.ts'
import { readFolded } from '../snapshot/fold.ts'
import { familyOf, readSeries } from '../snapshot/kinds.ts'
import type { ReadTime } from '../snapshot/read-time.ts'
import type { DistributionSeries, FamilySnapshot } from '../snapshot/snapshot.ts'
import type { PageFamily } from './descriptors.ts'
import type { PageSeries } from './parts.ts'

/** How many buckets may still be made at full resolution; counted down. */
export interface BucketBudget {
  buckets: number
}

/** A family of a page as plain data, from the reader's copy of its cells. */
export function readFamily(family: PageFamily, at: ReadTime, budget: BucketBudget): FamilySnapshot {
  const hasBuckets = family.kind === 'histogram' || family.kind === 'timer'
  const read = (one: PageSeries, more: readonly PageSeries[] = []): FamilySnapshot['series'][number] => {
    if (!hasBuckets) return more.length === 0 ? readSeries(family, one, at) : readFolded(family, [one, ...more], at)
    const octaves = more.reduce((sum, other) => sum + other.octaves.length, one.octaves.length)
    const few = Math.max(fewestBuckets, mostBucketsPerCell * octaveCells * octaves)
    const isFree = budget.buckets > 0
    const most = isFree ? mostBuckets : Math.min(mostBuckets, few)
    // A quarter still has room for four times the buckets of octaves that are no further apart than they must be.
    const distribution = readFolded(family, [one, ...more], at, most, isFree ? most : most / 4) as DistributionSeries
    if (family.bounds === undefined) budget.buckets -= bucketsOf(distribution)
    return distribution
  }
  const series = family.series.map((one) => read(one))
  const [evicted, ...others] = family.evicted
  if (evicted !== undefined) series.push(read(evicted, others))
  return familyOf(family, series)
}

function bucketsOf({ buckets, recent }: DistributionSeries): number {
  const windows = (recent?.['1m']?.buckets.counts.length ?? 0) + (recent?.['5m']?.buckets.counts.length ?? 0)
  return buckets.counts.length + windows
}
