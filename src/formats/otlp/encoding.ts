import { version } from '../../version.ts'
import type { OtlpMapping } from './mapping.ts'
import type { OtlpMetric, OtlpPoint } from './metric.ts'

/** What describes the source of metrics: keys of OpenTelemetry's semantic conventions to values. */
export type OtlpAttributes = Readonly<Record<string, string | number | boolean>>

/** How a snapshot becomes requests of OTLP. */
export interface OtlpEncoding extends OtlpMapping {
  readonly encoding: 'protobuf' | 'json'
  readonly temporality: 'cumulative' | 'delta'
  readonly resource: OtlpAttributes
  /** Exemplars from before are left out, in Unix seconds. @default 0 */
  readonly exemplarsSince?: number
}

/** Writes points one after the other. */
export interface OtlpEncoder {
  /** How many bytes there are so far, about. */
  readonly size: number
  begin(metric: OtlpMetric): void
  point(metric: OtlpMetric, point: OtlpPoint): void
  end(metric: OtlpMetric): void
  /** The bytes of all since the last call, as one `ResourceMetrics`. */
  take(): Uint8Array
}

/** The instrumentation scope of all metrics. */
export const scope: { readonly name: string; readonly version: string } = { name: 'plimsoll', version }

/** `AggregationTemporality`. */
export const temporalities = { delta: 1, cumulative: 2 } as const
