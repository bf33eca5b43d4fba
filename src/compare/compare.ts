import { optionInvalid } from '../errors.ts'
import { quantiles } from '../snapshot/buckets/quantile.ts'
import { checkSnapshot } from '../snapshot/check-snapshot.ts'
import { mergeSnapshots } from '../snapshot/merge/merge.ts'
import type { Selector } from '../snapshot/selector-type.ts'
import type { DistributionSeries, GaugeSeries, Kind, Labels, Snapshot } from '../snapshot/snapshot.ts'
import { statisticReader } from '../snapshot/statistics.ts'
import { findGroups, type Group, indexFamilies } from './groups.ts'
import { naturalOrder } from './natural-order.ts'
import { type CompareRule, type Computation, checkQuantile, checkRule, usualStatistic } from './rule.ts'

interface ResultHead {
  readonly metric: string
  readonly kind: Kind
  /** UCUM unit of the numbers in the result; empty for none. */
  readonly unit: string
  /** The label values that all series in it have: those of `by`, and those that the selector names without a pattern. */
  readonly labels: Labels
  /** How many sources are in it. One whose number is NaN, or that has none, such as the mean of no values, is not. */
  readonly sources: number
}

/** A value of a source. */
export interface SourceValue {
  /** Name of the source. */
  readonly source: string
  /** Its value. */
  readonly value: number
}

interface Computed<C extends Computation> extends ResultHead {
  /** The computation. */
  readonly compute: C
}

interface ComputedOf<C extends Computation> extends Computed<C> {
  /** The statistic that the values are of. */
  readonly of: string
}

interface Total extends ComputedOf<'sum' | 'average'> {
  /** The sum or the mean. */
  readonly value: number
}

interface Sorted extends ComputedOf<'sorted'> {
  /** The largest first; sources with the same value in the order of their names. */
  readonly values: readonly SourceValue[]
}

interface InverseValue {
  /** A value that some sources have. */
  readonly value: string | number
  /** The names of these sources. */
  readonly sources: readonly string[]
}

interface Inverse extends ComputedOf<'inverse'> {
  /** In the order of the values, numbers by size, `1.9` before `1.10`; the sources likewise. */
  readonly values: readonly InverseValue[]
}

interface Quantile {
  /** The share of values that are not above it, 0 to 1. */
  readonly q: number
  /** The quantile. */
  readonly value: number
}

interface Quantiles extends Computed<'quantiles'> {
  /** How many values were recorded. */
  readonly count: number
  /** Ascending by `q`. */
  readonly quantiles: readonly Quantile[]
}

/** The result of one computation for one metric: plain data. */
export type ComparisonResult =
  | Total
  | (ComputedOf<'min' | 'max'> & SourceValue)
  | Sorted
  | Inverse
  | Computed<'count'>
  | Quantiles

/** The results of rules over several sources: plain data, which `JSON.stringify` writes and `formatComparison` shows. */
export interface Comparison {
  /** All of them, in natural order. */
  readonly sources: readonly {
    /** Name of the source. */
    readonly name: string
    /** When it was taken, in Unix seconds. */
    readonly takenAt: number
  }[]
  /** In the order of the rules; of one rule by metric, then by labels, then in the order of its computations. */
  readonly results: readonly ComparisonResult[]
  /** The places of rules without a result: no source has the metric, or none of a kind that supports the computation. */
  readonly unmatched: readonly number[]
}

/**
 * Spot checks over many sources: hosts, processes or files, each a snapshot under its name. Rules select for which metrics to
 * compute what. Series of one source that a rule does not keep apart are merged first, as `mergeSnapshots` does it; a gauge
 * that stays one of its process counts process by process, with `<source> <process>` for the name.
 *
 * Metrics of one name but of different kinds, units or bounds have results of their own. A computation that makes no sense
 * for a kind, such as the sum of texts, has no result. Cost: linear in the number of series, those of a metric read again
 * for each of its rules; a rule with a pattern also compares each name with it.
 *
 * @throws PlimsollError `PLIMSOLL_OPTION_INVALID` for a rule that makes no sense at all, such as the average of quantiles.
 */
