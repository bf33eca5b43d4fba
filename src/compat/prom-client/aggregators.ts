import type { Aggregator, MetricObjectWithValues, MetricValueWithName } from './types.ts'

type Values = MetricObjectWithValues<MetricValueWithName<string>>

/** Makes one metric of the same one of several processes; `undefined` where it is left out. */
export type Aggregate = (metrics: Values[]) => Values | undefined

/** Applies a function to the values that have the same name and labels. */
export function AggregatorFactory(combine: (values: readonly { readonly value: number }[]) => number): Aggregate {
  return (metrics) => {
    const [first] = metrics
    if (first === undefined) return undefined
    const groups = new Map<string, MetricValueWithName<string>[]>()
    for (const value of metrics.flatMap(({ values }) => values)) {
      const labels = Object.entries(value.labels).sort(([a], [b]) => (a < b ? -1 : 1))
      const key = JSON.stringify([value.metricName, labels.map(([name, text]) => [name, `${text}`])])
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [value])
      else group.push(value)
    }
    const values = [...groups.values()].map((group) => {
      const [{ labels, metricName }] = group as [MetricValueWithName<string>]
      return { value: combine(group), labels, ...(metricName && { metricName }) }
    })
    const { help, name, type, aggregator } = first
    return { help, name, type, values, aggregator }
  }
}

const total = (values: readonly { readonly value: number }[]): number => {
  return values.reduce((sum, { value }) => sum + value, 0)
}

/** How metrics of several processes become one, by the name of the aggregator. */
export const aggregators: Readonly<Record<Aggregator, Aggregate>> = {
  sum: AggregatorFactory(total),
  first: AggregatorFactory(([first]) => first?.value as number),
  omit: () => undefined,
  average: AggregatorFactory((values) => total(values) / values.length),
  min: AggregatorFactory((values) => Math.min(...values.map(({ value }) => value))),
  max: AggregatorFactory((values) => Math.max(...values.map(({ value }) => value))),
}

/** The metrics of several processes as those of one. Throws for an unknown aggregator. */
export function aggregateMetrics(all: readonly (readonly Values[])[]): Values[] {
  const groups = new Map<string, Values[]>()
  for (const metric of all.flat()) {
    const group = groups.get(metric.name)
    if (group === undefined) groups.set(metric.name, [metric])
    else group.push(metric)
  }
  return [...groups.values()].flatMap((metrics) => {
    const name = metrics[0]?.aggregator ?? 'sum'
    const aggregate = Object.hasOwn(aggregators, name) ? aggregators[name] : undefined
    if (aggregate === undefined) throw new Error(`'${name}' is not a defined aggregator.`)
    return aggregate(metrics) ?? []
  })
}
