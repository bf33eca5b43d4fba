import { MeterProvider } from 'plimsoll/opentelemetry'
import { type Contender, period, timeCalls } from './calls.ts'
import { byName, forms, inForm, kinds } from './forms.ts'
import { observedRequest } from './http-request.ts'
import { routes, statuses } from './inputs.ts'
import { mmstatsFields } from './mmstats.ts'
import { own } from './own.ts'
import { newName, publishedRegistry } from './published.ts'
import { type Bar, effort, type Measurement, tell } from './result.ts'
import { bareRivals } from './rivals/bare.ts'
import { openTelemetry } from './rivals/opentelemetry.ts'
import { promClient } from './rivals/prom-client.ts'
import { prometheusClient } from './rivals/prometheus-io-client.ts'

const registry = publishedRegistry()
const plimsoll = own(registry)
const isEarnest = effort.turns > 1
const count = isEarnest ? 244 * period : period
/** What the compiler has seen before anything is measured, and how often that is. */
const warmUps = isEarnest ? 10 : 1
const warmUp = isEarnest ? 8 * period : period
const runs = isEarnest ? 5 : 1

let kept: unknown
const labelObject: Contender = {
  name: 'a label object alone',
  make: () => ({
    call: (i) => {
      kept = { route: routes[i % 50], status: statuses[i % 50] }
      return kept
    },
    verify: () => {},
  }),
}

const attributes = { 'http.request.method': 'GET', 'http.response.status_code': 200 }
const openTelemetryCounter: Contender = {
  name: 'plimsoll/opentelemetry, counter',
  make: () => {
    const counter = new MeterProvider({ registry }).getMeter('bench').createCounter(newName())
    return { call: () => counter.add(1, attributes), verify: () => {} }
  },
}

const contenders: readonly (readonly [string, Contender])[] = [
  ['plimsoll, counter', plimsoll.inc],
  ['plimsoll, counter add(n)', plimsoll.add],
  ['plimsoll, bound counter', plimsoll.boundCounter],
  ['plimsoll, gauge', plimsoll.gauge],
  ['plimsoll, gauge with extremes', plimsoll.gaugeWithExtremes],
  ['plimsoll, meter', plimsoll.mark],
  ['plimsoll, average over values', plimsoll.averageOverValues],
  ['plimsoll, histogram', plimsoll.histogram],
  ['plimsoll, histogram with explicit bounds', plimsoll.explicit],
  ['plimsoll, mmstats float64 set(x)', mmstatsFields.set],
  ['plimsoll, mmstats float64 add(x)', mmstatsFields.add],
  ['plimsoll, mmstats counter64 inc()', mmstatsFields.inc],
  ['two clock reads', bareRivals(registry).clockReads],
  ['plimsoll, timer', plimsoll.timer],
  [observedRequest.name, observedRequest],
  ['a label object alone', labelObject],
  ['plimsoll, counter by labels', plimsoll.counterByLabels],
  ['plimsoll, histogram by labels', plimsoll.histogramByLabels],
  ['plimsoll/opentelemetry, counter with attributes', openTelemetryCounter],
  ['prom-client, counter', promClient.counter],
  ['prom-client, counter by labels', promClient.counterByLabels],
  ['prom-client, histogram', promClient.histogram],
  ['@prometheus-io/client, counter by labels', prometheusClient.counterByLabels],
  ['@opentelemetry/sdk-metrics, counter', openTelemetry.counter],
  ['@opentelemetry/sdk-metrics, counter by labels', openTelemetry.counterByLabels],
  ['@opentelemetry/sdk-metrics, histogram', openTelemetry.histogram],
]

/** The smallest object has 16 bytes, so half a byte a call is what the measurement itself leaves behind. */
const measurable = 0.5

const bars: Bar[] = contenders.filter(([name]) => name.startsWith('plimsoll')).map(([contender]) => barOf(contender))

const figures: Record<string, number> = {}
for (const [name, contender] of contenders) figures[name] = await allocated(contender, count)
tell(
  {
    title: 'Bytes allocated by a call',
    unit: 'bytes',
    note: `Growth of the heap over ${count} calls without a garbage collection in between; the least of ${runs} runs. Below ${measurable} counts as none.`,
    reference: 'a label object alone',
    bars,
    figures,
  },
  await allocatedInForms(),
)

/** Of each kind by its name, and the most that it takes in any other form. */
async function allocatedInForms(): Promise<Measurement> {
  const fewer = count / 16
  const most: Record<string, number> = {}
  const formBars: Bar[] = []
  for (const kind of kinds) {
    const bare = byName(registry, kind)
    const others = `${kind.name} in another form`
    most[bare.name] = await allocated(bare, fewer)
    most[others] = 0
    for (const form of Object.keys(forms)) {
      most[others] = Math.max(most[others], await allocated(inForm(registry, kind, form), fewer))
    }
    if (kind.name === 'state' || kind.name === 'text') {
      formBars.push({ contender: others, text: 'what it takes by its name', most: 1.01, times: bare.name })
    } else {
      formBars.push(...[bare.name, others].map((contender) => ({ contender, text: 'none', most: measurable })))
    }
  }
  return {
    title: 'Bytes allocated by a call, by ways to declare',
    unit: 'bytes',
    note: `As above over fewer calls, for a metric that is kept by itself, and the most for one that is a property: of a collection, of an object whose class has it, of the statistics of an object with and without others above that count it.`,
    reference: 'state by name',
    bars: formBars,
    figures: most,
  }
}

/** Bytes of heap that one call takes; the young generation is larger than all of them together. */
async function allocated({ make }: Contender, count: number): Promise<number> {
  const { call, verify } = make()
  for (let again = 0; again < warmUps; again++) {
    timeCalls(call, warmUp)
    await new Promise(setImmediate)
  }
  await verify({ calls: warmUps * warmUp, slice: warmUp })
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs; run++) {
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    timeCalls(call, count)
    const grown = process.memoryUsage().heapUsed - before
    if (grown >= 0) least = Math.min(least, grown / count)
  }
  return Math.round(least * 1000) / 1000
}

function barOf(contender: string): Bar {
  if (contender.endsWith('by labels')) {
    return { contender, text: 'the label object and no more', most: 1.01, times: 'a label object alone' }
  }
  if (contender === observedRequest.name) return { contender, text: 'the clock twice, and a duration', most: 48.5 }
  if (contender !== 'plimsoll, timer') return { contender, text: 'none', most: measurable }
  return { contender, text: 'what the clock takes and no more', most: 1.01, times: 'two clock reads' }
}
