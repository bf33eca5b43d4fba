import { countOr0, isCount } from '../amounts.ts'
import { totalCount } from '../buckets/buckets.ts'
import type { Buckets, DistributionSeries } from '../snapshot.ts'
import { explicitCountsCell, joinOctaves, maxBuckets, readDistribution, type SeriesParts, zeroCell } from './cells.ts'
import { readExemplars } from './exemplar.ts'
import { readRecent } from './recent.ts'

/**
 * A distribution from its cells, with its recent windows up to `end` and its exemplars. At most `most` exponential
 * buckets, and `maxRecent` in each window.
 */
export function readHistogram(
  parts: SeriesParts,
  bounds: readonly number[] | undefined,
  end: number,
  most: number = maxBuckets,
  maxRecent: number = most,
): DistributionSeries {
  const { labels, cells, index, octaves } = parts
  let buckets: Buckets
  if (bounds === undefined) {
    buckets = joinOctaves(countOr0(cells[index + zeroCell] as number), octaves, most)
  } else {
    const from = index + explicitCountsCell
    buckets = { bounds, counts: Array.from(cells.subarray(from, from + bounds.length + 1), countOr0) }
  }
  let count = totalCount(buckets)
  if (!isCount(count)) {
    buckets = { ...buckets, counts: buckets.counts.map(countOr0) }
    count = totalCount(buckets)
  }
  const present = readDistribution(labels, cells, index, count, buckets)
  const recent = readRecent(present, parts, bounds, end, maxRecent)
  const exemplars = parts.exemplars && readExemplars(parts.exemplars)
  if (recent === undefined && !exemplars?.length) return present
  return { ...present, ...(recent && { recent }), ...(exemplars?.length && { exemplars }) }
}
