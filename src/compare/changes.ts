import { mean } from '../snapshot/buckets/buckets.ts'
import { quantile } from '../snapshot/buckets/quantile.ts'
import { diffSnapshots } from '../snapshot/diff.ts'
import type { DistributionSeries, FamilySnapshot, Kind, Labels, PageInfo, Snapshot } from '../snapshot/snapshot.ts'

/** How much a statistic of a series changed from one window of time to the next: plain data. */
export interface MetricChange {
  /** Name of the metric. */
  readonly metric: string
  /** Kind of the metric. */
  readonly kind: Kind
  /** UCUM unit of the numbers, or of what they count each second. */
  readonly unit: string
  /** The labels of the series. */
  readonly labels: Labels
  /** `rate`: per second; `p50`, `p99` or `mean` of what was recorded in the window; `value`: at its end. */
  readonly statistic: 'rate' | 'p50' | 'p99' | 'mean' | 'value'
  /** In the window before; absent where the series was not there. */
  readonly before?: number | string
  /** In the window itself. */
  readonly after: number | string
  /** 1 for twice or half as much, 2 for four times or a quarter, at most 10; less where there is little to judge by. */
  readonly score: number
}

/** Two windows of one source: from `baseline` to `from`, and from there to `to`. */
export interface ChangeWindows {
  /** Without it, the first window begins with the processes. */
  readonly baseline?: Snapshot | undefined
  /** Where the first window ends and the second begins. */
  readonly from: Snapshot
  /** Where the second window ends. */
  readonly to: Snapshot
}

/** Less than 15 % is no change. */
const minScore = 0.2
const maxScore = 10
/** Of one family at most so many series, so that one label does not fill the list. */
const maxOfFamily = 3
/** Quantiles of fewer values are left out. */
const minValues = 20
/** So many standard deviations apart, a rate is surely another one. */
const sureDeviations = 4
/** A gauge is known at two moments only. */
const gaugeWeight = 0.7
/** A text or state that is another one has no size. */
const textScore = 3
/** Grow by themselves. */
const passing = ['process.uptime', 'process.start_time', 'nodejs.eventloop.time']

/**
 * What changed most from one window to the next, the most first: rates of what counts, quantiles of distributions, values of
 * gauges, texts and states. A change counts by its ratio, and less where it may be chance. Pure, and linear in the number of
 * series.
 */
export function rankChanges({ baseline, from, to }: ChangeWindows): MetricChange[] {
  const before = baseline === undefined ? from : diffSnapshots(baseline, from)
  const after = diffSnapshots(from, to)
  const seconds = [
    Math.max(0.001, from.takenAt - (baseline?.takenAt ?? startOf(from.pages, from.takenAt))),
    Math.max(0.001, to.takenAt - from.takenAt),
  ] as const
  const known = new Map(before.families.map((family) => [headOf(family), family]))
  const changes = after.families.flatMap((family) => {
    if (passing.includes(family.name) || family.name.startsWith('plimsoll.')) return []
    const ofFamily = familyChanges(known.get(headOf(family)), family, seconds)
    return ofFamily.sort(byScore).slice(0, maxOfFamily)
  })
  return changes.sort(byScore)
}

type Seconds = readonly [before: number, after: number]
type Series = FamilySnapshot['series'][number]
type Values = Pick<MetricChange, 'statistic' | 'before' | 'after'> & { readonly weight: number }

function startOf(pages: readonly PageInfo[], takenAt: number): number {
  return pages.reduce((first, { startedAt }) => Math.min(first, startedAt), takenAt)
}

function headOf({ name, kind, unit }: FamilySnapshot): string {
  return JSON.stringify([name, kind, unit])
}

function byScore(a: MetricChange, b: MetricChange): number {
  return b.score - a.score || (a.metric < b.metric ? -1 : a.metric > b.metric ? 1 : 0)
}

function familyChanges(before: FamilySnapshot | undefined, family: FamilySnapshot, seconds: Seconds): MetricChange[] {
  const { name: metric, kind, unit } = family
  const known = new Map((before?.series as readonly Series[] | undefined)?.map((one) => [labelKey(one.labels), one]))
  return (family.series as readonly Series[]).flatMap((series) => {
    const values = valuesOf(family, known.get(labelKey(series.labels)), series, seconds)
    return values.flatMap(({ weight, ...value }): MetricChange[] => {
      const score = scoreOf(value.before, value.after) * weight
      return score < minScore ? [] : [{ metric, kind, unit, labels: series.labels, ...value, score }]
    })
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
  const deviation = Math.sqrt(old / secondsBefore + now / secondsAfter)
  const weight = deviation > 0 ? Math.min(1, Math.abs(now - old) / deviation / sureDeviations) : 0
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
  // The slow end tells more than the middle where both changed.
  const slow = ofQuantile('p99', 0.99)
  const middle = ofQuantile('p50', 0.5)
  return [rate, ...(scoreOf(slow[0]?.before, slow[0]?.after) >= minScore ? slow : middle)]
}

/** How many times it doubled or halved. What begins or ends has the largest score; so has what changes its sign. */
function scoreOf(before: number | string | undefined, after: number | string | undefined): number {
  if (typeof before === 'string' || typeof after === 'string') return before === after ? 0 : textScore
  const [old, now] = [before ?? 0, after ?? 0]
  if (old === now) return 0
  if (old * now <= 0) return maxScore
  return Math.min(maxScore, Math.abs(Math.log2(now / old)))
}
