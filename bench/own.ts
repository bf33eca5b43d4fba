import type { AverageOptions, Registry } from 'plimsoll'
import type { Contender, Subject } from './calls.ts'
import { durationSum, durations, picks, randomPicks, routes, statuses } from './inputs.ts'
import { newName } from './published.ts'
import { mustEqual } from './result.ts'

type OwnCase =
  | 'inc'
  | 'add'
  | 'counterByLabels'
  | 'counterByLabelsInNoOrder'
  | 'boundCounter'
  | 'gauge'
  | 'gaugeWithExtremes'
  | 'mark'
  | 'markMany'
  | 'average'
  | 'averageOverValues'
  | 'histogram'
  | 'histogramByLabels'
  | 'explicit'
  | 'timer'
  | 'stopwatch'

const labels = ['route', 'status'] as const
/** The bounds that prom-client has when none are given. */
export const bounds: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const nothing = (): void => {}

/** plimsoll's contenders, on a published page. */
export function own(registry: Registry): Readonly<Record<OwnCase, Contender>> {
  const durationsOf = (metric: { count: number; sum: number }, calls: number): void => {
    mustEqual('plimsoll', metric.count, calls)
    mustEqual('plimsoll', metric.sum, (calls / durations.length) * durationSum)
  }
  const named = (name: string, make: Contender['make']): Contender => ({ name, make })
  return {
    inc: named('plimsoll inc()', () => {
      const metric = registry.counter(newName())
      return { call: () => metric.inc(), verify: ({ calls }) => mustEqual('inc', metric.value, calls) }
    }),
    add: named('plimsoll add(n)', () => {
      const metric = registry.counter(newName())
      const amount = (i: number): number => (i & 1) + 0.5
      return { call: (i) => metric.add(amount(i)), verify: ({ calls }) => mustEqual('add', metric.value, calls) }
    }),
    counterByLabels: named('plimsoll', () => counterByLabels(registry, picks)),
    counterByLabelsInNoOrder: named('plimsoll, in no order', () => counterByLabels(registry, randomPicks)),
    boundCounter: named('plimsoll', () => {
      const family = registry.counter(newName(), { labels })
      for (let i = 0; i < 50; i++) family.labels({ route: routes[i] as string, status: statuses[i] as string })
      const metric = family.labels({ route: routes[7] as string, status: statuses[7] as string })
      return { call: () => metric.inc(), verify: ({ calls }) => mustEqual('bound', metric.value, calls) }
    }),
    gauge: named('plimsoll', () => {
      const metric = registry.gauge(newName())
      return { call: (i) => metric.set(i), verify: ({ slice }) => mustEqual('gauge', metric.value, slice - 1) }
    }),
    gaugeWithExtremes: named('plimsoll, with extremes', () => {
      const metric = registry.gauge(newName(), { extremes: true })
      return { call: (i) => metric.set(i), verify: ({ slice }) => mustEqual('gauge', metric.value, slice - 1) }
    }),
    mark: named('plimsoll mark()', () => {
      const metric = registry.meter(newName())
      return { call: () => metric.mark(), verify: ({ calls }) => mustEqual('mark', metric.value, calls) }
    }),
    markMany: named('plimsoll mark(n)', () => {
      const metric = registry.meter(newName())
      const amount = (i: number): number => (i & 1) + 0.5
      return { call: (i) => metric.mark(amount(i)), verify: ({ calls }) => mustEqual('mark', metric.value, calls) }
    }),
    average: named('plimsoll', () => average(registry, {})),
    averageOverValues: named('plimsoll, over 1,000 values', () => average(registry, { window: { values: 1000 } })),
    histogram: named('plimsoll', () => {
      const metric = registry.histogram(newName())
      const call = (i: number): void => metric.record(durations[i & 4095] as number)
      return { call, verify: ({ calls }) => durationsOf(metric, calls) }
    }),
    histogramByLabels: named('plimsoll', () => {
      const family = registry.histogram(newName(), { labels })
      const call = (i: number): void => {
        const pick = picks[i & 4095] as number
        const series = family.labels({ route: routes[pick] as string, status: statuses[pick] as string })
        series.record(durations[i & 4095] as number)
      }
      const sums = (): { count: number; sum: number } => {
        const all = { count: 0, sum: 0 }
        for (const { count, sum } of family.read({ now: 0, end: 0, offset: 0 }).series as readonly {
          count: number
          sum: number
        }[]) {
          all.count += count
          all.sum += sum
        }
        return all
      }
      return { call, verify: ({ calls }) => durationsOf(sums(), calls) }
    }),
    explicit: named('plimsoll, explicit bounds', () => {
      const metric = registry.histogram(newName(), { buckets: bounds })
      const call = (i: number): void => metric.record(durations[i & 4095] as number)
      return { call, verify: ({ calls }) => durationsOf(metric, calls) }
    }),
    timer: named('plimsoll time(fn)', () => {
      const metric = registry.timer(newName())
      return { call: () => metric.time(nothing), verify: ({ calls }) => mustEqual('timer', metric.count, calls) }
    }),
    stopwatch: named('plimsoll start() and stop()', () => {
      const metric = registry.timer(newName())
      return { call: () => metric.start().stop(), verify: ({ calls }) => mustEqual('timer', metric.count, calls) }
    }),
  }
}

function average(registry: Registry, options: AverageOptions): Subject {
  const metric = registry.average(newName(), options)
  const call = (i: number): void => metric.record(durations[i & 4095] as number)
  const verify: Subject['verify'] = ({ calls }) => {
    mustEqual('average', metric.count, calls)
    mustEqual('average', metric.sum, (calls / durations.length) * durationSum)
  }
  return { call, verify }
}

function counterByLabels(registry: Registry, order: Uint8Array): Subject {
  const family = registry.counter(newName(), { labels })
  const call = (i: number): void => {
    const pick = order[i & 4095] as number
    family.labels({ route: routes[pick] as string, status: statuses[pick] as string }).inc()
  }
  const sum = (): number => {
    let all = 0
    for (const { value } of family.read({ now: 0, end: 0, offset: 0 }).series as readonly { value: number }[])
      all += value
    return all
  }
  return { call, verify: ({ calls }) => mustEqual('labels', sum(), calls) }
}
