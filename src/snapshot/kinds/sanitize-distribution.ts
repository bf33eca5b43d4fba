import { countOr0, isCount } from '../amounts.ts'
import { isExplicit, totalCount } from '../buckets/buckets.ts'
import type { Buckets, DistributionSeries } from '../snapshot.ts'
import { sumFor } from './cells.ts'

/** A distribution with 0 for all counts and sums that no writer has, and the count that its buckets then have. */
export function sanitizeDistribution(series: DistributionSeries): DistributionSeries {
  const { buckets, count } = series
  const sum = sumFor(buckets, series.sum)
  if (areCounts(buckets) && sum === series.sum && count === totalCount(buckets)) return series
  const counts = buckets.counts.map(countOr0)
  const sane = isExplicit(buckets) ? { ...buckets, counts } : { ...buckets, counts, zero: countOr0(buckets.zero) }
  return { ...series, count: totalCount(sane), sum, buckets: sane }
}

function areCounts(buckets: Buckets): boolean {
  return (isExplicit(buckets) || isCount(buckets.zero)) && buckets.counts.every(isCount)
}
