/** Wrong uses of metrics. Each must not compile: an expected error that is missing fails the build. */

import * as metrics from 'plimsoll'
import {
  type Counter,
  type Family,
  type Gauge,
  type GaugeOptions,
  type MetricSnapshot,
  Registry,
  type StateHold,
} from 'plimsoll'
import type { CounterSeries } from 'plimsoll/snapshot'

const registry = new Registry()
const requests = registry.counter('web.requests', { labels: ['route', 'status'] })

// Right uses, whose types are as said.
export const family: Family<Counter, 'route' | 'status'> = requests
export const bound: Counter = requests.labels({ route: '/', status: 200 })
export const plain: Counter = registry.counter('web.plain')
export const described: Counter = registry.counter('web.described', { help: 'with options, without labels', unit: '1' })
export const undefinedLabel: Counter = requests.labels({ route: '/', status: undefined })
export const atZero: Family<Gauge, 'room'> = registry.gauge('web.users', { labels: ['room'], removeAtZero: true })
const gaugeOptions: GaugeOptions = { unit: '1' }
export const ofOptions: Gauge = registry.gauge('web.load', gaugeOptions)
export const familyOfOptions: Family<Gauge, 'room'> = registry.gauge('web.rooms', { ...gaugeOptions, labels: ['room'] })
export const inAnyOrder: Counter = requests.labels({ status: '200', route: '/' })
export const answer: number = registry.timer('web.latency').time(() => 42)
export const later: Promise<number> = registry.timer('web.latency').time(async () => 42)

requests.inc({ route: '/', status: 200 }, 2)
export const end: (others?: { status?: number }) => number = registry
  .timer('web.runs', { labels: ['route', 'status'] })
  .startTimer({ route: '/' })

// @ts-expect-error: label values come with their names
requests.labels('/', 200)

// @ts-expect-error: one object has them all
requests.labels({ route: '/' }, { status: 200 })

// @ts-expect-error: labels are declared before they are used
registry.counter('web.plain').inc({ route: '/' })

// @ts-expect-error: nor do they come with an amount
registry.counter('web.plain').inc({ route: '/' }, 2)

// @ts-expect-error: status is missing
requests.inc({ route: '/' })

// @ts-expect-error: a counter does not go down
requests.dec({ route: '/', status: 200 })

// @ts-expect-error: only timers measure
requests.startTimer({ route: '/' })

// @ts-expect-error: the name comes before the options
registry.counter({ name: 'web.plain', help: 'text' })

// @ts-expect-error: it is "labels" here
registry.counter('web.plain', { labelNames: ['route'] })

// @ts-expect-error: registries make metrics, nobody else
export const made: unknown = new metrics.Counter({ name: 'web.plain', help: 'text' })

// @ts-expect-error: "rout" is no label of this family
requests.labels({ rout: '/', status: 200 })

// @ts-expect-error: status is missing
requests.labels({ route: '/' })

// @ts-expect-error: method is one label too many
requests.labels({ route: '/', status: 200, method: 'GET' })

// @ts-expect-error: an object is no label value
requests.labels({ route: '/', status: { code: 200 } })

// @ts-expect-error: nor is null
requests.labels({ route: '/', status: null })

// @ts-expect-error: a family with labels is no counter; name the series first
requests.inc()

// @ts-expect-error: a counter without labels has no series to name
registry.counter('web.plain').labels({ route: '/' })

// @ts-expect-error: a counter does not go down
registry.counter('web.plain').dec()

// @ts-expect-error: an amount is a number
registry.counter('web.plain').add('1')

// @ts-expect-error: an option is misspelt
registry.counter('web.plain', { hlep: 'text' })

// @ts-expect-error: a counter always adds up
registry.counter('web.plain', { aggregation: 'max' })

// @ts-expect-error: there is no such aggregation
registry.gauge('web.load', { aggregation: 'median' })

// @ts-expect-error: a timer's unit is the second
registry.timer('web.latency', { unit: 'ms' })

// @ts-expect-error: a value is a number
registry.gauge('web.load').value = '1'

// @ts-expect-error: an observer gives numbers
registry.gauge('web.load').observe(() => 'high')

// @ts-expect-error: what is asked for is seconds
registry.timer('web.latency').warnAbove(0.99, (seconds: string) => seconds)

// @ts-expect-error: a window is over values or seconds
registry.average('web.size', { window: { minutes: 5 } })

// @ts-expect-error: and not over both
registry.average('web.size', { window: { values: 5, seconds: 60 } })

// @ts-expect-error: a gauge without labels has no series that could go at 0
registry.gauge('web.users', { removeAtZero: true })

// @ts-expect-error: nor one that could go for being idle
registry.gauge('web.users', { expireAfterSeconds: 60 })

// @ts-expect-error: nor has any other metric
registry.timer('web.latency', { expireAfterSeconds: 60 })

// @ts-expect-error: only gauges go at 0
registry.counter('web.requests', { labels: ['route', 'status'], removeAtZero: true })

// @ts-expect-error: a metric needs a name
registry.histogram()

// What a library that exports its metrics must be able to name.
export const holder: StateHold = registry.state('web.pool', { states: ['idle', 'busy'] }).acquire('busy')
export const own: MetricSnapshot<CounterSeries> = registry.counter('web.plain').snapshot()
