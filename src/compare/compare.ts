import { optionInvalid } from '../errors.ts'
import { quantiles } from '../snapshot/buckets/quantile.ts'
import { checkSnapshot } from '../snapshot/check-snapshot.ts'
import { mergeSnapshots } from '../snapshot/merge/merge.ts'
import type { DistributionSeries, Kind, Labels, Snapshot } from '../snapshot/snapshot.ts'
import { naturalOrder } from './natural-order.ts'
import {
  type CompareRule,
  type CompareStatistic,
  type Computation,
  computationsOf,
  labelTest,
  nameTest,
  statisticOf,
} from './rule.ts'
import { collect, type Group, isDistribution, isText, numberOf, textOf, unitOf, weightOf } from './values.ts'

interface ResultHead {
  readonly metric: string
  readonly kind: Kind
  /** UCUM unit of the numbers in the result; empty for none. */
  readonly unit: string
  /** The label values that all series in it have: those of `by`, and those that the rule asked for word by word. */
  readonly labels: Labels
  /** How many sources are in it. One whose number is NaN, or that has none, such as the mean of no values, is not. */
  readonly sources: number
}

/** A value of a source. */
export interface SourceValue {
  readonly source: string
  readonly value: number
}

/** What one computation gave for one metric: plain data. */
export type ComparisonResult =
  | (ResultHead & { readonly compute: 'sum' | 'average'; readonly of: CompareStatistic; readonly value: number })
  | (ResultHead & { readonly compute: 'min' | 'max'; readonly of: CompareStatistic } & SourceValue)
  | (ResultHead & {
      readonly compute: 'sorted'
      readonly of: CompareStatistic
      /** The largest first; sources with the same value in the order of their names. */
      readonly values: readonly SourceValue[]
    })
  | (ResultHead & {
      readonly compute: 'inverse'
      readonly of: CompareStatistic
      /** In the order of the values, numbers by size, `1.9` before `1.10`; the sources likewise. */
      readonly values: readonly { readonly value: string | number; readonly sources: readonly string[] }[]
    })
  | (ResultHead & { readonly compute: 'count' })
  | (ResultHead & {
      readonly compute: 'quantiles'
      /** How many values were recorded. */
      readonly count: number
      readonly quantiles: readonly { readonly q: number; readonly value: number }[]
    })

/** What rules gave over several sources: plain data, which `JSON.stringify` writes and `formatComparison` shows. */
export interface Comparison {
  /** All that were looked at, in natural order, and when each was taken, in Unix seconds. */
  readonly sources: readonly { readonly name: string; readonly takenAt: number }[]
  /** In the order of the rules; of one rule by metric, then by labels, then in the order of its computations. */
  readonly results: readonly ComparisonResult[]
  /** The places of rules that gave nothing: no source has the metric, or none for which such a computation makes sense. */
  readonly unmatched: readonly number[]
}

/**
 * Spot checks over many sources: hosts, processes or files, each a snapshot under its name. Rules say for which metrics to
 * compute what. Series of one source that a rule does not keep apart are merged first, as `mergeSnapshots` does it; a gauge
 * that stays one of its process counts process by process, with `<source> <process>` for the name.
 *
 * Metrics of one name but of different kinds, units or bounds have results of their own. A computation that makes no sense
 * for a kind, such as the sum of texts, gives nothing. Cost: linear in the number of series, for each rule.
 *
 * @throws PlimsollError `PLIMSOLL_OPTION_INVALID` for a rule that makes no sense at all, such as the average of quantiles.
 */
export function compare(snapshots: ReadonlyMap<string, Snapshot>, rules: readonly CompareRule[]): Comparison {
  const sources = sourcesOf(snapshots).sort(([a], [b]) => naturalOrder(a, b))
  if (!Array.isArray(rules)) throw optionInvalid('rules', 'compare()', rules, 'an array of rules')
  const perRule = rules.map((rule) => {
    const list = computationsOf(rule)
    const groups = collect(sources, { name: nameTest(rule.metric), labels: labelTest(rule.labels), by: rule.by ?? [] })
    return groups.flatMap((group) => list.flatMap((computation) => compute(rule, computation, group)))
  })
  return {
    sources: sources.map(([name, { takenAt }]) => ({ name, takenAt })),
    results: perRule.flat(),
    unmatched: perRule.flatMap((results, i) => (results.length === 0 ? [i] : [])),
  }
}

/** Their entries; an array of entries does as well as a map. */
function sourcesOf(snapshots: ReadonlyMap<string, Snapshot>): [string, Snapshot][] {
  const isMap = typeof snapshots === 'object' && typeof snapshots?.[Symbol.iterator] === 'function'
  const entries = isMap ? [...snapshots] : []
  if (isMap && entries.every((entry) => Array.isArray(entry) && typeof entry[0] === 'string')) {
    for (const [name, snapshot] of entries) checkSnapshot('compare()', snapshot, `snapshots.${name}`)
    return entries
  }
  throw optionInvalid('snapshots', 'compare()', snapshots, 'a map of snapshots by names')
}

