import { amountOr0, sumOr0 } from '../../snapshot/amounts.ts'
import { standardDeviation } from '../../snapshot/buckets/standard-deviation.ts'
import type { FieldType } from '../../snapshot/kinds/row.ts'
import type {
  AverageSeries,
  DistributionSeries,
  Exemplar,
  Rates,
  Recent,
  StateSeries,
  Windows,
} from '../../snapshot/snapshot.ts'
import {
  countOf,
  digitsOrNumber,
  type Fields,
  fieldsOf,
  finiteOf,
  ifGiven,
  listOf,
  oneOf,
  textOf,
} from './json-checks.ts'
import { quantilesByShare, readBuckets, readCount, readRecent, readWindows, writeRecent } from './json-distribution.ts'

/** A series of parsed JSON: its fields, their place in the text, and the fields of its family that were checked. */
export interface Found {
  readonly one: Fields
  readonly at: string
  readonly family: { readonly states?: readonly string[] }
}

/** How a field of one type is written and read. */
interface JsonField {
  /** What stands in JSON for the value of a field; `undefined` for nothing. */
  write(value: unknown, series: Fields): unknown
  /** The fields of the series that the JSON field `key` contains. Throws PLIMSOLL_SNAPSHOT_INVALID. */
  read(key: string, found: Found): object
}

/** Fields of each type. Sums beyond all numbers are the largest number, so that of all sums only a gauge may be `null`. */
export const jsonFields: { readonly [Type in FieldType]: JsonField } = {
  finite: field(finiteOf, sumOr0),
  count: field(countOf),
  text: field(textOf),
  digits: digits(0),
  digitsOrNull: digits(null),
  rates: field(numbers('mean', 'm1', 'm5', 'm15'), writeRates),
  exemplars: field(readExemplars),
  extremes: field((value, where) => readWindows(value, where, numbers('seconds', 'min', 'max'))),
  averageWindow: field(readAverageWindow, writeAverageWindow),
  state: field((value, where, { family }) => (value === null ? null : oneOf(value, family.states ?? [], where))),
  secondsByState: field(byState(finiteOf), writeSeconds),
  countByState: field(byState(countOf)),
  totalCount: {
    write: (value) => value,
    read: (_, { one, at }) => ({ count: readCount(one.count, at, readBuckets(one.buckets, `${at}.buckets`)) }),
  },
  buckets: field(readBuckets),
  recent: field(
    (value, where, { one }) => readWindows(value, where, (window, of) => readRecent(window, of, one)),
    (recent: Windows<Recent>, series: DistributionSeries) => writeRecent(recent, series),
  ),
  mean: computed(meanOf),
  standardDeviation: computed((series: DistributionSeries) => standardDeviation(series) ?? null),
  quantiles: computed((series: DistributionSeries) => quantilesByShare(series)),
}

type Reader = (value: unknown, where: string, found: Found) => unknown

function field(read: Reader, write: (value: never, series: never) => unknown = (value) => value): JsonField {
  return {
    write: (value, series) => (value === undefined ? undefined : write(value as never, series as never)),
    read: (key, found) => ({ [key]: read(found.one[key], `${found.at}.${key}`, found) }),
  }
}

/** What is computed from other fields, and not read back. */
function computed(write: (series: never) => unknown): JsonField {
  return { write: (_, series) => write(series as never), read: () => ({}) }
}

/** Numbers that have all their digits where a float64 cannot hold them; `none` stands for NaN. */
function digits(none: 0 | null): JsonField {
  return {
    write(value, { exact }) {
      if (exact !== undefined) return exact
      return Number.isNaN(value) ? none : sumOr0(value as number)
    },
    read(key, { one, at }) {
      if (none === null && one[key] === null) return { [key]: Number.NaN }
      return digitsOrNumber(one[key], `${at}.${key}`)
    },
  }
}

function byState(read: typeof finiteOf): Reader {
  return (value, where, { family: { states = [] } }) => {
    const entries = Object.entries(fieldsOf(value, where))
    return Object.fromEntries(
      entries.map(([state, each]) => [oneOf(state, states, where), read(each, `${where}.${state}`)]),
    )
  }
}

function writeSeconds(seconds: StateSeries['seconds']): object {
  return Object.fromEntries(Object.entries(seconds).map(([state, value]) => [state, amountOr0(value)]))
}

/** Reads an object of numbers with these names. */
function numbers(...names: readonly string[]): (value: unknown, where: string) => object {
  return (value, where) => {
    const fields = fieldsOf(value, where)
    return Object.fromEntries(names.map((name) => [name, finiteOf(fields[name], `${where}.${name}`)]))
  }
}

function writeRates({ mean, m1, m5, m15 }: Rates): Rates {
  return { mean: amountOr0(mean), m1: amountOr0(m1), m5: amountOr0(m5), m15: amountOr0(m15) }
}

function readAverageWindow(value: unknown, where: string): object {
  const window = fieldsOf(value, where)
  const { count, sum } = window
  return {
    count: countOf(count, `${where}.count`),
    sum: finiteOf(sum, `${where}.sum`),
    ...ifGiven(window, 'seconds', where, finiteOf),
  }
}

function writeAverageWindow(window: NonNullable<AverageSeries['window']>): object {
  const { seconds, count, sum } = window
  return { seconds, count, sum: sumOr0(sum), mean: meanOf(window) }
}

function meanOf({ count, sum }: Pick<AverageSeries, 'count' | 'sum'>): number | null {
  return count > 0 ? sumOr0(sum / count) : null
}

function readExemplars(list: unknown, where: string): Exemplar[] {
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
