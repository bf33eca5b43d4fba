import { sumOr0 } from '../../snapshot/amounts.ts'
import { isExplicit, mean, recentRate, totalCount } from '../../snapshot/buckets/buckets.ts'
import { quantiles } from '../../snapshot/buckets/quantile.ts'
import { standardDeviation } from '../../snapshot/buckets/standard-deviation.ts'
import type { Buckets, Distribution, DistributionSeries, Recent, Windows } from '../../snapshot/snapshot.ts'
import { countOf, type Fields, fieldsOf, finiteOf, ifGiven, invalid, listOf, wholeOf } from './json-checks.ts'

/** The quantiles that JSON carries for each distribution, ascending. */
export const jsonQuantiles: readonly number[] = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999]

/** Scales that exponential buckets may have here; finer ones would let a short text need gigabytes in a merge. */
const lowestScale = -9
const highestScale = 8

/** The quantiles of a distribution, each by its share; all `null` while it is empty. */
export function quantilesByShare(series: Distribution, within: Distribution = series): object {
  const values = quantiles(series, jsonQuantiles, within)
  return Object.fromEntries(jsonQuantiles.map((q, i) => [String(q), values?.[i] ?? null]))
}

/** Recent windows as JSON has them, with what is estimated from their buckets. */
export function writeRecent(recent: Windows<Recent>, of: DistributionSeries): object {
  const windows = Object.entries(recent).map(([name, window]: [string, Recent]) => {
    const { seconds, count, sum, buckets } = window
    const estimates = {
      mean: mean(window) ?? null,
      standardDeviation: standardDeviation(window) ?? null,
      quantiles: quantilesByShare(window, of),
    }
    return [name, { seconds, count, sum: sumOr0(sum), rate: recentRate(window) ?? null, ...estimates, buckets }]
  })
  return Object.fromEntries(windows)
}

/** A recent window has buckets as its series has them, else the two could not be merged alike. */
export function readRecent(value: unknown, where: string, series: Fields): Recent {
  const { seconds, count, sum, buckets: given } = fieldsOf(value, where)
  const buckets = readBuckets(given, `${where}.buckets`)
  const { bounds } = (series.buckets ?? {}) as Fields
  const isAlike = isExplicit(buckets) ? JSON.stringify(buckets.bounds) === JSON.stringify(bounds) : bounds === undefined
  if (!isAlike) throw invalid(`${where}.buckets, which differs from those of the series,`, given)
  return {
    seconds: finiteOf(seconds, `${where}.seconds`),
    count: readCount(count, where, buckets),
    sum: finiteOf(sum, `${where}.sum`),
    buckets,
  }
}

/** The values of the last minute and the last five minutes, each as `read` returns it. */
export function readWindows<T>(value: unknown, where: string, read: (value: unknown, where: string) => T): Windows<T> {
  const fields = fieldsOf(value, where)
  return { ...ifGiven(fields, '1m', where, read), ...ifGiven(fields, '5m', where, read) }
}

/** The count of a distribution, which must be the sum of its buckets. */
export function readCount(count: unknown, at: string, buckets: Buckets): number {
  const total = totalCount(buckets)
  if (count !== total) throw invalid(`${at}.count, which is not the sum of its buckets,`, count)
  return total
}

/** Buckets of parsed JSON. */
export function readBuckets(value: unknown, where: string): Buckets {
  const fields = fieldsOf(value, where)
  const counts = listOf(fields.counts, `${where}.counts`).map((n) => countOf(n, `${where}.counts`))
  if (fields.bounds !== undefined) {
    const bounds = listOf(fields.bounds, `${where}.bounds`).map((bound) => finiteOf(bound, `${where}.bounds`))
    if (bounds.some((bound, i) => i > 0 && bound <= (bounds[i - 1] ?? bound))) throw invalid(`${where}.bounds`, bounds)
    if (counts.length !== bounds.length + 1) throw invalid(`${where}.counts`, counts)
    return { bounds, counts }
  }
  const scale = wholeOf(fields.scale, `${where}.scale`)
  if (scale < lowestScale || scale > highestScale) throw invalid(`${where}.scale`, scale)
  // All float64 numbers have their bucket within 1,100 octaves of 1.
  const furthest = Math.ceil(1100 * 2 ** scale)
  const offset = wholeOf(fields.offset, `${where}.offset`)
  if (offset < -furthest || offset + counts.length > furthest) throw invalid(`${where}.offset`, offset)
  return { scale, zero: countOf(fields.zero, `${where}.zero`), offset, counts }
}
