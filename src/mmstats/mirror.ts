import { quantiles } from '../snapshot/quantile.ts'
import type { DistributionSeries, FamilySnapshot, Labels, Snapshot } from '../snapshot/snapshot.ts'
import { largestSize } from './layout.ts'

/** A number of a snapshot as a field: `Q` for what is counted, `d` for anything else. */
export interface MirroredField {
  readonly label: string
  readonly type: 'Q' | 'd'
  readonly value: number
}

const mirroredQuantiles: readonly (readonly [q: number, name: string])[] = [
  [0.5, 'p50'],
  [0.9, 'p90'],
  [0.99, 'p99'],
]

/**
 * The numbers of a snapshot as fields. A series is labelled with the name of its family and, joined by dots, its label
 * values in declared order: `web.requests.GET.200`. A distribution becomes `.count`, `.sum`, `.min`, `.max`, `.p50`, `.p90`
 * and `.p99`, all 0 while it is empty. Counters with a fraction, or above 2^53, are floats. Texts are left out.
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
      return family.series.map(({ labels, value }) => ({ label: label(labels), type: 'd', value }))
    case 'histogram':
    case 'timer':
      return family.series.flatMap((series) => distributionFields(label(series.labels), series))
    case 'meter':
      return family.series.map(({ labels, value }) => counted(label(labels), value))
    case 'average':
    case 'state':
    case 'info':
    case 'text':
      return []
    default:
      return family satisfies never
  }
}

function distributionFields(label: string, series: DistributionSeries): MirroredField[] {
  const { count, sum, min = 0, max = 0 } = series
  const values = quantiles(
    series,
    mirroredQuantiles.map(([q]) => q),
  )
  const numbers: readonly (readonly [string, number])[] = [
    ['sum', sum],
    ['min', min],
    ['max', max],
    ...mirroredQuantiles.map(([, name], i) => [name, values?.[i] ?? 0] as const),
  ]
  const floats = numbers.map(([name, value]): MirroredField => ({ label: `${label}.${name}`, type: 'd', value }))
  return [counted(`${label}.count`, count), ...floats]
}

function counted(label: string, value: number): MirroredField {
  return { label, type: Number.isSafeInteger(value) && value >= 0 ? 'Q' : 'd', value }
}

function seriesLabel({ name, labelNames }: FamilySnapshot, labels: Labels): string {
  if (labelNames.length === 0) return name
  // The series past the limit has no values of its own.
  const values = labelNames.map((each) => labels[each])
  if (values.some((value) => value === undefined)) return `${name}.%overflow`
  return [name, ...values.map((value) => part(value as string))].join('.')
}

/** Letters, digits, `_` and `-` stand for themselves, all other bytes are %XX; so no two values are alike. */
function part(value: string): string {
  if (value === '') return '%'
  return value.replace(/[^\w-]/gu, (character) => {
    return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
  })
}

/**
 * The fields with a prefix, each with a label of its own that old readers can read: a label whose length would end the
 * file for them gets a `_`, one that is taken already `_` and a number. What is longer than the format can say is left out.
 */
export function withGoodLabels(fields: readonly MirroredField[], prefix: string): MirroredField[] {
  const taken = new Set<string>()
  const good: MirroredField[] = []
  for (const field of fields) {
    const wanted = prefix + field.label
    let label = fitting(wanted)
    for (let n = 2; taken.has(label); n++) label = fitting(`${wanted}_${n}`)
    if (Buffer.byteLength(label) > largestSize) continue
    taken.add(label)
    good.push({ ...field, label })
  }
  return good
}

function fitting(label: string): string {
  return Buffer.byteLength(label) % 256 === 0 ? `${label}_` : label
}
