import { mean } from '../snapshot/buckets/buckets.ts'
import { quantile } from '../snapshot/buckets/quantile.ts'
import { diffSnapshots } from '../snapshot/diff.ts'
import type { DistributionSeries, FamilySnapshot, Labels, PageInfo, Snapshot } from '../snapshot/snapshot.ts'
import { livedUntil } from './lives.ts'
import type { MetricChange, ObservedChange } from './metric-change.ts'
import { certainty, rankObserved } from './ranking.ts'

/** Two windows of one source: from `baseline` to `from`, and from there to `to`. */
export interface ChangeWindows {
  /** Without it, the first window begins with the processes. */
  readonly baseline?: Snapshot | undefined
  /** Where the first window ends and the second begins. */
  readonly from: Snapshot
  /** Where the second window ends. */
  readonly to: Snapshot
}

/** Quantiles of fewer values are left out. */
const minValues = 20
/** A gauge is known at two moments only. */
const gaugeWeight = 0.7

/**
 * What changed most from one window to the next, the most first: rates of what counts, quantiles of distributions, values of
 * gauges, texts and states. A change counts by its ratio, and less where it may be chance. A window ends with the last of the
 * processes: what is gone has not stopped. Pure, and linear in the number of series.
 */
export function rankChanges({ baseline, from, to }: ChangeWindows): MetricChange[] {
  const middle = livedUntil(from)
  const begin = baseline === undefined ? startOf(from.pages, middle) : livedUntil(baseline)
  const end = livedUntil(to)
  if (end <= middle) return []
  const before = baseline === undefined ? from : diffSnapshots(baseline, from)
  const after = diffSnapshots(from, to)
  const seconds = [Math.max(0.001, middle - begin), end - middle] as const
  const known = new Map(before.families.map((family) => [headOf(family), family]))
  const about = {
    seconds: end - middle,
    secondsApart: end - middle,
    ages: to.pages.map((page) => end - page.startedAt),
  }
  const observed = after.families.flatMap((family) => {
    return familyChanges(known.get(headOf(family)), family, seconds).map((one) => ({ ...one, ...about }))
  })
  return rankObserved(observed).map(changeOf)
}

type RankedChange = ObservedChange & { readonly score: number }
type Seconds = readonly [before: number, after: number]
type Series = FamilySnapshot['series'][number]
type Values = Pick<MetricChange, 'statistic' | 'before' | 'after'> & { readonly weight: number }

function startOf(pages: readonly PageInfo[], takenAt: number): number {
  return pages.reduce((first, { startedAt }) => Math.min(first, startedAt), takenAt)
}

function headOf({ name, kind, unit }: FamilySnapshot): string {
  return JSON.stringify([name, kind, unit])
}

type SeriesChange = Omit<ObservedChange, 'seconds' | 'secondsApart' | 'ages'>

function changeOf({ weight, series, seconds, secondsApart, ages, ...change }: RankedChange): MetricChange {
  return change
}

function familyChanges(before: FamilySnapshot | undefined, family: FamilySnapshot, seconds: Seconds): SeriesChange[] {
  const { name: metric, kind, unit } = family
  const known = new Map((before?.series as readonly Series[] | undefined)?.map((one) => [labelKey(one.labels), one]))
  return (family.series as readonly Series[]).flatMap((series) => {
    const values = valuesOf(family, known.get(labelKey(series.labels)), series, seconds)
    return values.map((value) => ({ metric, kind, unit, labels: series.labels, ...value, series }))
  })
}

function labelKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What can be compared of a series. */
function valuesOf(family: FamilySnapshot, before: Series | undefined, after: Series, seconds: Seconds): Values[] {
  switch (family.kind) {
    case 'counter':
    case 'meter':
      return [rateChange(numberOf(before), numberOf(after) ?? 0, seconds)]
    case 'gauge': {
      const value = numberOf(after)
      return value === undefined
        ? []
        : [present({ statistic: 'value', after: value, weight: gaugeWeight }, numberOf(before))]
    }
    case 'timer':
    case 'histogram':
      return distributionChanges(before as DistributionSeries | undefined, after as DistributionSeries, seconds)
    case 'average': {
      const [old, now] = [before, after].map((one) => one && mean(one as DistributionSeries))
      return now === undefined ? [] : [present({ statistic: 'mean', after: now, weight: gaugeWeight }, old)]
    }
    case 'state':
    case 'text': {
      const [old, now] = [before, after].map((one) => (one as { readonly value?: unknown } | undefined)?.value)
      if (typeof now !== 'string' || typeof old !== 'string') return []
      return [{ statistic: 'value', before: old, after: now, weight: 1 }]
    }
    case 'info':
      return []
    default:
      return family satisfies never
  }
}

function present(values: Omit<Values, 'before'>, before: number | undefined): Values {
  return before === undefined ? values : { ...values, before }
}

function numberOf(series: Series | undefined): number | undefined {
  const { value } = (series ?? {}) as { readonly value?: unknown }
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** Two counts of events differ by chance as well: by the square root of what is counted. */
function rateChange(before: number | undefined, after: number, [secondsBefore, secondsAfter]: Seconds): Values {
  const [old, now] = [(before ?? 0) / secondsBefore, after / secondsAfter]
  const weight = certainty(now - old, Math.sqrt(old / secondsBefore + now / secondsAfter))
  return present({ statistic: 'rate', after: now, weight }, before === undefined ? undefined : old)
}

function distributionChanges(
  before: DistributionSeries | undefined,
  after: DistributionSeries,
  seconds: Seconds,
): Values[] {
  const rate = rateChange(before?.count, after.count, seconds)
  const fewest = Math.min(before?.count ?? 0, after.count)
  if (fewest < minValues) return [rate]
  const ofQuantile = (statistic: 'p50' | 'p99', q: number): Values[] => {
    const now = quantile(after, q)
    const weight = Math.min(1, Math.sqrt(fewest) / 10)
    return now === undefined ? [] : [present({ statistic, after: now, weight }, before && quantile(before, q))]
  }
  return [rate, ...ofQuantile('p99', 0.99), ...ofQuantile('p50', 0.5)]
}
