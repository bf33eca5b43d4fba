import { deserialize } from 'prometheus-remote-write'
import { decode, type Message, readVarint, type Schema } from './protobuf-decoder.ts'

// As in https://github.com/prometheus/prometheus/blob/main/prompb/types.proto, field by field.
const label: Schema = { 1: ['name', 'text'], 2: ['value', 'text'] }
const exemplar: Schema = { 1: ['labels', label], 2: ['value', 'double'], 3: ['timestamp', 'uint'] }
const span: Schema = { 1: ['offset', 'sint'], 2: ['length', 'uint'] }
const histogram: Schema = {
  1: ['count_int', 'uint'],
  3: ['sum', 'double'],
  4: ['schema', 'sint'],
  5: ['zero_threshold', 'double'],
  6: ['zero_count_int', 'uint'],
  11: ['positive_spans', span],
  12: ['positive_deltas', 'sint'],
  15: ['timestamp', 'uint'],
}
const timeSeries: Schema = {
  1: ['labels', label],
  2: ['samples', { 1: ['value', 'double'], 2: ['timestamp', 'uint'] }],
  3: ['exemplars', exemplar],
  4: ['histograms', histogram],
}

const metadata: Schema = {
  1: ['type', 'uint'],
  2: ['metric_family_name', 'text'],
  4: ['help', 'text'],
  5: ['unit', 'text'],
}

/** A time series of a request, with one sample. */
export interface WrittenSeries {
  /** In the order in which they were written. */
  readonly labels: readonly (readonly [name: string, value: string])[]
  readonly value?: number
  readonly histogram?: Message
  readonly time: number
  readonly exemplars: readonly Message[]
}

/** The time series of a `WriteRequest`. One that has exemplars only belongs to the one before it. */
export function decodeWriteRequest(bytes: Uint8Array): WrittenSeries[] {
  const { timeseries = [] } = decode(bytes, { 1: ['timeseries', timeSeries], 3: ['metadata', metadata] })
  const all: WrittenSeries[] = []
  for (const one of timeseries as Message[]) {
    const { samples = [], histograms = [] } = one
    const [labels, exemplars] = [labelsOf((one['labels'] ?? []) as Message[]), (one['exemplars'] ?? []) as Message[]]
    const before = all.at(-1)
    if (samples.length + histograms.length === 0 && JSON.stringify(before?.labels) === JSON.stringify(labels)) {
      all[all.length - 1] = { ...(before as WrittenSeries), exemplars }
      continue
    }
    const [sample = histograms[0]] = samples as Message[]
    if (samples.length + histograms.length !== 1) throw new Error('not one sample')
    const { value: [value] = [], timestamp: [time] = [] } = sample as Message
    all.push({
      labels,
      ...(typeof value === 'number' && { value }),
      ...(histograms.length > 0 && { histogram: histograms[0] as Message }),
      time: Number(time),
      exemplars,
    })
  }
  return all
}

/** What a request says of a metric. */
export interface WrittenMetadata {
  /** Its type by the number of `MetricMetadata.MetricType`. */
  readonly type: number
  readonly metricFamilyName: string
  readonly help: string
  readonly unit: string
}

/** The metadata of a `WriteRequest`, read by code that was generated from the official protos. */
export async function decodeMetadata(bytes: Uint8Array): Promise<WrittenMetadata[]> {
  // It is typed for less than it takes.
  const request = (await deserialize(Buffer.from(bytes) as never)) as unknown as { metadata: WrittenMetadata[] }
  return request.metadata
}

/** Names and values of labels. */
export function labelsOf(labels: readonly Message[]): [name: string, value: string][] {
  return labels.map(({ name = [], value = [] }) => [String(name[0]), String(value[0])])
}

/** The content of a block of snappy: https://github.com/google/snappy/blob/main/format_description.txt */
export function uncompressed(block: Uint8Array): Uint8Array {
  const [length, start] = readVarint(block, 0)
  const content = new Uint8Array(length)
  let to = 0
  for (let at = start; at < block.length; ) {
    const tag = block[at++] as number
    const [kind, upper] = [tag & 3, tag >> 2]
    const number = (size: number): number => {
      let value = 0
      for (let i = 0; i < size; i++) value += (block[at++] as number) * 256 ** i
      return value
    }
    if (kind === 0) {
      const size = (upper < 60 ? upper : number(upper - 59)) + 1
      if (at + size > block.length) throw new Error('a literal behind the end')
      content.set(block.subarray(at, at + size), to)
      at += size
      to += size
      continue
    }
    const size = kind === 1 ? (upper & 7) + 4 : upper + 1
    const offset = kind === 1 ? (upper >> 3) * 256 + number(1) : number(kind === 2 ? 2 : 4)
    if (offset === 0 || offset > to || to + size > length) throw new Error('a copy of what is not there')
    // It may overlap what it writes.
    for (const end = to + size; to < end; to++) content[to] = content[to - offset] as number
  }
  if (to !== length) throw new Error('not the length at the beginning')
  return content
}
