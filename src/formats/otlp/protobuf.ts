import type { Exemplar, Labels } from '../../snapshot/snapshot.ts'
import { ProtobufWriter } from '../protobuf/writer.ts'
import { type OtlpAttributes, type OtlpEncoder, type OtlpEncoding, scope, temporalities } from './encoding.ts'
import { otlpExemplars } from './exemplars.ts'
import { integerOf } from './integer.ts'
import type { OtlpExplicit, OtlpExponential, OtlpMetric, OtlpNumber, OtlpPoint } from './metric.ts'
import { NanosecondsOf } from './nanoseconds.ts'

// https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
const requestField = { resourceMetrics: 1 } as const
const resourceMetricsField = { resource: 1, scopeMetrics: 2 } as const
const resourceField = { attributes: 1 } as const
const scopeMetricsField = { scope: 1, metrics: 2 } as const
const scopeField = { name: 1, version: 2 } as const
const keyValueField = { key: 1, value: 2 } as const
const anyValueField = { string: 1, bool: 2, int: 3, double: 4 } as const
const metricField = {
  name: 1,
  description: 2,
  unit: 3,
  gauge: 5,
  sum: 7,
  histogram: 9,
  exponentialHistogram: 10,
} as const
const dataField = { points: 1, temporality: 2, isMonotonic: 3 } as const
const pointField = { start: 2, time: 3 } as const
const numberField = { ...pointField, attributes: 7, double: 4, exemplars: 5, int: 6 } as const
const bothField = { ...pointField, count: 4, sum: 5 } as const
const explicitField = { ...bothField, attributes: 9, counts: 6, bounds: 7, exemplars: 8, min: 11, max: 12 } as const
const exponentialField = {
  ...bothField,
  attributes: 1,
  scale: 6,
  zeroCount: 7,
  positive: 8,
  exemplars: 11,
  min: 12,
  max: 13,
  zeroThreshold: 14,
} as const
const bucketsField = { offset: 1, counts: 2 } as const
const exemplarField = { time: 2, double: 3, spanId: 4, traceId: 5, attributes: 7 } as const

/** Writes OTLP in protobuf. */
export class ProtobufEncoder implements OtlpEncoder {
  private readonly writer = new ProtobufWriter()
  private readonly head: Uint8Array
  private readonly time: bigint
  private readonly temporality: number
  private readonly exemplarsSince: number
  private readonly starts = new NanosecondsOf()
  private readonly times = new NanosecondsOf()
  /** Where the messages that are open begin, from the outermost on. */
  private readonly open: number[] = []

  constructor({ resource, temporality, exemplarsSince = 0 }: OtlpEncoding, takenAt: number) {
    this.head = headOf(resource)
    this.time = this.times.at(takenAt)
    this.temporality = temporalities[temporality]
    this.exemplarsSince = exemplarsSince
  }

  get size(): number {
    return this.writer.length
  }

  begin({ type, name, description, unit }: OtlpMetric): void {
    const { writer, open } = this
    if (open.length === 0) {
      open.push(writer.begin(requestField.resourceMetrics))
      writer.raw(this.head)
      open.push(writer.begin(resourceMetricsField.scopeMetrics))
      writer.message(scopeMetricsField.scope, () => {
        writer.text(scopeField.name, scope.name)
        writer.text(scopeField.version, scope.version)
      })
    }
    open.push(writer.begin(scopeMetricsField.metrics))
    writer.text(metricField.name, name)
    if (description !== '') writer.text(metricField.description, description)
    if (unit !== '') writer.text(metricField.unit, unit)
    open.push(writer.begin(metricField[type]))
  }

  end(metric: OtlpMetric): void {
    const { writer } = this
    const { type } = metric
    const mayFall = type === 'sum' && metric.mayFall === true
    if (type !== 'gauge') writer.uint(dataField.temporality, mayFall ? temporalities.cumulative : this.temporality)
    if (type === 'sum' && !mayFall) writer.uint(dataField.isMonotonic, 1)
    this.close(2)
  }

  take(): Uint8Array {
    this.close(this.open.length)
    return this.writer.finish()
  }

  point(metric: OtlpMetric, point: OtlpPoint): void {
    const { writer } = this
    const at = writer.begin(dataField.points)
    // The numbers of these fields are the same for all kinds of points.
    if (metric.type !== 'gauge') writer.bigFixed64(pointField.start, this.starts.at(point.start ?? metric.start))
    writer.bigFixed64(pointField.time, this.time)
    if (metric.type === 'histogram') this.explicit(point as OtlpExplicit)
    else if (metric.type === 'exponentialHistogram') this.exponential(point as OtlpExponential)
    else this.number(point as OtlpNumber, metric.type === 'gauge' && metric.isInteger)
    writer.end(at)
  }

