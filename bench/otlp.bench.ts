import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { AggregationType } from '@opentelemetry/sdk-metrics'
import { formatOtlp } from 'plimsoll/formats'
import {
  counterCount,
  eachCounter,
  eachDuration,
  encodedSnapshot,
  measureEncodings,
  prometheusText,
  timerCount,
} from './encodings.ts'
import { tell } from './result.ts'
import { newMeter } from './rivals/opentelemetry.ts'

const snapshot = encodedSnapshot()
const transformer = '@opentelemetry/otlp-transformer'

const options = { maxSize: 400 }
const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM, options } as const
const { meter, reader } = newMeter([{ instrumentName: 'latency', aggregation }])
const counters = Array.from({ length: 10 }, (_, f) => meter.createCounter(`requests.n${f}`))
eachCounter((f, route, status) => counters[f]?.add(7, { route, status }))
const latency = meter.createHistogram('latency')
eachDuration((route, status, seconds) => latency.record(seconds, { route, status }))
const { resourceMetrics } = await reader.collect()

const figures = await measureEncodings(snapshot, {
  plimsoll: () => formatOtlp(snapshot, { maxBuckets: 400 }).length,
  'plimsoll, JSON': () => formatOtlp(snapshot, { maxBuckets: 400, encoding: 'json' }).length,
  [transformer]: () => ProtobufMetricsSerializer.serializeRequest(resourceMetrics)?.length ?? 0,
})

tell({
  title: 'Encoding as OTLP',
  unit: 'ms',
  note:
    `${counterCount} counters and ${timerCount} timers with two labels each, as a request of OTLP in protobuf, from a snapshot ` +
    'that was read before. OpenTelemetry encodes what its SDK has collected before.',
  reference: prometheusText,
  bars: [
    { contender: 'plimsoll', text: `within 1.55 x the ${prometheusText}`, most: 1.55, times: prometheusText },
    { contender: 'plimsoll', text: `faster than ${transformer}`, most: 1, times: transformer },
  ],
  figures,
})
