import { isExplicit } from '../../snapshot/buckets/buckets.ts'
import { quantiles } from '../../snapshot/buckets/quantile.ts'
import { middlesOf } from '../../snapshot/buckets/standard-deviation.ts'
import type { DistributionSeries } from '../../snapshot/snapshot.ts'
import { plainNumber } from '../leaves/plain.ts'

/** Values of a distribution with the same rate: each stands for `1 / rate` of those that were recorded. */
export interface WeightedValues {
  /** Behind the type; empty for a weight of 1. */
  readonly rate: string
  readonly values: readonly number[]
}

/** Six digits are a thousandth of the width of a bucket. */
function short(value: number): number {
  return Number(value.toPrecision(6))
}

/** The middles of the buckets, those with the same count together. */
export function weightedMiddles(series: DistributionSeries): WeightedValues[] {
  const { buckets } = series
  const middles = middlesOf(series)
  const byCount = new Map<number, number[]>()
  const add = (count: number, value: number): void => {
    const known = byCount.get(count)
    if (known === undefined) byCount.set(count, [value])
    else known.push(value)
  }
  if (!isExplicit(buckets) && buckets.zero > 0) add(buckets.zero, 0)
  for (let i = 0; i < middles.length; i++) {
    const count = buckets.counts[i] as number
    if (count > 0) add(count, short(middles[i] as number))
  }
  return [...byCount].map(([count, values]) => ({ rate: count === 1 ? '' : `|@${wholeRate(count)}`, values }))
}

/** The rate that servers read as this whole weight: they take the whole part of `1 / rate`, which a rounded rate may miss. */
function wholeRate(weight: number): string {
  const rate = 1 / weight
  return plainNumber(Math.floor(1 / rate) < weight ? rate * (1 - Number.EPSILON) : rate)
}

/** So many values a distribution has at most. */
const maxSamples = 100

/** Values of equal weight, in the middles of as many equal shares: for servers that give each value of a timer the same. */
export function equalSamples(series: DistributionSeries, factor: number): WeightedValues[] {
  const n = Math.min(series.count, maxSamples)
  const shares = Array.from({ length: n }, (_, i) => (i + 0.5) / n)
  const values = (quantiles(series, shares) ?? []).map((value) => short(value * factor))
  return [{ rate: n === series.count ? '' : `|@${plainNumber(n / series.count)}`, values }]
}
