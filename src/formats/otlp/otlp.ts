import type { Snapshot } from '../../snapshot/snapshot.ts'
import { joined } from '../joined.ts'
import type { OtlpEncoding } from './encoding.ts'
import { JsonEncoder } from './json.ts'
import { otlpMetrics } from './mapping.ts'
import type { OtlpPoint } from './metric.ts'
import { ProtobufEncoder } from './protobuf.ts'

/** A part of a request. */
export interface OtlpChunk {
  /** A `ResourceMetrics`: in protobuf with its field number in front, so that chunks behind each other are a request. */
  readonly bytes: Uint8Array
  /** How many data points it has. */
  readonly points: number
}

const maxPoints = 400
const maxBytes = 2 ** 18

/**
 * A snapshot in chunks that take about 0.1 ms each to write, so that other work can come between; {@link otlpRequest} joins
 * them. A snapshot without a data point has no chunk.
 */
export function* otlpChunks(snapshot: Snapshot, options: OtlpEncoding): Generator<OtlpChunk> {
  const encoder = new (options.encoding === 'json' ? JsonEncoder : ProtobufEncoder)(options, snapshot.takenAt)
  let points = 0
  for (const metric of otlpMetrics(snapshot, options)) {
    let isOpen = false
    for (const point of metric.points as Iterable<OtlpPoint>) {
      if (!isOpen) encoder.begin(metric)
      isOpen = true
      encoder.point(metric, point)
      points++
      if (points < maxPoints && encoder.size < maxBytes) continue
      encoder.end(metric)
      isOpen = false
      yield { bytes: encoder.take(), points }
      points = 0
    }
    if (isOpen) encoder.end(metric)
  }
  if (points > 0) yield { bytes: encoder.take(), points }
}

const encode = new TextEncoder()
const json = { head: encode.encode('{"resourceMetrics":['), comma: encode.encode(','), tail: encode.encode(']}') }

/** How many bytes {@link otlpRequest} adds to its chunks, beside one for each. */
export const requestOverhead: number = json.head.length + json.tail.length

/** An `ExportMetricsServiceRequest` of these chunks. */
export function otlpRequest(chunks: readonly OtlpChunk[], encoding: OtlpEncoding['encoding']): Uint8Array {
  const bodies = chunks.map(({ bytes }) => bytes)
  if (encoding === 'protobuf') return joined(bodies)
  return joined([json.head, ...bodies.flatMap((bytes, i) => (i === 0 ? [bytes] : [json.comma, bytes])), json.tail])
}
