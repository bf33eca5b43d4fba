import { PlimsollError } from '../errors.ts'
import { totalCount } from '../snapshot/buckets.ts'
import type { Buckets, DistributionSeries, FamilySnapshot, Labels, PageInfo, Snapshot } from '../snapshot/snapshot.ts'

/** Scales that exponential buckets may have here; finer ones would let a short text ask for gigabytes in a merge. */
const lowestScale = -9
const highestScale = 8

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads the JSON of `formatJson` back. What it computes (`mean`, `quantiles`) and fields that are not known are passed over;
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
  const { file, pid, tid, app, host, startedAt, state, heartbeatAge, endedAt } = fieldsOf(value, where)
  return {
    file: file === null ? null : textOf(file, `${where}.file`),
    pid: wholeOf(pid, `${where}.pid`),
    tid: wholeOf(tid, `${where}.tid`),
    app: textOf(app, `${where}.app`),
    host: textOf(host, `${where}.host`),
    startedAt: finiteOf(startedAt, `${where}.startedAt`),
    state: oneOf(state, ['live', 'exited', 'folded'], `${where}.state`),
    heartbeatAge: heartbeatAge === null ? null : finiteOf(heartbeatAge, `${where}.heartbeatAge`),
    ...(endedAt !== undefined && { endedAt: endedAt === null ? null : finiteOf(endedAt, `${where}.endedAt`) }),
  }
}

function familyOf(value: unknown, i: number): FamilySnapshot {
  const where = `families[${i}]`
  const fields = fieldsOf(value, where)
  const kind = oneOf(fields.kind, ['counter', 'gauge', 'histogram', 'timer', 'text'], `${where}.kind`)
  const head = {
    name: textOf(fields.name, `${where}.name`),
    unit: textOf(fields.unit, `${where}.unit`),
    help: textOf(fields.help, `${where}.help`),
    labelNames: listOf(fields.labelNames, `${where}.labelNames`).map((name) => textOf(name, `${where}.labelNames`)),
  }
  const series = seriesOf(fields.series, where, kind === 'text')
  switch (kind) {
    case 'counter':
      return {
        ...head,
        kind,
        series: series.map(({ labels, at, one }) => ({ labels, ...digitsOrNumber(one.value, at) })),
      }
    case 'gauge':
      return {
        ...head,
        kind,
        aggregation: oneOf(fields.aggregation, ['sum', 'min', 'max', 'mean'], `${where}.aggregation`),
        series: series.map(({ labels, at, one }) => ({
          labels,
          ...digitsOrNumber(one.value, at),
          ...processesOf(one, at),
        })),
      }
    case 'histogram':
    case 'timer':
      return { ...head, kind, series: series.map(({ labels, at, one }) => distributionOf(labels, one, at)) }
    case 'text':
      return {
        ...head,
        kind,
        series: series.map(({ labels, at, one }) => ({
          labels,
          value: textOf(one.value, `${at}.value`),
          ...processesOf(one, at),
        })),
      }
    default:
      return kind satisfies never
  }
}

function processesOf({ processes }: Fields, at: string): { processes?: number } {
  return processes === undefined ? {} : { processes: countOf(processes, `${at}.processes`) }
}

/** The series with their labels, which no two of a family may share, but for texts that differ. */
function seriesOf(value: unknown, where: string, isText: boolean): { labels: Labels; at: string; one: Fields }[] {
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

function distributionOf(labels: Labels, one: Fields, at: string): DistributionSeries {
  const { count, sum, min, max } = one
  const buckets = bucketsOf(one.buckets, `${at}.buckets`)
  if (count !== totalCount(buckets)) throw invalid(`${at}.count, which is not the sum of its buckets,`, count)
  return {
    labels,
    count,
    sum: numberOf(sum, `${at}.sum`),
    ...(min === undefined ? {} : { min: numberOf(min, `${at}.min`) }),
    ...(max === undefined ? {} : { max: numberOf(max, `${at}.max`) }),
    buckets,
  }
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

function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(where, value)
  return value as Fields
}

function listOf(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(where, value)
  return value
}

function textOf(value: unknown, where: string): string {
  if (typeof value !== 'string') throw invalid(where, value)
  return value
}

function oneOf<T extends string>(value: unknown, allowed: readonly T[], where: string): T {
  if (!allowed.includes(value as T)) throw invalid(where, value)
  return value as T
}

function finiteOf(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(where, value)
  return value
}

/** A number, or the digits of one that a float64 cannot hold. */
function digitsOrNumber(value: unknown, where: string): { value: number; exact?: string } {
  if (typeof value !== 'string') return { value: numberOf(value, where) }
  if (!/^-?[1-9]\d{15,39}$/.test(value)) throw invalid(where, value)
  return { value: Number(value), exact: value }
}

function numberOf(value: unknown, where: string): number {
  return value === null ? Number.NaN : finiteOf(value, where)
}

function wholeOf(value: unknown, where: string): number {
  if (!Number.isSafeInteger(value)) throw invalid(where, value)
  return value as number
}

function countOf(value: unknown, where: string): number {
  const count = wholeOf(value, where)
  if (count < 0) throw invalid(where, value)
  return count
}

function invalid(where: string, value: unknown): PlimsollError {
  const given = (JSON.stringify(value) ?? 'missing').slice(0, 120)
  return new PlimsollError('PLIMSOLL_SNAPSHOT_INVALID', { where, given })
}
