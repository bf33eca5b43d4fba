import { createRequire } from 'node:module'

/** A message by the names of its fields, as JSON has it: 64-bit integers as strings, ids in hex, without what is empty. */
export interface OtlpMessage {
  readonly [field: string]: unknown
}

interface Request {
  decode(bytes: Uint8Array): object
  toObject(message: object, options: object): OtlpMessage
}

const require = createRequire(import.meta.url)
const { opentelemetry } = require('@opentelemetry/otlp-transformer/build/src/generated/root.js') as {
  readonly opentelemetry: { proto: { collector: { metrics: { v1: { ExportMetricsServiceRequest: Request } } } } }
}
const request = opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest

/** An `ExportMetricsServiceRequest`, read by code that was generated from the official protos. */
export function decodeOtlp(bytes: Uint8Array): OtlpMessage {
  return normal(request.toObject(request.decode(bytes), { longs: String, json: true })) as OtlpMessage
}

/** One in JSON, in the same form. */
export function parseOtlpJson(bytes: Uint8Array): OtlpMessage {
  return normal(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))) as OtlpMessage
}

function normal(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(normal)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([name, field]) => [name, normal(field)] as const)
  return Object.fromEntries(fields.filter(([, field]) => !isEmpty(field)).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function isEmpty(field: unknown): boolean {
  return Array.isArray(field) && field.length === 0
}

/** All metrics of a request, whichever part they are in. */
export function metricsOf(message: OtlpMessage): OtlpMessage[] {
  return list(message['resourceMetrics']).flatMap((part) =>
    list(part['scopeMetrics']).flatMap((scope) => list(scope['metrics'])),
  )
}

/** The data points of a metric, of whichever type. */
export function pointsOf(metric: OtlpMessage): OtlpMessage[] {
  const data = metric['gauge'] ?? metric['sum'] ?? metric['histogram'] ?? metric['exponentialHistogram']
  return list((data as OtlpMessage)['dataPoints'])
}

/** Attributes with texts as labels. */
export function attributesOf({ attributes }: OtlpMessage): Record<string, unknown> {
  const pairs = list(attributes).map(({ key, value }) => [key, (value as OtlpMessage)['stringValue']] as const)
  return Object.fromEntries(pairs) as Record<string, unknown>
}

function list(field: unknown): OtlpMessage[] {
  return (field ?? []) as OtlpMessage[]
}
