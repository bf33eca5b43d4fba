import type { Exemplar, Labels } from '../../snapshot/snapshot.ts'

/** An exemplar as OTLP has it. */
export interface OtlpExemplar {
  readonly value: number
  /** In Unix seconds. */
  readonly time: number
  /** 32 hex digits. */
  readonly traceId?: string
  /** 16 hex digits. */
  readonly spanId?: string
  /** All other labels. */
  readonly labels: Labels
}

/** A label by one of these names is a field of its own, if it is as long as ids of OpenTelemetry are. */
const traceId = /^[0-9a-f]{32}$/i
const spanId = /^[0-9a-f]{16}$/i

export function otlpExemplars(exemplars: readonly Exemplar[], since: number): OtlpExemplar[] {
  return exemplars.filter(({ value, time }) => Number.isFinite(value) && time >= since).map(otlpExemplar)
}

function otlpExemplar({ value, time, labels: all }: Exemplar): OtlpExemplar {
  const { trace_id: trace = '', span_id: span = '', ...others } = all
  const isTrace = traceId.test(trace)
  const isSpan = spanId.test(span)
  const labels = {
    ...(Object.hasOwn(all, 'trace_id') && !isTrace && { trace_id: trace }),
    ...(Object.hasOwn(all, 'span_id') && !isSpan && { span_id: span }),
    ...others,
  }
  return {
    value,
    time,
    labels,
    ...(isTrace && { traceId: trace.toLowerCase() }),
    ...(isSpan && { spanId: span.toLowerCase() }),
  }
}
