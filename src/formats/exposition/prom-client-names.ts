import { mean } from '../../snapshot/buckets/buckets.ts'
import { quantile } from '../../snapshot/buckets/quantile.ts'
import { standardDeviation } from '../../snapshot/buckets/standard-deviation.ts'
import type {
  CounterFamilySnapshot,
  CounterSeries,
  Distribution,
  DistributionFamilySnapshot,
  DistributionSeries,
  FamilySnapshot,
  GaugeFamilySnapshot,
  GaugeSeries,
  InfoFamilySnapshot,
  Labels,
} from '../../snapshot/snapshot.ts'

/** What becomes of a family: others in its place. */
type Rename = (family: never) => readonly FamilySnapshot[]

/** Upper bounds of prom-client's histogram of garbage collections, under the name that ours gets. */
export const promClientBuckets: Readonly<Record<string, readonly number[]>> = {
  'nodejs.gc.duration': [0.001, 0.01, 0.1, 1, 2, 5],
}

/** By the name of a metric of `plimsoll/runtime`. Names end in their unit once they are written. */
const renames: Readonly<Record<string, Rename>> = {
  'process.cpu.time': cpuTimes,
  'process.memory.usage': renamed('process.resident_memory'),
  'process.memory.virtual': renamed('process.virtual_memory'),
  'process.memory.data': renamed('process.heap'),
  'process.unix.file_descriptor.count': renamed('process.open_fds'),
  'process.unix.file_descriptor.limit': renamed('process.max_fds'),
  'nodejs.eventloop.delay': lags,
  'nodejs.memory.heap.total': renamed('nodejs.heap_size_total'),
  'nodejs.memory.heap.used': renamed('nodejs.heap_size_used'),
  'nodejs.memory.external': renamed('nodejs.external_memory'),
  'v8js.memory.heap.used': spaces('nodejs.heap_space_size_used'),
  'v8js.memory.heap.space.size': spaces('nodejs.heap_space_size_total'),
  'v8js.memory.heap.space.available_size': spaces('nodejs.heap_space_size_available'),
  'v8js.gc.duration': renamed('nodejs.gc.duration', { v8js_gc_type: 'kind' }),
  'v8js.resource.active': resources,
  'nodejs.version': version,
}

/**
 * The metrics of `plimsoll/runtime` under the names that prom-client's `collectDefaultMetrics()` has for them, with its types
 * and labels. All others stay as they are.
 */
export function withPromClientNames(families: readonly FamilySnapshot[]): FamilySnapshot[] {
  const all = families.flatMap((family) => {
    const rename = Object.hasOwn(renames, family.name) ? renames[family.name] : undefined
    return rename === undefined ? [family] : rename(family as never)
  })
  return all.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The same numbers under another name, with labels of other names. */
function renamed(
  name: string,
  labels: Readonly<Record<string, string>> = {},
): (family: FamilySnapshot) => FamilySnapshot[] {
  const other = (label: string): string => (Object.hasOwn(labels, label) ? (labels[label] as string) : label)
  return (family) => {
    const series = family.series.map((one) => ({
      ...one,
      labels: Object.fromEntries(Object.entries(one.labels).map(([label, value]) => [other(label), value])),
    }))
    return [{ ...family, name, labelNames: family.labelNames.map(other), series } as FamilySnapshot]
  }
}

function spaces(name: string): (family: GaugeFamilySnapshot) => FamilySnapshot[] {
  const rename = renamed(name, { v8js_heap_space_name: 'space' })
  return (family) => {
    const series = family.series.map(({ labels, ...one }) => {
      const { v8js_heap_space_name: space } = labels
      return {
        ...one,
        labels: space === undefined ? labels : { ...labels, v8js_heap_space_name: space.replace(/_space$/, '') },
      }
    })
    return rename({ ...family, series })
  }
}

/** The sums of all series that differ in one label only, or in the one given value of it. */
function without<S extends CounterSeries | GaugeSeries>(series: readonly S[], label: string, value?: string) {
  const sums = new Map<string, { labels: Labels; value: number }>()
  for (const { labels, value: amount } of series) {
    const { [label]: own, ...rest } = labels
    if (value !== undefined && own !== value) continue
    const key = JSON.stringify(rest)
    sums.set(key, { labels: rest, value: (sums.get(key)?.value ?? 0) + amount })
  }
  return [...sums.values()]
}

function cpuTimes(family: CounterFamilySnapshot): FamilySnapshot[] {
  const labelNames = family.labelNames.filter((label) => label !== 'cpu_mode')
  const of = (name: string, mode?: string): FamilySnapshot => {
    return { ...family, name, labelNames, series: without(family.series, 'cpu_mode', mode) }
  }
  return [of('process.cpu'), of('process.cpu.user', 'user'), of('process.cpu.system', 'system')]
}

function resources(family: GaugeFamilySnapshot): FamilySnapshot[] {
  const labelNames = family.labelNames.filter((label) => label !== 'v8js_resource_type')
  const series = without(family.series, 'v8js_resource_type')
  const total = { ...family, name: 'nodejs.active_resources_total', labelNames, series }
  return [...renamed('nodejs.active_resources', { v8js_resource_type: 'type' })(family), total]
}

/** prom-client's are about the time since the scrape before, these about the last minute, or the time since the start. */
function lags(family: DistributionFamilySnapshot): FamilySnapshot[] {
  const { labelNames } = family
  const of = (
    name: string,
    measure: (one: Distribution, all: DistributionSeries) => number | undefined,
  ): FamilySnapshot => {
    const series = family.series.flatMap((one): GaugeSeries[] => {
      const value = measure(one.recent?.['1m'] ?? one, one)
      return value === undefined ? [] : [{ labels: one.labels, value }]
    })
    const help = 'Delay of the event loop in the last minute'
    const end = name === '' ? '' : `_${name}`
    return {
      kind: 'gauge',
      aggregation: 'max',
      unit: 's',
      help,
      labelNames,
      series,
      name: `nodejs.eventloop.lag${end}`,
    }
  }
  const at = (q: number) => (one: Distribution, all: DistributionSeries) => quantile(one, q, all)
  return [
    of('', mean),
    of('min', at(0)),
    of('max', at(1)),
    of('mean', mean),
    of('stddev', standardDeviation),
    of('p50', at(0.5)),
    of('p90', at(0.9)),
    of('p99', at(0.99)),
  ]
}

function version(family: InfoFamilySnapshot): FamilySnapshot[] {
  const ours = ['v8', 'uv', 'openssl', 'arch', 'platform', 'plimsoll']
  const series = family.series.map(({ labels, ...one }) => {
    const [major = '', minor = '', patch = ''] = (labels.version ?? '').slice(1).split('.')
    const kept = Object.entries(labels).filter(([label]) => !ours.includes(label))
    return { ...one, labels: { ...Object.fromEntries(kept), major, minor, patch } }
  })
  const labelNames = [...family.labelNames.filter((label) => !ours.includes(label)), 'major', 'minor', 'patch']
  const unique = new Map(series.map((one) => [JSON.stringify(one.labels), one]))
  return [{ ...family, labelNames, series: [...unique.values()] }]
}
