import { emptyCall, measureCalls } from './calls.ts'
import { own } from './own.ts'
import { publishedRegistry } from './published.ts'
import { tell } from './result.ts'
import { bareRivals } from './rivals/bare.ts'
import { openTelemetry } from './rivals/opentelemetry.ts'
import { promClient } from './rivals/prom-client.ts'
import { prometheusClient } from './rivals/prometheus-io-client.ts'

const registry = publishedRegistry()
const bare = bareRivals(registry)
const plimsoll = own(registry)

tell(
  await measureCalls({
    title: 'Histogram',
    note: 'Records 4,096 log-normal values in turn. The bare histogram counts in eight buckets to the octave over the whole range and keeps a sum, no extremes, no checks. prom-client and its successor have their 11 default bounds, OpenTelemetry its 15.',
    reference: 'bare histogram',
    bars: [{ contender: 'plimsoll', text: 'within 1.6 x bare histogram', most: 1.6, times: 'bare histogram' }],
    contenders: [
      emptyCall,
      bare.cell,
      bare.histogram,
      plimsoll.histogram,
      plimsoll.explicit,
      promClient.histogram,
      prometheusClient.histogram,
      openTelemetry.histogram,
    ],
  }),
)
