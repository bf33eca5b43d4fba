import { PlimsollError } from '../../errors.ts'
import { type AverageWindow, aggregations, numberTypes } from '../../snapshot/family-traits.ts'
import { type FamilyField, typeOf } from '../../snapshot/kinds/row.ts'
import { rowOf, rows } from '../../snapshot/kinds/rows.ts'
import type { Conflict, FamilySnapshot, Kind, Labels, PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import type { Fields } from './json-checks.ts'
import { countOf, fieldsOf, finiteOf, ifGiven, invalid, listOf, oneOf, textOf, wholeOf } from './json-checks.ts'
import { jsonFields } from './json-fields.ts'

/**
 * Reads the JSON of `formatJson` back. Computed fields (such as `mean` and `quantiles`) and unknown fields are ignored;
 * a gauge that is `null` comes back as NaN. Families are put in order of their names.
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
  const families = listOf(snapshot.families, 'families').map((each, i) => familyOf(each, `families[${i}]`))
  families.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  return {
    version: 1,
    takenAt: finiteOf(snapshot.takenAt, 'takenAt'),
    pages: pagesOf(snapshot.pages, 'pages'),
    families,
    ...ifGiven(snapshot, 'conflicts', '', conflictsOf),
  }
}

function conflictsOf(value: unknown): Conflict[] {
  return listOf(value, 'conflicts').map((each, i) => {
    const where = `conflicts[${i}]`
    const { family, pages } = fieldsOf(each, where)
    return { family: familyOf(family, `${where}.family`), pages: pagesOf(pages, `${where}.pages`) }
  })
}

function pagesOf(value: unknown, where: string): PageInfo[] {
  return listOf(value, where).map((each, i) => pageOf(each, `${where}[${i}]`))
}

function pageOf(value: unknown, where: string): PageInfo {
  const page = fieldsOf(value, where)
  const { file, pid, tid, app, host, startedAt, state, heartbeatAge, endedAt } = page
  return {
    file: file === null ? null : textOf(file, `${where}.file`),
    pid: wholeOf(pid, `${where}.pid`),
    tid: wholeOf(tid, `${where}.tid`),
    app: textOf(app, `${where}.app`),
    host: textOf(host, `${where}.host`),
    startedAt: finiteOf(startedAt, `${where}.startedAt`),
    state: oneOf(state, ['live', 'blocked', 'exited', 'killed', 'archived'], `${where}.state`),
    heartbeatAge: heartbeatAge === null ? null : finiteOf(heartbeatAge, `${where}.heartbeatAge`),
    ...(endedAt !== undefined && { endedAt: endedAt === null ? null : finiteOf(endedAt, `${where}.endedAt`) }),
    ...ifGiven(page, 'container', where, textOf),
    ...ifGiven(page, 'uptime', where, finiteOf),
    ...ifGiven(page, 'worker', where, textOf),
    ...ifGiven(page, 'written', where, textOf),
    ...ifGiven(page, 'owner', where, wholeOf),
    ...ifGiven(page, 'labels', where, labelsOf),
  }
}

function labelsOf(value: unknown, where: string): Labels {
  const labels = fieldsOf(value, where)
  for (const [name, label] of Object.entries(labels)) textOf(label, `${where}.${name}`)
  return labels as Labels
}

function familyOf(value: unknown, where: string): FamilySnapshot {
  const fields = fieldsOf(value, where)
  const kind = oneOf(fields.kind, Object.keys(rows) as Kind[], `${where}.kind`)
  const { familyFields = [], textOf: hasText, fields: types } = rowOf(kind)
  const readers = Object.entries(types).map(
    ([key, type]) => [key, jsonFields[typeOf(type)], type.endsWith('?')] as const,
  )
  const own = Object.assign({}, ...familyFields.map((key) => readFamilyField(fields, key, where)))
  const head = {
    name: textOf(fields.name, `${where}.name`),
    unit: textOf(fields.unit, `${where}.unit`),
    help: textOf(fields.help, `${where}.help`),
    labelNames: listOf(fields.labelNames, `${where}.labelNames`).map((name) => textOf(name, `${where}.labelNames`)),
    ...ifGiven(fields, 'startedAt', where, finiteOf),
    ...ifGiven(fields, 'maxSeries', where, countOf),
    ...ifGiven(fields, 'expireAfterSeconds', where, finiteOf),
  }
  const series = seriesOf(fields.series, where, hasText !== undefined).map(({ labels, at, one }) => {
    const parsed: Record<string, unknown> = { labels }
    for (const [key, { read }, mayMiss] of readers) {
      if (!mayMiss || one[key] !== undefined) Object.assign(parsed, read(key, { one, at, family: own }))
    }
    return parsed
  })
  return { ...head, kind, ...own, series } as unknown as FamilySnapshot
}

function readFamilyField(fields: Fields, key: FamilyField, where: string): object {
  switch (key) {
    case 'aggregation':
      return { aggregation: oneOf(fields.aggregation, aggregations, `${where}.aggregation`) }
    case 'type':
      return ifGiven(fields, 'type', where, (given, at) => oneOf(given, numberTypes, at))
    case 'upDownCounter':
      return ifGiven(fields, 'upDownCounter', where, (given, at) => oneOf(given, [true], at))
    case 'over':
      return ifGiven(fields, 'over', where, overOf)
    case 'states':
      return { states: statesOf(fields.states, `${where}.states`) }
    default:
      return key satisfies never
  }
}

/** A series with its labels and its place in the text. */
interface Labelled {
  readonly labels: Labels
  readonly at: string
  readonly one: Fields
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

/** The series with their labels, which no two of a family may share, but for texts that differ. */
function seriesOf(value: unknown, where: string, isText: boolean): Labelled[] {
  const seen = new Set<string>()
  return listOf(value, `${where}.series`).map((each, i) => {
    const at = `${where}.series[${i}]`
    const one = fieldsOf(each, at)
    const labels = fieldsOf(one.labels, `${at}.labels`)
    const entries = Object.entries(labels)
    for (const [name, label] of entries) textOf(label, `${at}.labels.${name}`)
    const labelled = JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
    const key = isText ? labelled + JSON.stringify(one.value) : labelled
    if (seen.has(key)) throw invalid(`${at}.labels, which another series also has,`, key)
    seen.add(key)
    return { labels: labels as Labels, at, one }
  })
}
