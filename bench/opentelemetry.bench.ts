import type { Attributes, Meter } from '@opentelemetry/api'
import type { Histogram } from '@opentelemetry/sdk-metrics'
import { MeterProvider } from 'plimsoll/opentelemetry'
import { type Contender, emptyCall, measureCalls } from './calls.ts'
import { picks, routes, statuses } from './inputs.ts'
import { newName, publishedRegistry } from './published.ts'
import { type Measurement, mustEqual, tell } from './result.ts'
import { newMeter } from './rivals/opentelemetry.ts'

/** A meter of the API, and what was recorded by the instrument of a name. */
interface Recorded {
  readonly meter: Meter
  sum(name: string): number | Promise<number>
}

const registry = publishedRegistry()
const provider = new MeterProvider({ registry })

const apis: Readonly<Record<string, () => Recorded>> = {
  'plimsoll/opentelemetry': () => ({
    meter: provider.getMeter('bench'),
    sum: (name) => {
      const series = registry.read().families.find((family) => family.name === name)?.series ?? []
      return series.reduce((all, one) => all + ('value' in one ? Number(one.value) : 'sum' in one ? one.sum : 0), 0)
    },
  }),
  '@opentelemetry/sdk-metrics': () => {
    const { meter, reader } = newMeter()
    const sum = async (): Promise<number> => {
      const { resourceMetrics } = await reader.collect()
      const points = resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints ?? []
      return points.reduce(
        (all, { value }) => all + (typeof value === 'number' ? value : ((value as Histogram).sum ?? 0)),
        0,
      )
    }
    return { meter, sum }
  },
}

type Use = (meter: Meter, name: string) => (i: number) => void

/** In multiples of an empty call, as a machine that slows down for minutes slows down both. */
const bar = {
  contender: 'plimsoll/opentelemetry',
  text: '60 ns where an empty call takes 3.5',
  most: 60 / 3.5,
  times: emptyCall.name,
}

/** One way to call, by both; each call adds 1. */
async function measure(title: string, note: string, use: Use): Promise<Measurement> {
  const contenders = Object.entries(apis).map(([name, begin]): Contender => {
    const make: Contender['make'] = () => {
      const { meter, sum } = begin()
      const instrument = newName()
      const call = use(meter, instrument)
      return { call, verify: async ({ calls }) => mustEqual(name, await sum(instrument), calls) }
    }
    return { name, make }
  })
  const reference = 'plimsoll/opentelemetry'
  return measureCalls({
    title: `OpenTelemetry API: ${title}`,
    note,
    reference,
    bars: [bar],
    contenders: [emptyCall, ...contenders],
  })
}

const two: Attributes = { 'http.request.method': 'GET', 'http.response.status_code': 200 }
const six: Attributes = {
  'http.request.method': 'GET',
  'url.scheme': 'https',
  'http.response.status_code': 200,
  'network.protocol.name': 'http',
  'network.protocol.version': '1.1',
  'http.route': '/users/:id',
}
const fifty: readonly Attributes[] = routes.map((route, i) => ({ route, status: statuses[i] as string }))

const counterWith =
  (attributes: Attributes | undefined): Use =>
  (meter, name) => {
    const counter = meter.createCounter(name)
    return () => counter.add(1, attributes)
  }

tell(
  await measure('counter', 'Without attributes.', counterWith(undefined)),
  await measure('counter, one attribute object', 'Two attributes, the same object in each call.', counterWith(two)),
  await measure(
    'counter, six attributes',
    'Six attributes, the same object in each call, as an HTTP server has them.',
    counterWith(six),
  ),
  await measure(
    'counter, known attribute objects',
    'Two attributes, 50 objects one after the other.',
    (meter, name) => {
      const counter = meter.createCounter(name)
      return (i) => counter.add(1, fifty[picks[i & 4095] as number])
    },
  ),
  await measure(
    'counter, new attribute objects',
    'Two attributes, 50 combinations one after the other, a new object in each call.',
    (meter, name) => {
      const counter = meter.createCounter(name)
      return (i) => {
        const pick = picks[i & 4095] as number
        counter.add(1, { route: routes[pick] as string, status: statuses[pick] as string })
      }
    },
  ),
  await measure(
    'histogram',
    'Two attributes, the same object in each call; exponential buckets here, the 15 default bounds there.',
    (meter, name) => {
      const histogram = meter.createHistogram(name)
      return () => histogram.record(1, two)
    },
  ),
)
