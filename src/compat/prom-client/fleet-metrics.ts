import { isExplicit } from '../../snapshot/buckets/buckets.ts'
import { quantile } from '../../snapshot/buckets/quantile.ts'
import type { DistributionSeries, FamilySnapshot, Labels, Snapshot } from '../../snapshot/snapshot.ts'
import type { Aggregator, LabelValues, MetricObjectWithValues, MetricType, MetricValueWithName } from './types.ts'

type Value = MetricValueWithName<string>

/** Quantiles of a summary, where several processes have it: nobody knows which the app has asked for. */
const percentiles = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999]

/**
 * What `getMetricsAsJSON()` has, of all processes of an app. Names with dots, such as those of `plimsoll/runtime`, are not
 * prom-client's; gauges whose processes stay apart are those with the aggregator `omit`.
 */
export function fleetMetrics({ families }: Snapshot): MetricObjectWithValues<Value>[] {
  return families
    .filter((family) => !family.name.includes('.') && !(family.kind === 'gauge' && family.aggregation === 'process'))
    .flatMap((family) => {
      const described = describe(family)
      return described === undefined ? [] : { help: family.help, name: family.name, aggregator, ...described }
    })
}

/** The snapshot is a sum already. */
const aggregator: Aggregator = 'sum'

function describe(family: FamilySnapshot): { type: MetricType; values: Value[] } | undefined {
  const { kind, name, series } = family
  switch (kind) {
    case 'counter':
    case 'gauge':
      return { type: kind, values: series.map(({ labels, value }) => ({ value, labels: shown(labels) })) }
    case 'histogram': {
      const isHistogram = series.some(({ buckets }) => isExplicit(buckets))
      const values = series.flatMap((one) => (isHistogram ? bucketsOf(name, one) : quantilesOf(name, one)))
      return { type: isHistogram ? 'histogram' : 'summary', values }
    }
    // No metric of prom-client is one of these.
    case 'meter':
    case 'timer':
    case 'average':
    case 'state':
    case 'text':
    case 'info':
      return undefined
  }
}

function bucketsOf(name: string, { labels, buckets, count, sum }: DistributionSeries): Value[] {
  if (!isExplicit(buckets)) return []
  let passed = 0
  const counted = buckets.bounds.map((le, i) => {
    passed += buckets.counts[i] ?? 0
    return named(`${name}_bucket`, labels, passed, { le })
  })
  const whole = named(`${name}_bucket`, labels, count, { le: '+Inf' })
  return [...counted, whole, named(`${name}_sum`, labels, sum), named(`${name}_count`, labels, count)]
}

function quantilesOf(name: string, series: DistributionSeries): Value[] {
  const { labels, count, sum } = series
  const values = percentiles.map((q) => ({
    value: quantile(series, q) ?? 0,
    labels: { quantile: q, ...shown(labels) },
  }))
  return [...values, named(`${name}_sum`, labels, sum), named(`${name}_count`, labels, count)]
}

function named(metricName: string, labels: Labels, value: number, first: LabelValues<string> = {}): Value {
  return { metricName, value, labels: { ...first, ...shown(labels) } }
}

/** A label that is missing is the empty text in a page. */
function shown(labels: Labels): LabelValues<string> {
  return Object.fromEntries(Object.entries(labels).filter(([, text]) => text !== ''))
}
