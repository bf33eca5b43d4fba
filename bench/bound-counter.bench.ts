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
    title: 'Bound counter',
    note: 'A series of a family with two labels and 50 series, found once and kept. OpenTelemetry has no such thing: it gets the same attributes object each time.',
    reference: 'bare cell',
    bars: [{ contender: 'plimsoll', text: 'within 1.15 x bare cell', most: 1.15, times: 'bare cell' }],
    contenders: [
      emptyCall,
      bare.cell,
      plimsoll.boundCounter,
      promClient.boundCounter,
      prometheusClient.boundCounter,
      openTelemetry.boundCounter,
    ],
  }),
)
