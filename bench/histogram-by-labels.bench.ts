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
    title: 'Histogram found by labels',
    note: 'Two labels, 50 combinations one after the other, a new label object in each call; 4,096 log-normal values in turn.',
    reference: 'bare nested Map',
    bars: [],
    contenders: [
      emptyCall,
      bare.cell,
      bare.nestedMap,
      plimsoll.histogramByLabels,
      promClient.histogramByLabels,
      prometheusClient.histogramByLabels,
      openTelemetry.histogramByLabels,
    ],
  }),
)
