import { mean } from '../../snapshot/buckets/buckets.ts'
import { quantiles } from '../../snapshot/buckets/quantile.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import type { FamilySnapshot, Kind } from '../../snapshot/snapshot.ts'
import type { Growth } from './growth.ts'

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

/** The values of the kept statistics of a kind that grows, of what came in so many seconds; NaN where there is none now. */
export function valuesOf(series: Series, seconds: number): number[] {
  if ('buckets' in series) {
    const [p50, p90, p99] = quantiles(series, shares) ?? []
    return [p50 ?? Number.NaN, p90 ?? Number.NaN, p99 ?? Number.NaN, series.count / seconds]
  }
  return 'count' in series ? [mean(series) ?? Number.NaN, series.count / seconds] : []
}

/** The same of what came to a distribution in cells. */
export function valuesOfGrowth(growth: Growth, seconds: number): number[] {
  const known = growth.quantiles(shares)
  return [...shares.map((share) => known?.[share] ?? Number.NaN), growth.count / seconds]
}

/** Kinds of which the value is a total. */
export function isTotal({ kind }: FamilySnapshot): boolean {
  return kind === 'counter' || kind === 'meter'
}

/** All series of a family as one. */
export function totalOf(family: FamilySnapshot): Series | undefined {
  const series = family.series as readonly Series[]
  const [first] = series
  if (first === undefined) return undefined
  const { begin, add, end } = rowOf(family.kind).sum(family)
  let sum = begin(first)
  for (let i = 1; i < series.length; i++) sum = add(sum, series[i] as Series)
  return end(sum)
}

/** What a series without numbers says: a text, a state, constants. */
export function textOf(series: Series): string | undefined {
  if ('value' in series && typeof series.value === 'string') return series.value
  return 'value' in series && series.value === null ? '-' : undefined
}
