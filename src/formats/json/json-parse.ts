import { PlimsollError } from '../../errors.ts'
import type { AverageWindow } from '../../snapshot/family-traits.ts'
import type {
  AverageOverWindow,
  AverageSeries,
  CounterSeries,
  Extremes,
  FamilySnapshot,
  GaugeSeries,
  Labels,
  MeterSeries,
  PageInfo,
  Snapshot,
  StateSeries,
  TextSeries,
} from '../../snapshot/snapshot.ts'
import type { Fields } from './json-checks.ts'
import {
  countOf,
  digitsOrNumber,
  fieldsOf,
  finiteOf,
  ifGiven,
  invalid,
  listOf,
  numberOf,
  oneOf,
  textOf,
  wholeOf,
} from './json-checks.ts'
import { distributionOf, exemplarsOf, ratesOf, windowsOf } from './json-distribution.ts'

const kinds = ['counter', 'gauge', 'meter', 'histogram', 'timer', 'average', 'state', 'text', 'info'] as const
const types = ['float', 'int', 'bool'] as const
const aggregations = ['sum', 'min', 'max', 'mean', 'last', 'process'] as const

/**
 * Reads the JSON of `formatJson` back. What it computes (`mean`, `quantiles` and the like) and fields that are not known are passed over;
 * a number that is `null` comes back as NaN. Families are put in order of their names.
 *
 * @throws PlimsollError `PLIMSOLL_SNAPSHOT_INVALID` for anything else, with the place and what stands there.
 */
export function parseJson(text: string): Snapshot {
  let root: unknown
  try {
    root = JSON.parse(text)
  } catch (cause) {
    throw new PlimsollError('PLIMSOLL_SNAPSHOT_INVALID', { where: 'the text', given: text }, { cause })
  }
  const snapshot = fieldsOf(root, 'the text')
  if (snapshot.version !== 1) throw invalid('version', snapshot.version)
  const families = listOf(snapshot.families, 'families').map(familyOf)
  families.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return {
    version: 1,
    takenAt: finiteOf(snapshot.takenAt, 'takenAt'),
    pages: listOf(snapshot.pages, 'pages').map(pageOf),
    families,
  }
}

function pageOf(value: unknown, i: number): PageInfo {
  const where = `pages[${i}]`
  const page = fieldsOf(value, where)
  const { file, pid, tid, app, host, startedAt, state, heartbeatAge, endedAt } = page
  return {
    file: file === null ? null : textOf(file, `${where}.file`),
    pid: wholeOf(pid, `${where}.pid`),
    tid: wholeOf(tid, `${where}.tid`),
    app: textOf(app, `${where}.app`),
    host: textOf(host, `${where}.host`),
    startedAt: finiteOf(startedAt, `${where}.startedAt`),
    state: oneOf(state, ['live', 'exited', 'archived'], `${where}.state`),
    heartbeatAge: heartbeatAge === null ? null : finiteOf(heartbeatAge, `${where}.heartbeatAge`),
    ...(endedAt !== undefined && { endedAt: endedAt === null ? null : finiteOf(endedAt, `${where}.endedAt`) }),
    ...ifGiven(page, 'worker', where, textOf),
    ...ifGiven(page, 'labels', where, labelsOf),
  }
}

function labelsOf(value: unknown, where: string): Labels {
  const labels = fieldsOf(value, where)
  for (const [name, label] of Object.entries(labels)) textOf(label, `${where}.${name}`)
  return labels as Labels
}

function familyOf(value: unknown, i: number): FamilySnapshot {
  const where = `families[${i}]`
  const fields = fieldsOf(value, where)
  const kind = oneOf(fields.kind, kinds, `${where}.kind`)
  const head = {
    name: textOf(fields.name, `${where}.name`),
    unit: textOf(fields.unit, `${where}.unit`),
    help: textOf(fields.help, `${where}.help`),
    labelNames: listOf(fields.labelNames, `${where}.labelNames`).map((name) => textOf(name, `${where}.labelNames`)),
  }
  const series = seriesOf(fields.series, where, kind === 'text')
  switch (kind) {
    case 'counter':
      return { ...head, kind, series: series.map(counterOf) }
    case 'gauge': {
      const aggregation = oneOf(fields.aggregation, aggregations, `${where}.aggregation`)
      const type = ifGiven(fields, 'type', where, (given, at) => oneOf(given, types, at))
      return { ...head, kind, aggregation, ...type, series: series.map(gaugeOf) }
    }
    case 'meter':
      return { ...head, kind, series: series.map(meterOf) }
    case 'histogram':
    case 'timer':
      return { ...head, kind, series: series.map(({ labels, at, one }) => distributionOf(labels, one, at)) }
    case 'average':
      return { ...head, kind, ...ifGiven(fields, 'over', where, overOf), series: series.map(averageOf) }
    case 'state': {
      const states = statesOf(fields.states, `${where}.states`)
      return { ...head, kind, states, series: series.map((one) => stateOf(one, states)) }
    }
    case 'text':
      return { ...head, kind, series: series.map(textSeriesOf) }
    case 'info':
      return { ...head, kind, series: series.map(({ labels, at, one }) => ({ labels, ...processesOf(one, at) })) }
    default:
      return kind satisfies never
  }
}

