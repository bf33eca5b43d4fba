import { mean, recentRate } from '../buckets/buckets.ts'
import { quantile } from '../buckets/quantile.ts'
import { standardDeviation } from '../buckets/standard-deviation.ts'
import type { Distribution, DistributionSeries } from '../snapshot.ts'
import { bare, inUnit, type KindStatistics, perSecond, rateOf, type Statistics, sinceStart } from './statistic.ts'

/** Statistics of values, since the start or over a window of time. */
function ofValues(
  prefix: '' | '1m.' | '5m.',
  pick: (series: DistributionSeries) => (Distribution & { readonly seconds?: number }) | undefined,
): Statistics<DistributionSeries> {
  const of = (read: (values: Distribution) => number | undefined) => (series: DistributionSeries) => {
    const values = pick(series)
    return values && read(values)
  }
  return {
    [`${prefix}rate`]: perSecond('', (series, interval) => {
      const recent = prefix === '' ? undefined : series.recent?.[prefix === '1m.' ? '1m' : '5m']
      return prefix === '' ? rateOf(series.count, interval) : recent && recentRate(recent)
    }),
    [`${prefix}count`]: bare(of(({ count }) => count)),
    [`${prefix}sum`]: inUnit(of(({ sum }) => sum)),
    [`${prefix}mean`]: inUnit(of(mean)),
    [`${prefix}stddev`]: inUnit(of(standardDeviation)),
    [`${prefix}p*`]: inUnit((series, interval, rest) => {
      const values = pick(series)
      // A window has no extremes of its own, but its values are among those since the start.
      const within = prefix === '' ? series : (sinceStart(series, interval) ?? series)
      return values && quantile(values, Number(rest) / 100, within)
    }),
  }
}

/** The statistics of a histogram. */
export const distributionStatistics: KindStatistics<DistributionSeries> = {
  default: 'mean',
  overInterval: 'rate',
  inSum: 'count',
  named: {
    ...ofValues('', (series) => series),
    total: bare((series, interval) => sinceStart(series, interval)?.count),
    min: inUnit(({ min }) => min),
    max: inUnit(({ max }) => max),
    ...ofValues('1m.', ({ recent }) => recent?.['1m']),
    ...ofValues('5m.', ({ recent }) => recent?.['5m']),
  },
}
