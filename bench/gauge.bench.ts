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
    title: 'Gauge',
    note: 'Sets a gauge without labels to the number of the call.',
    reference: 'bare cell',
    bars: [
      { contender: 'plimsoll', text: 'within 1.15 x bare cell', most: 1.15, times: 'bare cell' },
      { contender: 'plimsoll, with extremes', text: 'within 1.75 x bare cell', most: 1.75, times: 'bare cell' },
    ],
    contenders: [
      emptyCall,
      bare.cell,
      bare.store,
      plimsoll.gauge,
      plimsoll.gaugeWithExtremes,
      promClient.gauge,
      prometheusClient.gauge,
      openTelemetry.gauge,
    ],
  }),
)
