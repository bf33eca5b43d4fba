import { joinedSeconds } from '../snapshot/buckets/buckets.ts'
import { quantile, type Range } from '../snapshot/buckets/quantile.ts'
import { extremes, haveSameBounds, sumOfWindows } from '../snapshot/merge/merge-distribution.ts'
import type {
  DistributionFamilySnapshot,
  FamilySnapshot,
  Labels,
  PageInfo,
  Recent,
  Snapshot,
} from '../snapshot/snapshot.ts'

type Numbers = readonly { readonly labels: Labels; readonly value: number }[]

/** Which requests count. */
type Which = 'all' | 'failed'

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

/** What a family recorded lately, and what none of its values lies outside of. */
interface RecentValues {
  readonly minute: Recent
  readonly range: Range
}

const fits: Readonly<Record<Which, (labels: Labels) => boolean>> = { all: () => true, failed: isServerError }

/**
 * The numbers of a snapshot of one process or several, by the names of its families; those that it lacks are `undefined`. What
 * it has computed of distributions it keeps, as several rules ask for the same. That is in no WeakMap: the values of one survive
 * their keys until all of the heap is collected.
 */
export class Seen {
  readonly page: PageInfo | undefined
  readonly takenAt: number
  private readonly families: ReadonlyMap<string, FamilySnapshot>
  private known: Map<string, unknown> | undefined

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
  sum(name: string): number | undefined {
    let sum: number | undefined
    for (const { value } of this.series(name)) sum = (sum ?? 0) + value
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

  /** A quantile of what a histogram or timer recorded in the last minute; `undefined` where it recorded nothing. */
  minuteQuantile(name: string, q: number): number | undefined {
    return this.computed(`${name} ${q}`, name, () => {
      const recently = this.recently(name)
      return recently && quantile(recently.minute, q, recently.range)
    })
  }

  /** How many values the series of a histogram or timer have had in all. */
  count(name: string, which: Which = 'all'): number | undefined {
    return this.computed(`${name} count ${which}`, name, ({ series }) =>
      series.reduce((sum, { labels, count }) => sum + (fits[which](labels) ? count : 0), 0),
    )
  }

  /** How many values its series had in the last minute, their sum, and how much time that is; much cheaper than a distribution. */
  minute(name: string, which: Which = 'all'): Minute | undefined {
    return this.computed(`${name} minute ${which}`, name, (family) => minuteOf(family, fits[which]))
  }

  /** All series that have a last minute as one. */
  private recently(name: string): RecentValues | undefined {
    return this.computed(name, name, ({ series }) => {
      const minutes: Recent[] = []
      let range: Range = {}
      for (const one of series) {
        if (!haveSameBounds(one, series[0] ?? one)) return undefined
        const minute = one.recent?.['1m']
        if (minute !== undefined) minutes.push(minute)
        range = extremes(range, one)
      }
      const minute = sumOfWindows(minutes)
      return minute && { minute, range }
    })
  }

  /** What `compute` returned at first for a histogram or timer; `undefined` where there is none. */
  private computed<T>(key: string, name: string, compute: (family: DistributionFamilySnapshot) => T): T | undefined {
    const family = this.families.get(name)
    if (family?.kind !== 'histogram' && family?.kind !== 'timer') return undefined
    this.known ??= new Map()
    if (!this.known.has(key)) this.known.set(key, compute(family))
    return this.known.get(key) as T
  }
}

function minuteOf({ series }: DistributionFamilySnapshot, isIn: (labels: Labels) => boolean): Minute | undefined {
  let minute: { count: number; sum: number; seconds: number } | undefined
  for (const { labels, recent } of series) {
    const one = recent?.['1m']
    if (one === undefined || !isIn(labels)) continue
    minute ??= { count: 0, sum: 0, seconds: 0 }
    minute.seconds = joinedSeconds(minute, one)
    minute.count += one.count
    minute.sum += one.sum
  }
  return minute
}
