import { mergeSnapshots } from '../snapshot/merge/merge.ts'
import type { DistributionSeries, FamilySnapshot, Labels, PageInfo, Snapshot } from '../snapshot/snapshot.ts'

type Numbers = readonly { readonly labels: Labels; readonly value: number }[]

const all = (): boolean => true

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
  distribution(name: string, fits: (labels: Labels) => boolean = all): DistributionSeries | undefined {
    const family = this.families.get(name)
    if (family?.kind !== 'histogram' && family?.kind !== 'timer') return undefined
    const series = family.series.filter(({ labels }) => fits(labels)).map((one) => ({ ...one, labels: {} }))
    if (series.length < 2) return series[0]
    const families = [{ ...family, labelNames: [], series }]
    const [merged] = mergeSnapshots([{ version: 1, takenAt: 0, pages: [], families }]).families
    return merged?.series[0] as DistributionSeries | undefined
  }
}
