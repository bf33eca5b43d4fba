import type { Exemplar, Labels } from '../../snapshot/snapshot.ts'
import { wellFormedValue } from '../well-formed.ts'
import { type OtlpAttributes, type OtlpEncoder, type OtlpEncoding, scope, temporalities } from './encoding.ts'
import { otlpExemplars } from './exemplars.ts'
import { integerOf } from './integer.ts'
import type { OtlpExplicit, OtlpExponential, OtlpMetric, OtlpNumber, OtlpPoint } from './metric.ts'
import { nanoseconds } from './nanoseconds.ts'

const encoder = new TextEncoder()
/** About so many characters a data point has beside its labels and buckets. */
const pointLength = 200
const bucketLength = 8

/**
 * Writes OTLP in JSON: that of Protocol Buffers, so integers of 64 bits are strings, but with enums as integers and ids in hex
 * (https://opentelemetry.io/docs/specs/otlp/, "JSON Protobuf Encoding").
 */
export class JsonEncoder implements OtlpEncoder {
  size = 0
  private readonly resource: object
  private readonly time: string
  private readonly temporality: number
  private readonly exemplarsSince: number
  private metrics: object[] = []
  private points: object[] = []

  constructor({ resource, temporality, exemplarsSince = 0 }: OtlpEncoding, takenAt: number) {
    this.resource = { attributes: Object.entries(resource).map(([key, value]) => keyValue(key, value)) }
    this.time = String(nanoseconds(takenAt))
    this.temporality = temporalities[temporality]
    this.exemplarsSince = exemplarsSince
  }

  begin(): void {
    this.points = []
  }

  point(metric: OtlpMetric, point: OtlpPoint): void {
    const written = {
      attributes: attributesOf(point.labels),
      ...(metric.type !== 'gauge' && { startTimeUnixNano: String(nanoseconds(point.start ?? metric.start)) }),
      timeUnixNano: this.time,
      ...(metric.type === 'histogram'
        ? explicitFields(point as OtlpExplicit)
        : metric.type === 'exponentialHistogram'
          ? exponentialFields(point as OtlpExponential)
          : numberFields(point as OtlpNumber, metric.type === 'gauge' && metric.isInteger)),
      ...(point.exemplars !== undefined && { exemplars: this.exemplars(point.exemplars) }),
    }
    this.points.push(written)
    this.size += pointLength + labelLength(point.labels)
    if ('counts' in point) this.size += bucketLength * point.counts.length
  }

  end(metric: OtlpMetric): void {
    const { type, name, description, unit } = metric
    const mayFall = type === 'sum' && metric.mayFall === true
    this.metrics.push({
      name: wellFormedValue(name),
      ...(description !== '' && { description: wellFormedValue(description) }),
      ...(unit !== '' && { unit: wellFormedValue(unit) }),
      [type]: {
        dataPoints: this.points,
        ...(type !== 'gauge' && { aggregationTemporality: mayFall ? temporalities.cumulative : this.temporality }),
        ...(type === 'sum' && !mayFall && { isMonotonic: true }),
      },
    })
  }

  take(): Uint8Array {
    const { resource, metrics } = this
    this.metrics = []
    this.size = 0
    return encoder.encode(JSON.stringify({ resource, scopeMetrics: [{ scope, metrics }] }))
  }

  private exemplars(exemplars: readonly Exemplar[]): object[] {
    return otlpExemplars(exemplars, this.exemplarsSince).map(({ labels, value, time, traceId, spanId }) => ({
      filteredAttributes: attributesOf(labels),
      timeUnixNano: String(nanoseconds(time)),
      asDouble: value,
      ...(spanId !== undefined && { spanId }),
      ...(traceId !== undefined && { traceId }),
    }))
  }
}

function numberFields({ value, exact }: OtlpNumber, isInteger: boolean): object {
  const integer = isInteger ? integerOf(value, exact) : undefined
  return integer === undefined ? { asDouble: double(value) } : { asInt: String(integer) }
}

function explicitFields({ count, sum, min, max, bounds, counts }: OtlpExplicit): object {
  return {
    ...distributionFields({ count, sum, min, max }),
    bucketCounts: counts.map(String),
    explicitBounds: bounds.map(double),
  }
}

function exponentialFields(point: OtlpExponential): object {
  const { scale, zeroCount, zeroThreshold, offset, counts } = point
  return {
    ...distributionFields(point),
    scale,
    zeroCount: String(zeroCount),
    ...(counts.length > 0 && { positive: { offset, bucketCounts: counts.map(String) } }),
    zeroThreshold,
  }
}

function distributionFields({
  count,
  sum,
  min,
  max,
}: {
  readonly count: number
  readonly sum?: number | undefined
  readonly min?: number | undefined
  readonly max?: number | undefined
}): object {
  return {
    count: String(count),
    ...(sum !== undefined && { sum: double(sum) }),
    ...(min !== undefined && { min: double(min) }),
    ...(max !== undefined && { max: double(max) }),
  }
}

/** JSON has no other numbers. */
function double(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

function attributesOf(labels: Labels): object[] {
  return Object.keys(labels).map((key) => keyValue(key, labels[key] as string))
}

function keyValue(key: string, value: OtlpAttributes[string]): object {
  return { key: wellFormedValue(key), value: anyValue(value) }
}

function anyValue(value: OtlpAttributes[string]): object {
  if (typeof value === 'string') return { stringValue: wellFormedValue(value) }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isSafeInteger(value) && value >= 0 ? { intValue: String(value) } : { doubleValue: double(value) }
}

function labelLength(labels: Labels): number {
  let length = 0
  for (const name in labels) length += name.length + (labels[name] as string).length + 40
  return length
}
