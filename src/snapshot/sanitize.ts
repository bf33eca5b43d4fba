import { countOr0, finiteOr0, isAmount, isCount } from './amounts.ts'
import { isExplicit, totalCount } from './buckets/buckets.ts'
import type {
  AverageSeries,
  Buckets,
  DistributionSeries,
  FamilySnapshot,
  Labels,
  Snapshot,
  StateSeries,
} from './snapshot.ts'

/**
 * A snapshot in which all that adds up can be added up for good: what no writer counts, such as NaN, the infinities, less
 * than nothing or half a value in a bucket, is 0, and a sum that is no number is 0. A damaged page has such numbers, and
 * one of them in a sum would stay there for ever. The inputs are not changed. Cost: linear in the number of buckets.
 */
export function sanitize(snapshot: Snapshot): Snapshot {
  return { ...snapshot, families: snapshot.families.map(soundFamily) }
}

function soundFamily(family: FamilySnapshot): FamilySnapshot {
  switch (family.kind) {
    case 'counter':
      return { ...family, series: family.series.map(soundValue) }
    case 'meter':
      return { ...family, series: family.series.map(soundValue) }
    case 'average':
      return { ...family, series: family.series.map(soundAverage) }
    case 'state':
      return { ...family, series: family.series.map(soundState) }
    case 'histogram':
    case 'timer':
      return { ...family, series: family.series.map(soundDistribution) }
    case 'gauge':
    case 'text':
    case 'info':
      return family
    default:
      return family satisfies never
  }
}

function soundValue<S extends { readonly labels: Labels; readonly value: number }>(series: S): S {
  return isAmount(series.value) ? series : { ...series, value: 0 }
}

function soundAverage(series: AverageSeries): AverageSeries {
  const { count, sum } = series
  return isCount(count) && Number.isFinite(sum) ? series : { ...series, count: countOr0(count), sum: finiteOr0(sum) }
}

function soundState(series: StateSeries): StateSeries {
  const seconds = Object.entries(series.seconds)
  if (seconds.every(([, value]) => isAmount(value))) return series
  return {
    ...series,
    seconds: Object.fromEntries(seconds.map(([state, value]) => [state, isAmount(value) ? value : 0])),
  }
}

function soundDistribution(series: DistributionSeries): DistributionSeries {
  const { buckets, sum } = series
  if (areSound(buckets) && Number.isFinite(sum)) return series
  const counts = buckets.counts.map(countOr0)
  const sound = isExplicit(buckets) ? { ...buckets, counts } : { ...buckets, counts, zero: countOr0(buckets.zero) }
  return { ...series, count: totalCount(sound), sum: finiteOr0(sum), buckets: sound }
}

function areSound(buckets: Buckets): boolean {
  return (isExplicit(buckets) || isCount(buckets.zero)) && buckets.counts.every(isCount)
}
