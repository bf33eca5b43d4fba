import type { Meter } from '@opentelemetry/api'
import { type Histogram, MeterProvider, MetricReader, type ViewOptions } from '@opentelemetry/sdk-metrics'
import type { Contender } from '../calls.ts'
import { durationSum, durations, picks, routes, statuses } from '../inputs.ts'
import { mustEqual } from '../result.ts'

const name = '@opentelemetry/sdk-metrics'

/** Collects when it is asked to. */
class ReaderOnDemand extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A meter with a reader, as an app has it; without one nothing would be stored. */
export function newMeter(views: ViewOptions[] = []): { readonly meter: Meter; readonly reader: MetricReader } {
  const reader = new ReaderOnDemand()
  return { meter: new MeterProvider({ readers: [reader], views }).getMeter('bench'), reader }
}

const of = (make: Contender['make']): Contender => ({ name, make })

/** OpenTelemetry has no bound instruments: a bound counter is one that gets the same attributes each time. */
export const openTelemetry: Readonly<
  Record<
    'counter' | 'counterByLabels' | 'boundCounter' | 'gauge' | 'histogram' | 'histogramByLabels' | 'timer',
    Contender
  >
> = {
  counter: of(() => {
    const { meter, reader } = newMeter()
    const metric = meter.createCounter('n')
    return { call: () => metric.add(1), verify: async ({ calls }) => mustEqual(name, (await total(reader)).sum, calls) }
  }),
  counterByLabels: of(() => {
    const { meter, reader } = newMeter()
    const metric = meter.createCounter('n')
    const call = (i: number): void => {
      const pick = picks[i & 4095] as number
      metric.add(1, { route: routes[pick] as string, status: statuses[pick] as string })
    }
    return { call, verify: async ({ calls }) => mustEqual(name, (await total(reader)).sum, calls) }
  }),
  boundCounter: of(() => {
    const { meter, reader } = newMeter()
    const metric = meter.createCounter('n')
    const attributes = { route: '/', status: '200' }
    const verify: ReturnType<Contender['make']>['verify'] = async ({ calls }) =>
      mustEqual(name, (await total(reader)).sum, calls)
    return { call: () => metric.add(1, attributes), verify }
  }),
  gauge: of(() => {
    const { meter, reader } = newMeter()
    const metric = meter.createGauge('n')
    const verify: ReturnType<Contender['make']>['verify'] = async ({ slice }) =>
      mustEqual(name, (await total(reader)).sum, slice - 1)
    return { call: (i) => metric.record(i), verify }
  }),
  histogram: of(() => {
    const { meter, reader } = newMeter()
    const metric = meter.createHistogram('n')
    return {
      call: (i) => metric.record(durations[i & 4095] as number),
      verify: ({ calls }) => verifyDurations(reader, calls),
    }
  }),
  histogramByLabels: of(() => {
    const { meter, reader } = newMeter()
    const metric = meter.createHistogram('n')
    const call = (i: number): void => {
      const pick = picks[i & 4095] as number
      const attributes = { route: routes[pick] as string, status: statuses[pick] as string }
      metric.record(durations[i & 4095] as number, attributes)
    }
    return { call, verify: ({ calls }) => verifyDurations(reader, calls) }
  }),
  timer: of(() => {
    const { meter, reader } = newMeter()
    const metric = meter.createHistogram('n')
    const nothing = (): void => {}
    const call = (): void => {
      const begun = performance.now()
      nothing()
      metric.record((performance.now() - begun) / 1000)
    }
    return { call, verify: async ({ calls }) => mustEqual(name, (await total(reader)).count, calls) }
  }),
}

async function verifyDurations(reader: MetricReader, calls: number): Promise<void> {
  const { count, sum } = await total(reader)
  mustEqual(name, count, calls)
  mustEqual(name, sum, (calls / durations.length) * durationSum)
}

async function total(reader: MetricReader): Promise<{ count: number; sum: number }> {
  const { resourceMetrics } = await reader.collect()
  const points = resourceMetrics.scopeMetrics[0]?.metrics[0]?.dataPoints ?? []
  const all = { count: 0, sum: 0 }
  for (const { value } of points) {
    all.count += typeof value === 'number' ? 1 : (value as Histogram).count
    all.sum += typeof value === 'number' ? value : ((value as Histogram).sum ?? 0)
  }
  return all
}
