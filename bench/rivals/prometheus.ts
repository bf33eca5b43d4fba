import type { Contender, Done } from '../calls.ts'
import { durationSum, durations, picks, routes, statuses } from '../inputs.ts'
import { mustEqual } from '../result.ts'

interface Value {
  readonly value: number
  readonly metricName?: string
}
interface Read {
  get(): Promise<{ readonly values: readonly Value[] }>
}
interface Labels {
  readonly route: string
  readonly status: string
}
interface CounterOf extends Read {
  inc(value?: number): void
  inc(labels: Labels, value?: number): void
  labels(labels: Labels): { inc(): void }
  labels(...values: readonly string[]): { inc(): void }
}
interface GaugeOf extends Read {
  set(value: number): void
}
interface HistogramOf extends Read {
  observe(value: number): void
  observe(labels: Labels, value: number): void
  startTimer(): () => unknown
}
interface Options {
  readonly name: string
  readonly help: string
  readonly registers: readonly never[]
  readonly labelNames?: readonly string[]
}

/** As much of prom-client and of its successor as is measured; the two have the same methods. */
export interface PrometheusLibrary {
  readonly Counter: new (options: Options) => CounterOf
  readonly Gauge: new (options: Options) => GaugeOf
  readonly Histogram: new (options: Options) => HistogramOf
}

const labelNames = ['route', 'status']

/** The contenders that a library for Prometheus has for each case. */
export interface PrometheusRival {
  readonly counter: Contender
  readonly counterByLabels: Contender
  readonly counterByValues: Contender
  readonly counterByObject: Contender
  readonly boundCounter: Contender
  readonly gauge: Contender
  readonly histogram: Contender
  readonly histogramByLabels: Contender
  readonly timer: Contender
}

/**
 * The contenders of a library, in a copy of this module that only they use: V8 keeps what it knows of objects by the place in
 * the code, and code that calls two libraries knows neither as well as an app that has one of them.
 */
export async function prometheusRival(name: string, library: PrometheusLibrary): Promise<PrometheusRival> {
  const copy = `${import.meta.url}?${encodeURIComponent(name)}`
  const own = (await import(copy)) as { readonly contendersOf: typeof contendersOf }
  return own.contendersOf(name, library)
}

export function contendersOf(name: string, library: PrometheusLibrary): PrometheusRival {
  const plain = (): Options => ({ name: 'n', help: 'h', registers: [] })
  const labelled = (): Options => ({ ...plain(), labelNames })
  const counter = (): CounterOf => new library.Counter(plain())
  const counters = (): CounterOf => new library.Counter(labelled())
  const histogram = (): HistogramOf => new library.Histogram(plain())
  const of = (make: Contender['make']): Contender => ({ name, make })
  return {
    counter: of(() => {
      const metric = counter()
      return { call: () => metric.inc(), verify: async ({ calls }) => mustEqual(name, await total(metric), calls) }
    }),
    counterByLabels: of(() => {
      const metric = counters()
      const call = (i: number): void => {
        const pick = picks[i & 4095] as number
        metric.inc({ route: routes[pick] as string, status: statuses[pick] as string })
      }
      return { call, verify: async ({ calls }) => mustEqual(name, await total(metric), calls) }
    }),
    counterByValues: of(() => {
      const metric = counters()
      const call = (i: number): void => {
        const pick = picks[i & 4095] as number
        metric.labels(routes[pick] as string, statuses[pick] as string).inc()
      }
      return { call, verify: async ({ calls }) => mustEqual(name, await total(metric), calls) }
    }),
    counterByObject: of(() => {
      const metric = counters()
      const call = (i: number): void => {
        const pick = picks[i & 4095] as number
        metric.labels({ route: routes[pick] as string, status: statuses[pick] as string }).inc()
      }
      return { call, verify: async ({ calls }) => mustEqual(name, await total(metric), calls) }
    }),
    boundCounter: of(() => {
      const metric = counters()
      const bound = metric.labels({ route: '/', status: '200' })
      return { call: () => bound.inc(), verify: async ({ calls }) => mustEqual(name, await total(metric), calls) }
    }),
    gauge: of(() => {
      const metric = new library.Gauge(plain())
      return {
        call: (i) => metric.set(i),
        verify: async ({ slice }) => mustEqual(name, await total(metric), slice - 1),
      }
    }),
    histogram: of(() => {
      const metric = histogram()
      return {
        call: (i) => metric.observe(durations[i & 4095] as number),
        verify: (done) => verifySum(name, metric, done),
      }
    }),
    histogramByLabels: of(() => {
      const metric = new library.Histogram(labelled())
      const call = (i: number): void => {
        const pick = picks[i & 4095] as number
        const labels = { route: routes[pick] as string, status: statuses[pick] as string }
        metric.observe(labels, durations[i & 4095] as number)
      }
      return { call, verify: (done) => verifySum(name, metric, done) }
    }),
    timer: of(() => {
      const metric = histogram()
      const call = (): void => {
        metric.startTimer()()
      }
      return { call, verify: async ({ calls }) => mustEqual(name, await total(metric, 'n_count'), calls) }
    }),
  }
}

async function verifySum(name: string, metric: Read, { calls }: Done): Promise<void> {
  mustEqual(name, await total(metric, 'n_count'), calls)
  mustEqual(name, await total(metric, 'n_sum'), (calls / durations.length) * durationSum)
}

async function total(metric: Read, metricName?: string): Promise<number> {
  const { values } = await metric.get()
  let sum = 0
  for (const one of values) if (metricName === undefined || one.metricName === metricName) sum += one.value
  return sum
}
