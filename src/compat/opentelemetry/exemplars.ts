import { type Context, context, isSpanContextValid, TraceFlags, trace } from '@opentelemetry/api'
import type { ExemplarLabels } from '../../metrics/kinds/exemplars.ts'

/** What leads to the span that is active, where it is sampled: others are not stored anywhere. */
export function exemplarOf(given?: Context): ExemplarLabels | undefined {
  const span = trace.getSpanContext(given ?? context.active())
  if (span === undefined || (span.traceFlags & TraceFlags.SAMPLED) === 0 || !isSpanContextValid(span)) return undefined
  return { trace_id: span.traceId, span_id: span.spanId }
}
