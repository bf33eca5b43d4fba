import { mean } from '../snapshot/buckets/buckets.ts'
import { quantile } from '../snapshot/buckets/quantile.ts'
import { mergeSnapshots } from '../snapshot/merge/merge.ts'
import type {
  AverageSeries,
  CounterSeries,
  DistributionSeries,
  FamilySnapshot,
  GaugeSeries,
  InfoSeries,
  Kind,
  Labels,
  MeterSeries,
  Snapshot,
  StateSeries,
  TextSeries,
} from '../snapshot/snapshot.ts'
import type { CompareStatistic } from './rule.ts'

/** What one metric is in several sources. */
export interface Group {
  /** Its head; the series are in the rows. */
  readonly family: FamilySnapshot
  /** The values of the labels that are kept apart. */
  readonly labels: Labels
  /** In the order of the sources; several of one source where it has several texts, or a gauge for each process. */
  readonly rows: readonly Row[]
}

interface Row {
  readonly source: string
  readonly series: FamilySnapshot['series'][number]
}

/** What to look for. */
export interface Search {
  name(name: string): boolean
  labels(labels: Labels): boolean
  /** Labels to keep apart. */
  readonly by: readonly string[]
}

/** The label that names the process of a gauge that is not joined. */
const processLabel = 'process'
/** Labels of series that stand for many others: apart from these, but part of every sum. */
const rest = ['overflow', 'evicted']

/** Finds a metric, or several, in all sources; ordered by name and labels. */
export function collect(sources: readonly (readonly [string, Snapshot])[], search: Search): Group[] {
  const groups = new Map<string, Group & { rows: Row[] }>()
  for (const [source, snapshot] of sources) {
    const found = snapshot.families.filter(({ name }) => search.name(name)).map((family) => narrowed(family, search))
    // Gauges and texts of a snapshot whose processes are all gone are left out by this, as everywhere.
    const { families } = mergeSnapshots([{ ...snapshot, families: found }])
    for (const family of families) {
      for (const series of family.series as readonly Row['series'][]) {
        const labels = picked(series.labels, keptApart(search.by))
        const key = JSON.stringify([family.name, Object.values(labels), family.kind, family.unit])
        const process = ofProcesses(family) ? series.labels[processLabel] : undefined
        const group = groups.get(key) ?? { family: { ...family, series: [] }, labels, rows: [] }
        group.rows.push({ source: process === undefined ? source : `${source} ${process}`, series })
        groups.set(key, group)
      }
    }
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group)
}

/** Only the series with the wanted labels, and of their labels those that are kept apart. */
function narrowed(family: FamilySnapshot, { labels: fits, by }: Search): FamilySnapshot {
  // The labels of an info are what it says.
  const kept =
    family.kind === 'info' ? family.labelNames : [...keptApart(by), ...(ofProcesses(family) ? [processLabel] : [])]
  const series = (family.series as readonly Row['series'][])
    .filter(({ labels }) => fits(labels))
    .map((one) => ({ ...one, labels: picked(one.labels, kept) }))
  const labelNames = family.labelNames.filter((name) => kept.includes(name))
  return { ...family, labelNames, series } as FamilySnapshot
}

function keptApart(by: readonly string[]): readonly string[] {
  return by.length === 0 ? by : [...by, ...rest]
}

function ofProcesses(family: FamilySnapshot): boolean {
  return family.kind === 'gauge' && family.aggregation === 'process'
}

function picked(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(labels, name) ? [[name, labels[name] ?? '']] : [])))
}

/** Whether series of a kind have buckets. */
export function isDistribution(kind: Kind): boolean {
  return kind === 'histogram' || kind === 'timer'
}

/** Whether series of a kind say something that is no number. */
export function isText(kind: Kind): boolean {
  return kind === 'text' || kind === 'info' || kind === 'state'
}

/** A number of a series; `undefined` where it has none. */
export function numberOf(kind: Kind, series: Row['series'], of: CompareStatistic): number | undefined {
  switch (kind) {
    case 'counter':
    case 'gauge':
      return of === 'value' ? (series as CounterSeries | GaugeSeries).value : undefined
    case 'meter':
      return of === 'value' ? (series as MeterSeries).value : rateOf((series as MeterSeries).rates, of)
    case 'average': {
      const { count, sum } = series as AverageSeries
      if (of === 'mean') return count > 0 ? sum / count : undefined
      return of === 'count' ? count : of === 'sum' ? sum : undefined
    }
    case 'histogram':
    case 'timer':
      return distributionNumber(series as DistributionSeries, of)
    case 'text':
    case 'info':
    case 'state':
      return undefined
    default:
      return kind satisfies never
  }
}

function distributionNumber(series: DistributionSeries, of: CompareStatistic): number | undefined {
  switch (of) {
    case 'value':
      return undefined
    case 'count':
    case 'sum':
    case 'min':
    case 'max':
      return series[of]
    case 'mean':
      return mean(series)
    case 'm1':
    case 'm5':
    case 'm15':
      return rateOf(series.rates, of)
    default:
      return quantile(series, Number(of.slice(1)) / 100)
  }
}

function rateOf(rates: MeterSeries['rates'], of: CompareStatistic): number | undefined {
  return of === 'm1' || of === 'm5' || of === 'm15' ? rates?.[of] : undefined
}

/** What a series says; `undefined` where it says nothing now. */
export function textOf(kind: Kind, series: Row['series']): string | undefined {
  switch (kind) {
    case 'text':
    case 'state':
      return (series as TextSeries | StateSeries).value ?? undefined
    case 'info':
      return Object.entries((series as InfoSeries).labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')
    case 'counter':
    case 'gauge':
    case 'meter':
    case 'average':
    case 'histogram':
    case 'timer':
      return undefined
    default:
      return kind satisfies never
  }
}

/** How much a number counts in an average: a mean as often as it has values or processes, all else once. */
export function weightOf(family: FamilySnapshot, series: Row['series'], of: CompareStatistic): number {
  if (of === 'mean') return (series as AverageSeries | DistributionSeries).count
  return family.kind === 'gauge' && family.aggregation === 'mean' ? ((series as GaugeSeries).processes ?? 1) : 1
}

/** The unit of a number of a metric. */
export function unitOf(unit: string, of: CompareStatistic): string {
  if (of === 'count') return ''
  return of === 'm1' || of === 'm5' || of === 'm15' ? '/s' : unit
}
