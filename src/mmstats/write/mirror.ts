import { quantiles } from '../../snapshot/buckets/quantile.ts'
import type { NumberType } from '../../snapshot/family-traits.ts'
import { ofState } from '../../snapshot/kinds/state.ts'
import type {
  AverageSeries,
  Distribution,
  DistributionSeries,
  Extremes,
  FamilySnapshot,
  GaugeSeries,
  Labels,
  Rates,
  Snapshot,
  StateSeries,
} from '../../snapshot/snapshot.ts'
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

const mirroredQuantiles: readonly (readonly [q: number, name: string])[] = [
  [0.5, 'p50'],
  [0.9, 'p90'],
  [0.99, 'p99'],
]

/**
 * A snapshot as fields. A series is labelled with the name of its family and, joined by dots, its label values in declared
 * order: `web.requests.GET.200`.
 *
 * - Counters are `Q`; those with a fraction, or above 2^53, floats. Gauges are floats, or what their `type` says. A meter is a
 *   counter, with its rates as `.m1`, `.m5` and `.m15` behind it, 0 where there are none.
 * - A distribution becomes `.count`, `.sum`, `.min`, `.max`, `.p50`, `.p90` and `.p99`, all 0 while it is empty, the quantiles of
 *   the last minute `.1m.p50` and so on once they are known, and a timer's rates as a meter's.
 * - An average becomes `.count`, `.sum`, `.mean` and, with a window, `.window`, the mean over it. A state is a text, empty for
 *   none, with the seconds in each as `.idle.seconds`, and `.users`. Texts are texts, and so is each constant of an info:
 *   `build.version`.
 */
export function mirroredFields({ families }: Snapshot): MirroredField[] {
  return families.flatMap((family) => fieldsOf(family))
}

function fieldsOf(family: FamilySnapshot): MirroredField[] {
  const label = (labels: Labels): string => seriesLabel(family, labels)
  switch (family.kind) {
    case 'counter':
      return family.series.map(({ labels, value }) => counted(label(labels), value))
    case 'gauge':
      return family.series.flatMap((series) => gaugeFields(label(series.labels), family.type, series))
    case 'meter':
      return family.series.flatMap(({ labels, value, rates }) => [
        counted(label(labels), value),
        ...rateFields(label(labels), rates),
      ])
    case 'histogram':
    case 'timer':
      return family.series.flatMap((series) => [
        ...distributionFields(label(series.labels), series),
        ...(family.kind === 'timer' && series.rates !== undefined
          ? rateFields(label(series.labels), series.rates)
          : []),
      ])
    case 'average':
      return family.series.flatMap((series) => averageFields(label(series.labels), family.over !== undefined, series))
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

function gaugeFields(label: string, type: NumberType | undefined, series: GaugeSeries): MirroredField[] {
  const { value, extremes = {} } = series
  const windows = Object.entries(extremes) as ['1m' | '5m', Extremes][]
  const ends = windows.flatMap(([name, { min, max }]) => [
    float(`${label}.${name}.min`, min),
    float(`${label}.${name}.max`, max),
  ])
  if (type === 'bool' && (value === 0 || value === 1)) return [{ label, type: '?', value: value === 1 }, ...ends]
  return [type === 'int' && Number.isSafeInteger(value) ? { label, type: 'q', value } : float(label, value), ...ends]
}

function rateFields(label: string, rates: Rates | undefined): MirroredField[] {
  return (['m1', 'm5', 'm15'] as const).map((name) => float(`${label}.${name}`, rates?.[name] ?? 0))
}

function averageFields(label: string, hasWindow: boolean, { count, sum, window }: AverageSeries): MirroredField[] {
  const meanOf = (of: { count: number; sum: number } | undefined): number =>
    of !== undefined && of.count > 0 ? of.sum / of.count : 0
  return [
    counted(`${label}.count`, count),
    float(`${label}.sum`, sum),
    float(`${label}.mean`, meanOf({ count, sum })),
    ...(hasWindow ? [float(`${label}.window`, meanOf(window))] : []),
  ]
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

function distributionFields(label: string, series: DistributionSeries): MirroredField[] {
  const { count, sum, min = 0, max = 0, recent } = series
  const numbers: readonly (readonly [string, number])[] = [
    ['sum', sum],
    ['min', min],
    ['max', max],
    ...quantilesOf(series),
  ]
  const lately = recent?.['1m'] === undefined ? [] : quantilesOf(recent['1m'])
  return [
    counted(`${label}.count`, count),
    ...numbers.map(([name, value]) => float(`${label}.${name}`, value)),
    ...lately.map(([name, value]) => float(`${label}.1m.${name}`, value)),
  ]
}

function quantilesOf(series: Distribution): (readonly [name: string, value: number])[] {
  const values = quantiles(
    series,
    mirroredQuantiles.map(([q]) => q),
  )
  return mirroredQuantiles.map(([, name], i) => [name, values?.[i] ?? 0])
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
