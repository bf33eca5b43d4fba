import { Counter } from '../counter.ts'
import { Gauge, type GaugeConfiguration } from '../gauge.ts'
import { Histogram } from '../histogram.ts'
import type { AnyRegistry } from '../registry.ts'
import { Summary, type SummaryConfiguration } from '../summary.ts'
import type { LabelValues } from '../types.ts'

/** Options of `collectDefaultMetrics()`. */
export interface DefaultMetricsCollectorConfiguration<_T = unknown> {
  /** Default: `register`. */
  register?: AnyRegistry
  /** What all names begin with. @default '' */
  prefix?: string
  /** Upper bounds of the durations of garbage collections. @default [0.001, 0.01, 0.1, 1, 2, 5] */
  gcDurationBuckets?: number[]
  /** Resolution of the event loop's delay in milliseconds. @default 10 */
  eventLoopMonitoringPrecision?: number
  /** How often the utilization of the event loop is observed, in milliseconds. @default 100 */
  eventLoopUtilizationTimeout?: number
  /** Upper bounds of that utilization. @default 0.01 to 1 in 13 steps */
  eventLoopUtilizationBuckets?: number[]
  /** Quantiles of that utilization. Default: those of a summary. */
  eventLoopUtilizationPercentiles?: number[]
  /** In how many steps old values of that utilization are forgotten. @default 5 */
  eventLoopUtilizationAgeBuckets?: number
  /** How old the values of that utilization are at most that quantiles are of. @default 60 */
  eventLoopUtilizationMaxAgeSeconds?: number
  /** Labels of all metrics. @default {} */
  labels?: object
}

/** Labels of a value, with those of all metrics. */
type Labels = Readonly<Record<string, string | number>>

/** Declares metrics with the prefix, the labels and in the registry that were configured. */
export class Declarer {
  readonly config: DefaultMetricsCollectorConfiguration
  readonly labels: Labels

  constructor(config: DefaultMetricsCollectorConfiguration) {
    this.config = config
    this.labels = (config.labels ?? {}) as Labels
  }

  gauge(name: string, help: string, others: Partial<GaugeConfiguration<string>> = {}): Gauge {
    return new Gauge({ ...this.common(name, help, others.labelNames), ...only(others, ['aggregator', 'collect']) })
  }

  counter(name: string, help: string, collect?: () => void): Counter {
    return new Counter({ ...this.common(name, help), ...(collect && { collect }) })
  }

  histogram(name: string, help: string, labelNames: string[], buckets: number[]): Histogram {
    return new Histogram({ ...this.common(name, help, labelNames), buckets })
  }

  summary(name: string, help: string, options: Partial<SummaryConfiguration<string>>): Summary {
    return new Summary({ ...this.common(name, help), ...options })
  }

  /** Sets a gauge for each of these, and removes it for what is not there any more. */
  setEach(gauge: Gauge, label: string, values: ReadonlyMap<string, number>, known: Set<string>): void {
    for (const gone of known) if (!values.has(gone)) gauge.remove(this.with({ [label]: gone }))
    known.clear()
    for (const [name, value] of values) {
      known.add(name)
      gauge.set(this.with({ [label]: name }), value)
    }
  }

  /** These labels, and those of all metrics. */
  with(labels: Labels): LabelValues<string> {
    return { ...labels, ...this.labels }
  }

  private common(name: string, help: string, labelNames: readonly string[] = []) {
    const { prefix = '', register } = this.config
    return {
      name: prefix + name,
      help,
      labelNames: [...labelNames, ...Object.keys(this.labels)],
      ...(register && { registers: [register] }),
    }
  }
}

function only<T extends object, K extends keyof T>(given: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.flatMap((key) => (key in given ? [[key, given[key]]] : []))) as Pick<T, K>
}
