import { emptyLike } from '../snapshot/buckets/buckets.ts'
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

const all = (): boolean => true

/** Responses with a status from 500 on, by any label that has one. */
export function isServerError(labels: Labels): boolean {
  return Object.entries(labels).some(([name, text]) => /status|code/i.test(name) && /^5(\d\d|xx)$/.test(text))
}

interface Minute {
  readonly count: number
  readonly sum: number
  readonly seconds: number
}

/** What was computed for a family; the list of processes asks for it each second, and reads distributions less often. */
const lately = new WeakMap<DistributionFamilySnapshot, DistributionSeries | undefined>()

function withoutBuckets(family: DistributionFamilySnapshot): DistributionFamilySnapshot {
  return { ...family, series: family.series.map((one) => ({ ...one, buckets: emptyLike(one.buckets) })) }
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
  sum(name: string, fits: (labels: Labels) => boolean = all): number | undefined {
    const chosen = this.series(name).filter(({ labels }) => fits(labels))
    return chosen.length === 0 ? undefined : chosen.reduce((sum, { value }) => sum + value, 0)
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

  /** The same without the buckets of all time, which take longest to add up: for what is in its recent windows. */
  recently(name: string): DistributionSeries | undefined {
    const family = this.families.get(name)
    if (family?.kind !== 'histogram' && family?.kind !== 'timer') return undefined
    if (!lately.has(family)) lately.set(family, mergedSeries(withoutBuckets(family)) as DistributionSeries | undefined)
    return lately.get(family)
  }

  /** How many values the series of a histogram or timer have had in all. */
  count(name: string, fits: (labels: Labels) => boolean = all): number | undefined {
    const family = this.families.get(name)
    if (family?.kind !== 'histogram' && family?.kind !== 'timer') return undefined
    return family.series.reduce((sum, { labels, count }) => sum + (fits(labels) ? count : 0), 0)
  }

  /** How many values its series had in the last minute, their sum, and how much time that is; much cheaper than a distribution. */
  minute(name: string, fits: (labels: Labels) => boolean = all): Minute | undefined {
    const family = this.families.get(name)
    if (family?.kind !== 'histogram' && family?.kind !== 'timer') return undefined
    const chosen = family.series.flatMap(({ labels, recent }) => (fits(labels) ? (recent?.['1m'] ?? []) : []))
    if (chosen.length === 0) return undefined
    return {
      count: chosen.reduce((count, one) => count + one.count, 0),
      sum: chosen.reduce((sum, one) => sum + one.sum, 0),
      seconds: chosen.reduce((seconds, one) => Math.max(seconds, one.seconds), 0),
    }
  }
}
