import { totalCount } from '../snapshot/buckets.ts'
import {
  explicitCountsCell,
  fewestBuckets,
  joinOctaves,
  mostBuckets,
  mostBucketsPerCell,
  octaveCells,
  readDistribution,
  zeroCell,
} from '../snapshot/cells.ts'
import type { Buckets, DistributionSeries, FamilySnapshot } from '../snapshot/snapshot.ts'
import type { PageFamily, PageSeries } from './descriptors.ts'

/** How many buckets may still be made at full resolution; counted down. */
export interface BucketBudget {
  buckets: number
}

/** A family of a page as plain data, from the reader's copy of its cells. */
export function readFamily(family: PageFamily, budget: BucketBudget): FamilySnapshot {
  const { name, kind, unit, help, labelNames, aggregation, bounds, series } = family
  const head = { name, unit, help, labelNames }
  switch (kind) {
    case 'counter':
      return { ...head, kind, series: series.map(readNumber) }
    case 'gauge':
      return { ...head, kind, aggregation, series: series.map(readNumber) }
    case 'histogram':
    case 'timer':
      return { ...head, kind, series: series.map((one) => readBuckets(one, bounds, budget)) }
    default:
      return kind satisfies never
  }
}

function readNumber({ labels, slot }: PageSeries): { labels: PageSeries['labels']; value: number } {
  return { labels, value: slot.cells[slot.index] as number }
}

function readBuckets(
  { labels, slot, octaves }: PageSeries,
  bounds: readonly number[] | undefined,
  budget: BucketBudget,
): DistributionSeries {
  const { cells, index } = slot
  let buckets: Buckets
  if (bounds === undefined) {
    const few = Math.max(fewestBuckets, mostBucketsPerCell * octaveCells * octaves.length)
    const most = budget.buckets > 0 ? mostBuckets : Math.min(mostBuckets, few)
    buckets = joinOctaves(cells[index + zeroCell] as number, octaves, most)
    budget.buckets -= buckets.counts.length
  } else {
    const from = index + explicitCountsCell
    buckets = { bounds, counts: Array.from(cells.subarray(from, from + bounds.length + 1)) }
  }
  return readDistribution(labels, cells, index, totalCount(buckets), buckets)
}
