import type {
  CounterSeries,
  FamilySnapshot,
  GaugeSeries,
  Labels,
  PageInfo,
  Snapshot,
  TextSeries,
} from '../../snapshot/snapshot.ts'
import type { MmstatsField } from './field.ts'
import { toJsonValue } from './value.ts'
import { isAbout } from './writer-life.ts'

/** Decides whether the number in a field only goes up. */
export type KindOf = (field: MmstatsField) => 'counter' | 'gauge'

/**
 * The old library writes its counters as buffered `Q`. Its UInt64Field looks the same, so a rare 64-bit gauge is taken
 * for a counter; the other way round most counters would be taken for gauges.
 */
export const kindOf: KindOf = ({ type, buffered }) => (buffered && type === 'Q' ? 'counter' : 'gauge')

/** Names a second series where a file has a label twice: `copy="2"`. */
const copyLabel = 'copy'

/** What of a file is about its writer and stands in {@link PageInfo}. */
const told = ['sys.pid', 'sys.tid', 'sys.created']

/**
 * A file as a snapshot: booleans as 0 and 1, integers beyond 2^53 rounded, but with their digits. Gauges add up, as in the
 * old tools; of user and group the largest counts. Fields with the same label are series of one family, texts apart from
 * numbers.
 */
export function snapshotOf(fields: readonly MmstatsField[], page: PageInfo, takenAt: number, kind: KindOf): Snapshot {
  const byLabel = new Map<string, MmstatsField[]>()
  for (const field of fields) {
    if (told.some((what) => isAbout(field, what)) && typeof field.value !== 'string') continue
    const known = byLabel.get(field.label)
    if (known === undefined) byLabel.set(field.label, [field])
    else known.push(field)
  }
  const families = [...byLabel].flatMap(([name, same]) => familiesOf(name, same, kind))
  return { version: 1, takenAt, pages: [page], families: families.sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

function familiesOf(name: string, fields: readonly MmstatsField[], kind: KindOf): FamilySnapshot[] {
  const several = fields.length > 1
  const head = { name, unit: '', help: '', labelNames: several ? [copyLabel] : [] }
  const labelled = fields.map((field, i) => ({ field, labels: several ? { [copyLabel]: String(i + 1) } : noLabels }))
  const texts = labelled.flatMap(({ field: { value }, labels }): TextSeries[] =>
    typeof value === 'string' ? [{ labels, value }] : [],
  )
  const numbers = labelled.filter(({ field }) => typeof field.value !== 'string')
  return [
    ...(numbers.length > 0 ? [numberFamily(head, numbers, kind)] : []),
    ...(texts.length > 0 ? [{ ...head, kind: 'text' as const, series: texts }] : []),
  ]
}

const noLabels: Labels = {}

function numberFamily(
  head: Pick<FamilySnapshot, 'name' | 'unit' | 'help' | 'labelNames'>,
  labelled: readonly { readonly field: MmstatsField; readonly labels: Labels }[],
  kind: KindOf,
): FamilySnapshot {
  const series = labelled.map(({ field: { value }, labels }): CounterSeries & GaugeSeries => {
    const json = toJsonValue(value)
    return { labels, value: Number(value), ...(typeof json === 'string' && { exact: json }) }
  })
  const fields = labelled.map(({ field }) => field)
  if (fields.every((field) => kind(field) === 'counter')) return { ...head, kind: 'counter', series }
  const ofUser = fields.some((field) => isAbout(field, 'sys.uid') || isAbout(field, 'sys.gid'))
  return { ...head, kind: 'gauge', aggregation: ofUser ? 'max' : 'sum', series }
}
