import type { NumberType } from '../../snapshot/family-traits.ts'
import { ofState } from '../../snapshot/kinds/state.ts'
import type { FamilySnapshot, GaugeSeries, Labels, Snapshot, StateSeries } from '../../snapshot/snapshot.ts'
import { statisticReader } from '../../snapshot/statistics.ts'
import { part, seriesLabel } from './mirror-labels.ts'

/** A number or text of a snapshot as a field. */
export type MirroredField = MirroredNumber | MirroredText | MirroredBool

/** `Q` for what is counted, `q` for other whole numbers, `d` for anything else. */
interface MirroredNumber {
  readonly label: string
  readonly type: 'Q' | 'q' | 'd'
  readonly value: number
}

interface MirroredBool {
  readonly label: string
  readonly type: '?'
  readonly value: boolean
}

/** Text with room for `size` bytes of UTF-8. */
interface MirroredText {
  readonly label: string
  readonly type: 's'
  readonly size: number
  readonly value: string
}

/**
 * A snapshot as fields. A series is labelled with the name of its family and, joined by dots, its label values in declared
 * order: `web.requests.GET.200`.
 *
 * - Counters are `Q`; those with a fraction, or above 2^53, floats. Gauges are floats, or what their `type` says. A meter is a
 *   counter, with its rates as `.m1`, `.m5` and `.m15` behind it, 0 where there are none.
 * - A distribution becomes `.count`, `.sum`, `.min`, `.max`, `.p50`, `.p90` and `.p99`, all 0 while it is empty, the
 *   quantiles of
 *   the last minute `.1m.p50` and so on once they are known, and a timer's rates as a meter's.
 * - An average becomes `.count`, `.sum`, `.mean` and, with a window, `.window`, the mean over it. A state is a text, empty for
 *   none, with the seconds in each as `.idle.seconds`, and `.users`. Texts are texts, and so is each constant of an info:
 *   `build.version`.
 */
export function mirroredFields({ families }: Snapshot): MirroredField[] {
  return families.flatMap((family) => fieldsOf(family))
}

const rates = ['m1', 'm5', 'm15']
const quantiles = ['p50', 'p90', 'p99']

function fieldsOf(family: FamilySnapshot): MirroredField[] {
  const label = (labels: Labels): string => seriesLabel(family, labels)
  const of = statisticFields(family)
  switch (family.kind) {
    case 'counter':
      return family.series.map(({ labels, value }) => counted(label(labels), value))
    case 'gauge':
      return family.series.flatMap((series) => {
        const windows = Object.keys(series.extremes ?? {}).flatMap((name) => [`${name}.min`, `${name}.max`])
        return [gaugeField(label(series.labels), family.type, series), ...of(series, windows)]
      })
    case 'meter':
      return family.series.flatMap((series) => [counted(label(series.labels), series.value), ...of(series, rates)])
    case 'histogram':
    case 'timer':
      return family.series.flatMap((series) => {
        const lately = series.recent?.['1m'] === undefined ? [] : quantiles.map((name) => `1m.${name}`)
        const often = family.kind === 'timer' && series.rates !== undefined ? rates : []
        return of(series, ['count', 'sum', 'min', 'max', ...quantiles, ...lately, ...often])
      })
    case 'average':
      return family.series.flatMap((series) =>
        of(series, ['count', 'sum', 'mean', ...(family.over === undefined ? [] : ['window'])]),
      )
    case 'state':
      return family.series.flatMap((series) => stateFields(label(series.labels), family.states, series))
    case 'text':
      return family.series.map(({ labels, value }) => textField(label(labels), value, bytesOf(value)))
    case 'info':
      return family.series.flatMap(({ labels }) =>
        Object.entries(labels).map(([name, value]) => textField(`${family.name}.${part(name)}`, value, bytesOf(value))),
      )
    default:
      return family satisfies never
  }
}

/** Makes fields of the statistics with these names, 0 where a series does not have one now. */
function statisticFields(
  family: FamilySnapshot,
): (series: FamilySnapshot['series'][number], names: readonly string[]) => MirroredField[] {
  const readers = new Map<string, ReturnType<typeof statisticReader>>()
  return (series, names) => {
    const label = seriesLabel(family, series.labels)
    return names.map((name) => {
      const reader = readers.get(name) ?? statisticReader(family, name)
      readers.set(name, reader)
      const value = Number(reader?.read(series) ?? 0)
      return name === 'count' ? counted(`${label}.${name}`, value) : float(`${label}.${name}`, value)
    })
  }
}

function gaugeField(label: string, type: NumberType | undefined, { value }: GaugeSeries): MirroredField {
  if (type === 'bool' && (value === 0 || value === 1)) return { label, type: '?', value: value === 1 }
  return type === 'int' && Number.isSafeInteger(value) ? { label, type: 'q', value } : float(label, value)
}

/** There is room for the longest state, so that the field stays when the state changes. */
function stateFields(
  label: string,
  states: readonly string[],
  { value, seconds, users }: StateSeries,
): MirroredField[] {
  return [
    textField(label, value ?? '', Math.max(1, ...states.map(bytesOf))),
    ...states.map((state) => float(`${label}.${part(state)}.seconds`, ofState(seconds, state))),
    float(`${label}.users`, users),
  ]
}

function counted(label: string, value: number): MirroredField {
  return { label, type: Number.isSafeInteger(value) && value >= 0 ? 'Q' : 'd', value }
}

function float(label: string, value: number): MirroredField {
  return { label, type: 'd', value }
}

/** The room is a power of two, so that a text that grows a little stays in its field. */
function textField(label: string, value: string, bytes: number): MirroredField {
  return { label, type: 's', size: Math.min(2 ** Math.max(5, Math.ceil(Math.log2(bytes))), 65_000), value }
}

function bytesOf(text: string): number {
  return Math.max(1, Buffer.byteLength(text))
}