  private close(count: number): void {
    for (let i = 0; i < count; i++) this.writer.end(this.open.pop() as number)
  }

  private number({ labels, value, exact, exemplars }: OtlpNumber, isInteger: boolean): void {
    const { writer } = this
    const integer = isInteger ? integerOf(value, exact) : undefined
    if (integer === undefined) writer.double(numberField.double, value)
    else writer.bigFixed64(numberField.int, integer)
    writeLabels(writer, numberField.attributes, labels)
    if (exemplars !== undefined) this.exemplars(numberField.exemplars, exemplars)
  }

  private explicit({ labels, count, sum, min, max, bounds, counts, exemplars }: OtlpExplicit): void {
    const { writer } = this
    writer.fixed64(explicitField.count, count)
    if (sum !== undefined) writer.double(explicitField.sum, sum)
    if (counts.length > 0) writer.fixed64s(explicitField.counts, counts)
    if (bounds.length > 0) writer.doubles(explicitField.bounds, bounds)
    writeLabels(writer, explicitField.attributes, labels)
    if (min !== undefined) writer.double(explicitField.min, min)
    if (max !== undefined) writer.double(explicitField.max, max)
    if (exemplars !== undefined) this.exemplars(explicitField.exemplars, exemplars)
  }

  private exponential(point: OtlpExponential): void {
    const { labels, count, sum, min, max, scale, zeroCount, zeroThreshold, offset, counts, exemplars } = point
    const { writer } = this
    writeLabels(writer, exponentialField.attributes, labels)
    writer.fixed64(exponentialField.count, count)
    if (sum !== undefined) writer.double(exponentialField.sum, sum)
    writer.sint(exponentialField.scale, scale)
    writer.fixed64(exponentialField.zeroCount, zeroCount)
    if (counts.length > 0) {
      const at = writer.begin(exponentialField.positive)
      writer.sint(bucketsField.offset, offset)
      writer.uints(bucketsField.counts, counts)
      writer.end(at)
    }
    if (min !== undefined) writer.double(exponentialField.min, min)
    if (max !== undefined) writer.double(exponentialField.max, max)
    writer.double(exponentialField.zeroThreshold, zeroThreshold)
    if (exemplars !== undefined) this.exemplars(exponentialField.exemplars, exemplars)
  }

  private exemplars(field: number, exemplars: readonly Exemplar[]): void {
    const { writer } = this
    for (const { labels, value, time, traceId, spanId } of otlpExemplars(exemplars, this.exemplarsSince)) {
      writer.message(field, () => {
        writer.bigFixed64(exemplarField.time, this.times.at(time))
        writer.double(exemplarField.double, value)
        if (spanId !== undefined) writer.data(exemplarField.spanId, bytesOf(spanId))
        if (traceId !== undefined) writer.data(exemplarField.traceId, bytesOf(traceId))
        writeLabels(writer, exemplarField.attributes, labels)
      })
    }
  }
}

/** The bytes that hex digits stand for. */
function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}

function writeLabels(writer: ProtobufWriter, field: number, labels: Labels): void {
  for (const key in labels) {
    const pair = writer.begin(field)
    writer.text(keyValueField.key, key)
    const value = writer.begin(keyValueField.value)
    writer.text(anyValueField.string, labels[key] as string)
    writer.end(value)
    writer.end(pair)
  }
}

/** The resource, which each chunk begins with. */
function headOf(attributes: OtlpAttributes): Uint8Array {
  const writer = new ProtobufWriter()
  writer.message(resourceMetricsField.resource, () => {
    for (const [key, value] of Object.entries(attributes)) {
      writer.message(resourceField.attributes, () => {
        writer.text(keyValueField.key, key)
        writer.message(keyValueField.value, () => writeAny(writer, value))
      })
    }
  })
  return writer.finish()
}

function writeAny(writer: ProtobufWriter, value: string | number | boolean): void {
  if (typeof value === 'string') writer.text(anyValueField.string, value)
  else if (typeof value === 'boolean') writer.uint(anyValueField.bool, value ? 1 : 0)
  else if (Number.isSafeInteger(value) && value >= 0) writer.uint(anyValueField.int, value)
  else writer.double(anyValueField.double, value)
}