export function compare(snapshots: ReadonlyMap<string, Snapshot>, rules: readonly CompareRule[]): Comparison {
  const sources = sourcesOf(snapshots).sort(([a], [b]) => naturalOrder(a, b))
  if (!Array.isArray(rules)) throw optionInvalid('rules', 'compare()', rules, 'an array of rules')
  const index = indexFamilies(sources)
  const perRule = rules.map((rule) => {
    const { selector, list } = checkRule(rule)
    const { groups, statistic } = findGroups(index, selector, rule.by ?? [])
    checkQuantile(statistic, list)
    return groups.flatMap((group) => {
      return list.flatMap((computation) => compute({ rule, selector, computation, statistic: statistic ?? '' }, group))
    })
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
  throw optionInvalid('snapshots', 'compare()', snapshots, 'a Map of snapshots by name')
}

interface Wanted {
  readonly rule: CompareRule
  readonly selector: Selector
  readonly computation: Computation
  /** Empty for the usual one. */
  readonly statistic: string
}

function compute({ rule, selector, computation, statistic }: Wanted, group: Group): ComparisonResult[] {
  const { name: metric, kind, unit } = group.family
  const named = selector.labels.filter(({ operator, isGlob }) => operator === '=' && isGlob !== true)
  const fixed = Object.fromEntries(named.map(({ name, value }) => [name, value]))
  const head = { metric, kind, unit, labels: { ...fixed, ...group.labels } }
  if (computation === 'count') return [{ ...head, unit: '', sources: distinct(group.rows), compute: 'count' }]
  if (computation === 'quantiles') return quantileResults(rule, head, group)
  const of = statistic || usualStatistic(kind, computation)
  const all = valuesOf(group, of)
  const numbers = all.filter((one): one is Weighted => typeof one.value === 'number')
  const values = computation === 'inverse' ? all : numbers
  if (values.length === 0) return []
  const result = { ...head, unit: unitOf(group, of), sources: distinct(values), of }
  switch (computation) {
    case 'inverse':
      return [{ ...result, compute: computation, values: inverse(all) }]
    case 'sum':
      return [{ ...result, compute: computation, value: numbers.reduce((sum, { value }) => sum + value, 0) }]
    case 'average':
      return [{ ...result, compute: computation, value: average(numbers) }]
    case 'min':
    case 'max':
      return [{ ...result, compute: computation, ...extreme(computation, numbers) }]
    case 'sorted':
      return [{ ...result, compute: computation, values: [...numbers].sort(largestFirst).map(plain) }]
    default:
      return computation satisfies never
  }
}

interface Weighted extends SourceValue {
  /** How much it counts in an average: a mean as often as it has values or processes, all else once. */
  readonly weight: number
}

/** What the series have for a statistic; what is NaN, or has none, is left out. */
function valuesOf({ family, rows }: Group, of: string): (Omit<Weighted, 'value'> & { value: number | string })[] {
  const reader = statisticReader(family, of)
  const counts = of.endsWith('mean') ? statisticReader(family, of.replace(/mean$/, 'count')) : undefined
  const isMean = family.kind === 'gauge' && family.aggregation === 'mean'
  return rows.flatMap(({ source, series }) => {
    const value = reader?.read(series)
    if (value === undefined || Number.isNaN(value)) return []
    const processes = isMean ? ((series as GaugeSeries).processes ?? 1) : 1
    return [{ source, value, weight: counts === undefined ? processes : Number(counts.read(series)) }]
  })
}

function unitOf({ family }: Group, of: string): string {
  const { unit = '', perSecond = false } = statisticReader(family, of) ?? {}
  return perSecond ? `${unit}/s` : unit
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
  if (family.kind !== 'histogram' && family.kind !== 'timer') return []
  const parts = rows.map(({ source, series }) => ({ source, family: { ...family, series: [series] } as typeof family }))
  const merged = mergeSnapshots(parts.map((part) => ({ version: 1, takenAt: 0, pages: [], families: [part.family] })))
  const apart = (merged.conflicts ?? []).map((conflict) => conflict.family)
  return [...merged.families, ...apart].flatMap((each) => {
    const series = each.series[0] as DistributionSeries
    const values = quantiles(series, shares)
    if (values === undefined) return []
    const sources = rows.filter((row) => hasBoundsOf(row.series as DistributionSeries, series))
    const named = shares.map((q, i) => ({ q, value: values[i] as number }))
    return [{ ...head, sources: distinct(sources), compute: 'quantiles', count: series.count, quantiles: named }]
  })
}

/** Whether the values of a series, if it has any, are in the merged one, which has the bounds that all its parts share. */
function hasBoundsOf({ count, buckets: its }: DistributionSeries, { buckets }: DistributionSeries): boolean {
  if (count === 0 || !('bounds' in its) || !('bounds' in buckets))
    return count > 0 && 'bounds' in its === 'bounds' in buckets
  const known = new Set(its.bounds)
  return buckets.bounds.every((bound) => known.has(bound))
}

function distinct(values: readonly { readonly source: string }[]): number {
  return new Set(values.map(({ source }) => source)).size
}
