import { mean } from '../../snapshot/buckets/buckets.ts'
import { quantiles } from '../../snapshot/buckets/quantile.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import type { FamilySnapshot, Kind } from '../../snapshot/snapshot.ts'

export type Series = FamilySnapshot['series'][number]

/** The statistics that are kept over time: of what came between two reads. Kinds without numbers have none. */
export const keptStatistics: Readonly<Record<Kind, readonly string[]>> = {
  counter: ['rate'],
  gauge: ['value'],
  meter: ['rate'],
  average: ['mean', 'rate'],
  histogram: ['p50', 'p90', 'p99', 'rate'],
  timer: ['p50', 'p90', 'p99', 'rate'],
  state: [],
  text: [],
  info: [],
}

const shares = [0.5, 0.9, 0.99] as const

/** The values of the kept statistics of what came in so many seconds, NaN where there is none now. */
export function valuesOf(series: Series, seconds: number): number[] {
  if ('buckets' in series) {
    const [p50, p90, p99] = quantiles(series, shares) ?? []
    return [p50 ?? Number.NaN, p90 ?? Number.NaN, p99 ?? Number.NaN, series.count / seconds]
  }
  if ('count' in series) return [mean(series) ?? Number.NaN, series.count / seconds]
  if (!('value' in series) || typeof series.value !== 'number') return []
  return [series.value]
}

/** Kinds of which the value is a total. */
export function isTotal({ kind }: FamilySnapshot): boolean {
  return kind === 'counter' || kind === 'meter'
}

/** All series of a family as one. */
export function totalOf(family: FamilySnapshot): Series | undefined {
  const [first, ...others] = family.series as readonly Series[]
  if (first === undefined) return undefined
  const { begin, add, end } = rowOf(family.kind).sum(family)
  return end(others.reduce((sum, one) => add(sum, one), begin(first)))
}

/** What a series without numbers says: a text, a state, constants. */
export function textOf(series: Series): string | undefined {
  if ('value' in series && typeof series.value === 'string') return series.value
  return 'value' in series && series.value === null ? '-' : undefined
}