/** A series with its labels and its place in the text. */
interface Found {
  readonly labels: Labels
  readonly at: string
  readonly one: Fields
}

function counterOf({ labels, at, one }: Found): CounterSeries {
  return { labels, ...digitsOrNumber(one.value, `${at}.value`), ...ifGiven(one, 'exemplars', at, exemplarsOf) }
}

function gaugeOf({ labels, at, one }: Found): GaugeSeries {
  return {
    labels,
    ...digitsOrNumber(one.value, `${at}.value`),
    ...processesOf(one, at),
    ...ifGiven(one, 'setAt', at, finiteOf),
    ...ifGiven(one, 'extremes', at, (value, where) => windowsOf(value, where, extremesOf)),
  }
}

function extremesOf(value: unknown, where: string): Extremes {
  const { seconds, min, max } = fieldsOf(value, where)
  return {
    seconds: finiteOf(seconds, `${where}.seconds`),
    min: numberOf(min, `${where}.min`),
    max: numberOf(max, `${where}.max`),
  }
}

function meterOf({ labels, at, one }: Found): MeterSeries {
  return { labels, value: numberOf(one.value, `${at}.value`), ...ifGiven(one, 'rates', at, ratesOf) }
}

function averageOf({ labels, at, one }: Found): AverageSeries {
  return { labels, ...countAndSum(one, at), ...ifGiven(one, 'window', at, averageWindowOf) }
}

function averageWindowOf(value: unknown, where: string): AverageOverWindow {
  return { ...countAndSum(value, where), ...ifGiven(fieldsOf(value, where), 'seconds', where, finiteOf) }
}

function countAndSum(value: unknown, where: string): { count: number; sum: number } {
  const { count, sum } = fieldsOf(value, where)
  return { count: countOf(count, `${where}.count`), sum: numberOf(sum, `${where}.sum`) }
}

function overOf(value: unknown, where: string): AverageWindow {
  const { values, seconds } = fieldsOf(value, where)
  if ((values === undefined) === (seconds === undefined)) throw invalid(where, value)
  return seconds === undefined
    ? { values: countOf(values, `${where}.values`) }
    : { seconds: finiteOf(seconds, `${where}.seconds`) }
}

function statesOf(value: unknown, where: string): string[] {
  const states = listOf(value, where).map((state) => textOf(state, where))
  if (new Set(states).size < states.length) throw invalid(where, value)
  return states
}

function stateOf({ labels, at, one }: Found, states: readonly string[]): StateSeries {
  const perState = (key: 'seconds' | 'processes', read: typeof finiteOf): Record<string, number> => {
    const entries = Object.entries(fieldsOf(one[key], `${at}.${key}`))
    return Object.fromEntries(
      entries.map(([state, value]) => [oneOf(state, states, `${at}.${key}`), read(value, `${at}.${key}.${state}`)]),
    )
  }
  return {
    labels,
    value: one.value === null ? null : oneOf(one.value, states, `${at}.value`),
    seconds: perState('seconds', finiteOf),
    processes: perState('processes', countOf),
    users: countOf(one.users, `${at}.users`),
  }
}

function textSeriesOf({ labels, at, one }: Found): TextSeries {
  return { labels, value: textOf(one.value, `${at}.value`), ...processesOf(one, at) }
}

function processesOf(one: Fields, at: string): { processes?: number } {
  return ifGiven(one, 'processes', at, countOf)
}

/** The series with their labels, which no two of a family may share, but for texts that differ. */
function seriesOf(value: unknown, where: string, isText: boolean): Found[] {
  const seen = new Set<string>()
  return listOf(value, `${where}.series`).map((each, i) => {
    const at = `${where}.series[${i}]`
    const one = fieldsOf(each, at)
    const labels = fieldsOf(one.labels, `${at}.labels`)
    const entries = Object.entries(labels)
    for (const [name, label] of entries) textOf(label, `${at}.labels.${name}`)
    const labelled = JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
    const key = isText ? labelled + JSON.stringify(one.value) : labelled
    if (seen.has(key)) throw invalid(`${at}.labels, which another series has too,`, key)
    seen.add(key)
    return { labels: labels as Labels, at, one }
  })
}
