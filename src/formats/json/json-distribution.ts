import { isExplicit, totalCount } from '../../snapshot/buckets/buckets.ts'
import type { Buckets, DistributionSeries, Exemplar, Labels, Rates, Recent, Windows } from '../../snapshot/snapshot.ts'
import type { Fields } from './json-checks.ts'
import { countOf, fieldsOf, finiteOf, ifGiven, invalid, listOf, numberOf, textOf, wholeOf } from './json-checks.ts'

/** Scales that exponential buckets may have here; finer ones would let a short text ask for gigabytes in a merge. */
const lowestScale = -9
const highestScale = 8

/** A distribution of parsed JSON. Throws PLIMSOLL_SNAPSHOT_INVALID. */
export function distributionOf(labels: Labels, one: Fields, at: string): DistributionSeries {
  const buckets = bucketsOf(one.buckets, `${at}.buckets`)
  return {
    labels,
    count: countIn(buckets, one.count, at),
    sum: numberOf(one.sum, `${at}.sum`),
    ...ifGiven(one, 'min', at, numberOf),
    ...ifGiven(one, 'max', at, numberOf),
    buckets,
    ...ifGiven(one, 'last', at, numberOf),
    ...ifGiven(one, 'rates', at, ratesOf),
    ...ifGiven(one, 'recent', at, (value, where) => windowsOf(value, where, (each, of) => recentOf(each, of, buckets))),
    ...ifGiven(one, 'exemplars', at, exemplarsOf),
  }
}

function countIn(buckets: Buckets, count: unknown, at: string): number {
  const total = totalCount(buckets)
  if (count !== total) throw invalid(`${at}.count, which is not the sum of its buckets,`, count)
  return total
}

/** A window has buckets as its series has them, else the two could not be merged alike. */
function recentOf(value: unknown, where: string, like: Buckets): Recent {
  const { seconds, count, sum, buckets: given } = fieldsOf(value, where)
  const buckets = bucketsOf(given, `${where}.buckets`)
  const bounds = (of: Buckets): string => (isExplicit(of) ? of.bounds.join() : 'exponential')
  if (bounds(buckets) !== bounds(like))
    throw invalid(`${where}.buckets, which are others than those of the series,`, given)
  return {
    seconds: finiteOf(seconds, `${where}.seconds`),
    count: countIn(buckets, count, where),
    sum: numberOf(sum, `${where}.sum`),
    buckets,
  }
}

/** What is known of the last minute and the last five, each as `read` gives it. */
export function windowsOf<T>(value: unknown, where: string, read: (value: unknown, where: string) => T): Windows<T> {
  const fields = fieldsOf(value, where)
  return { ...ifGiven(fields, '1m', where, read), ...ifGiven(fields, '5m', where, read) }
}

/** Rates per second of parsed JSON. */
export function ratesOf(value: unknown, where: string): Rates {
  const { mean, m1, m5, m15 } = fieldsOf(value, where)
  return {
    mean: numberOf(mean, `${where}.mean`),
    m1: numberOf(m1, `${where}.m1`),
    m5: numberOf(m5, `${where}.m5`),
    m15: numberOf(m15, `${where}.m15`),
  }
}

/** Exemplars of parsed JSON. */
export function exemplarsOf(list: unknown, where: string): Exemplar[] {
  return listOf(list, where).map((each, i) => {
    const at = `${where}[${i}]`
    const { labels, value, time } = fieldsOf(each, at)
    const entries = Object.entries(fieldsOf(labels, `${at}.labels`))
    return {
      labels: Object.fromEntries(entries.map(([name, label]) => [name, textOf(label, `${at}.labels.${name}`)])),
      value: finiteOf(value, `${at}.value`),
      time: finiteOf(time, `${at}.time`),
    }
  })
}

function bucketsOf(value: unknown, where: string): Buckets {
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
