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
    title: 'Counter',
    note: 'One call that counts, no labels.',
    reference: 'bare cell',
    bars: [{ contender: 'plimsoll inc()', text: 'within 1.15 x bare cell', most: 1.15, times: 'bare cell' }],
    contenders: [
      emptyCall,
      bare.cell,
      plimsoll.inc,
      plimsoll.add,
      promClient.counter,
      prometheusClient.counter,
      openTelemetry.counter,
    ],
  }),
)
