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
    title: 'Timer around nothing',
    note: 'Times a function that does nothing. The floor is two calls of performance.now().',
    reference: 'two clock reads',
    bars: [
      { contender: 'plimsoll time(fn)', text: 'within 1.1 x two clock reads', most: 1.1, times: 'two clock reads' },
    ],
    contenders: [
      emptyCall,
      bare.cell,
      bare.clockReads,
      plimsoll.timer,
      plimsoll.stopwatch,
      promClient.timer,
      prometheusClient.timer,
      openTelemetry.timer,
    ],
  }),
)