function compute(rule: CompareRule, computation: Computation, group: Group): ComparisonResult[] {
  const { name: metric, kind, unit } = group.family
  const fixed = Object.entries(rule.labels ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  const head = { metric, kind, unit, labels: { ...Object.fromEntries(fixed), ...group.labels } }
  if (computation === 'count') return [{ ...head, unit: '', sources: distinct(group.rows), compute: 'count' }]
  if (computation === 'quantiles') return quantileResults(rule, head, group)
  const of = statisticOf(rule, kind, computation)
  if (computation === 'inverse') {
    const values = isText(kind) ? textsOf(group, of) : numbersOf(group, of)
    if (values.length === 0) return []
    const result = { ...head, unit: unitOf(unit, of), sources: distinct(values), of }
    return [{ ...result, compute: 'inverse', values: inverse(values) }]
  }
  const values = numbersOf(group, of)
  if (values.length === 0) return []
  const result = { ...head, unit: unitOf(unit, of), sources: distinct(values), of }
  switch (computation) {
    case 'sum':
      return [{ ...result, compute: computation, value: values.reduce((sum, { value }) => sum + value, 0) }]
    case 'average':
      return [{ ...result, compute: computation, value: average(values) }]
    case 'min':
    case 'max':
      return [{ ...result, compute: computation, ...extreme(computation, values) }]
    case 'sorted':
      return [{ ...result, compute: computation, values: [...values].sort(largestFirst).map(plain) }]
    default:
      return computation satisfies never
  }
}

interface Weighted extends SourceValue {
  /** How much it counts in an average. */
  readonly weight: number
}

function numbersOf({ family, rows }: Group, of: CompareStatistic): Weighted[] {
  return rows.flatMap(({ source, series }) => {
    const value = numberOf(family.kind, series, of)
    return value === undefined || Number.isNaN(value) ? [] : [{ source, value, weight: weightOf(family, series, of) }]
  })
}

function textsOf({ family, rows }: Group, of: CompareStatistic): { source: string; value: string }[] {
  if (of !== 'value') return []
  return rows.flatMap(({ source, series }) => {
    const value = textOf(family.kind, series)
    return value === undefined ? [] : [{ source, value }]
  })
}

function average(values: readonly Weighted[]): number {
  const weight = values.reduce((before, one) => before + one.weight, 0)
  const sum = values.reduce((before, one) => before + one.value * one.weight, 0)
  if (Number.isFinite(sum)) return sum / weight
  // The sum of values near the largest number there is would be infinite; each share by itself is not.
  return values.reduce((before, one) => before + one.value * (one.weight / weight), 0)
}

function extreme(computation: 'min' | 'max', values: readonly Weighted[]): SourceValue {
  const isBetter = (a: number, b: number): boolean => (computation === 'min' ? a < b : a > b)
  return plain(values.reduce((best, one) => (isBetter(one.value, best.value) ? one : best)))
}

function plain({ source, value }: Weighted): SourceValue {
  return { source, value }
}

function largestFirst(a: SourceValue, b: SourceValue): number {
  return a.value === b.value ? 0 : b.value - a.value
}

interface InverseValue {
  readonly value: string | number
  readonly sources: readonly string[]
}

function inverse(values: readonly { readonly source: string; readonly value: string | number }[]): InverseValue[] {
  const byValue = new Map<string | number, Set<string>>()
  for (const { source, value } of values) byValue.set(value, (byValue.get(value) ?? new Set()).add(source))
  return [...byValue]
    .map(([value, sources]) => ({ value, sources: [...sources] }))
    .sort((a, b) => valueOrder(a.value, b.value))
}

function valueOrder(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : naturalOrder(String(a), String(b))
}

function quantileResults(
  { quantiles: shares = [0.5, 0.9, 0.99] }: CompareRule,
  head: Omit<ResultHead, 'sources'>,
  { family, rows }: Group,
): ComparisonResult[] {
  if (!isDistribution(family.kind)) return []
  const parts = rows.map(({ source, series }) => ({ source, family: { ...family, series: [series] } as typeof family }))
  const merged = mergeSnapshots(parts.map((part) => ({ version: 1, takenAt: 0, pages: [], families: [part.family] })))
  return merged.families.flatMap((each) => {
    const series = each.series[0] as DistributionSeries
    const values = quantiles(series, shares)
    if (values === undefined) return []
    const sources = rows.filter((row) => hasBoundsOf(row.series as DistributionSeries, series))
    const named = shares.map((q, i) => ({ q, value: values[i] as number }))
    return [{ ...head, sources: distinct(sources), compute: 'quantiles', count: series.count, quantiles: named }]
  })
}

/** Whether the values of a series, if it has any, are in the merged one. */
function hasBoundsOf({ count, buckets }: DistributionSeries, merged: DistributionSeries): boolean {
  const bounds = (of: DistributionSeries['buckets']): string => ('bounds' in of ? of.bounds.join() : 'exponential')
  return count > 0 && bounds(buckets) === bounds(merged.buckets)
}

function distinct(values: readonly { readonly source: string }[]): number {
  return new Set(values.map(({ source }) => source)).size
}
