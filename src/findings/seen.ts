import { emptyLike } from '../snapshot/buckets/buckets.ts'
import { quantile } from '../snapshot/buckets/quantile.ts'
import { mergedSeries } from '../snapshot/merge/merged-series.ts'
import type {
  DistributionFamilySnapshot,
  DistributionSeries,
  FamilySnapshot,
  Labels,
  PageInfo,
  Snapshot,
} from '../snapshot/snapshot.ts'

type Numbers = readonly { readonly labels: Labels; readonly value: number }[]

/** Which series count, by their labels. One function for each meaning: what it chose of a family is remembered by it. */
type Fits = (labels: Labels) => boolean

const all: Fits = () => true

/** Responses with a status from 500 on, by any label that has one. */
export function isServerError(labels: Labels): boolean {
  for (const name in labels) {
    if (/^5(\d\d|xx)$/.test(labels[name] as string) && /status|code/i.test(name)) return true
  }
  return false
}

interface Minute {
  readonly count: number
  readonly sum: number
  readonly seconds: number
}

/**
 * What was computed for a family: the list of processes asks for it each second, several rules ask for the same, and
 * distributions are read less often.
 */
const lately = new WeakMap<DistributionFamilySnapshot, DistributionSeries | undefined>()
const minutes = new WeakMap<DistributionFamilySnapshot, Map<Fits, Minute | undefined>>()
const counts = new WeakMap<DistributionFamilySnapshot, Map<Fits, number>>()
const minuteQuantiles = new WeakMap<DistributionFamilySnapshot, Map<number, number | undefined>>()

/** What `compute` returned for this family and key at first. */
function remembered<Key, T>(
  known: WeakMap<DistributionFamilySnapshot, Map<Key, T>>,
  family: DistributionFamilySnapshot,
  key: Key,
  compute: () => T,
): T {
  let byKey = known.get(family)
  if (byKey === undefined) {
    byKey = new Map()
    known.set(family, byKey)
  }
  if (!byKey.has(key)) byKey.set(key, compute())
  return byKey.get(key) as T
}

/** All series as one, without the buckets of all time, which take longest to add up. */
function recently(family: DistributionFamilySnapshot): DistributionSeries | undefined {
  if (!lately.has(family)) lately.set(family, mergedSeries(withoutBuckets(family)) as DistributionSeries | undefined)
  return lately.get(family)
}

function withoutBuckets(family: DistributionFamilySnapshot): DistributionFamilySnapshot {
  // A selection may have left them out already.
  if (family.series.every(({ buckets }) => buckets.counts.length === 0)) return family
  return { ...family, series: family.series.map((one) => ({ ...one, buckets: emptyLike(one.buckets) })) }
}

const seen = new WeakMap<Snapshot, Seen>()

/** The numbers of a snapshot; the same object each time. */
export function seenIn(snapshot: Snapshot): Seen {
  let known = seen.get(snapshot)
  if (known === undefined) {
    known = new Seen(snapshot)
    seen.set(snapshot, known)
  }
  return known
}

/** The numbers of a snapshot of one process or several, by the names of its families; those that it lacks are `undefined`. */
export class Seen {
  readonly page: PageInfo | undefined
  readonly takenAt: number
  private readonly families: ReadonlyMap<string, FamilySnapshot>

  constructor({ pages, takenAt, families }: Snapshot) {
    this.page = pages[0]
    this.takenAt = takenAt
    this.families = new Map(families.map((family) => [family.name, family]))
  }

  /** The series of a counter, gauge or meter; empty for another kind. */
  series(name: string): Numbers {
    const family = this.families.get(name)
    const isNumber = family?.kind === 'counter' || family?.kind === 'gauge' || family?.kind === 'meter'
    return isNumber ? family.series : []
  }

  /** The sum of its series. */
  sum(name: string, fits: Fits = all): number | undefined {
    let sum: number | undefined
    for (const { labels, value } of this.series(name)) if (fits(labels)) sum = (sum ?? 0) + value
    return sum
  }

  /** One number as a share of another one. */
  share(
    name: string,
    of: string,
  ): { readonly share: number; readonly value: number; readonly limit: number } | undefined {
    const [value, limit] = [this.sum(name), this.sum(of)]
    return value !== undefined && limit !== undefined && limit > 0 ? { share: value / limit, value, limit } : undefined
  }

  /** The series of a histogram or timer as one; `undefined` where it has no value. */
  distribution(name: string): DistributionSeries | undefined {
    const family = this.families.get(name)
    if (family?.kind !== 'histogram' && family?.kind !== 'timer') return undefined
    return mergedSeries(family) as DistributionSeries | undefined
  }

  /** A quantile of what a histogram or timer recorded in the last minute; `undefined` where it recorded nothing. */
  minuteQuantile(name: string, q: number): number | undefined {
    const family = this.families.get(name)
    if (family?.kind !== 'histogram' && family?.kind !== 'timer') return undefined
    return remembered(minuteQuantiles, family, q, () => {
      const series = recently(family)
      const minute = series?.recent?.['1m']
      return minute && quantile(minute, q, series)
    })
  }

  /** How many values the series of a histogram or timer have had in all. */
  count(name: string, fits: Fits = all): number | undefined {
    const family = this.families.get(name)
    if (family?.kind !== 'histogram' && family?.kind !== 'timer') return undefined
    return remembered(counts, family, fits, () =>
      family.series.reduce((sum, { labels, count }) => sum + (fits(labels) ? count : 0), 0),
    )
  }

  /** How many values its series had in the last minute, their sum, and how much time that is; much cheaper than a distribution. */
  minute(name: string, fits: Fits = all): Minute | undefined {
    const family = this.families.get(name)
    if (family?.kind !== 'histogram' && family?.kind !== 'timer') return undefined
    return remembered(minutes, family, fits, () => minuteOf(family, fits))
  }
}

function minuteOf({ series }: DistributionFamilySnapshot, fits: Fits): Minute | undefined {
  let minute: { count: number; sum: number; seconds: number } | undefined
  for (const { labels, recent } of series) {
    const one = recent?.['1m']
    if (one === undefined || !fits(labels)) continue
    minute ??= { count: 0, sum: 0, seconds: 0 }
    minute.count += one.count
    minute.sum += one.sum
    minute.seconds = Math.max(minute.seconds, one.seconds)
  }
  return minute
}
