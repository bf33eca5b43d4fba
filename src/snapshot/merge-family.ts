import { isExplicit } from './buckets.ts'
import type { MergedDistribution } from './merge-distribution.ts'
import { mergedDistribution } from './merge-distribution.ts'
import type {
  Aggregation,
  Buckets,
  CounterFamilySnapshot,
  CounterSeries,
  DistributionFamilySnapshot,
  FamilySnapshot,
  GaugeFamilySnapshot,
  GaugeSeries,
  Labels,
  TextFamilySnapshot,
  TextSeries,
} from './snapshot.ts'

/** A family that grows while families are merged into it. */
export interface MergedFamily {
  /** Whether the series of `family` from place `from` on may be added; no series left fits whatever head fits. */
  fits(family: FamilySnapshot, from: number): boolean
  /** Adds series of `family` from place `from` on, as far as they fit; gives the place of the first that does not. */
  add(family: FamilySnapshot, from: number): number
  /** The sum so far. */
  family(): FamilySnapshot
}

/** An empty family of the same head, to merge into. */
export function mergedFamily(first: FamilySnapshot): MergedFamily {
  switch (first.kind) {
    case 'counter':
      return mergedCounters(first)
    case 'gauge':
      return mergedGauges(first)
    case 'histogram':
    case 'timer':
      return mergedDistributions(first)
    case 'text':
      return mergedTexts(first)
    default:
      return first satisfies never
  }
}

function mergedCounters(first: CounterFamilySnapshot): MergedFamily {
  const rows = rowsByLabels<Mutable<CounterSeries>>(first)
  return {
    fits: (family) => sameHead(first, family),
    add(family, from) {
      const series = family.series as readonly CounterSeries[]
      rows.accept(family)
      for (let i = from; i < series.length; i++) {
        const one = series[i] as CounterSeries
        const row = rows.get(one.labels)
        if (row === undefined) rows.set({ labels: one.labels, value: one.value, ...digitsOf(one) })
        else addWhole(row, one)
      }
      return series.length
    },
    family: () => ({ ...first, labelNames: rows.labelNames(), series: rows.all() }),
  }
}

function mergedGauges(first: GaugeFamilySnapshot): MergedFamily {
  const rows = rowsByLabels<Mutable<GaugeSeries> & { processes: number }>(first)
  return {
    fits: (family) => sameHead(first, family) && (family as GaugeFamilySnapshot).aggregation === first.aggregation,
    add(family, from) {
      const series = family.series as readonly GaugeSeries[]
      rows.accept(family)
      for (let i = from; i < series.length; i++) {
        const one = series[i] as GaugeSeries
        const { labels, value, processes = 1 } = one
        const row = rows.get(labels)
        if (row === undefined) {
          rows.set({ labels, value, processes, ...digitsOf(one) })
        } else {
          if (first.aggregation === 'sum') {
            addWhole(row, one)
          } else {
            row.value = aggregate(first.aggregation, row.value, row.processes, value, processes)
            if (row.exact !== undefined) delete row.exact
          }
          row.processes += processes
        }
      }
      return series.length
    },
    family: () => ({ ...first, labelNames: rows.labelNames(), series: rows.all() }),
  }
}

type Mutable<Series> = { -readonly [Key in keyof Series]: Series[Key] }

/** All digits of a value, where it has more than a float64 holds. */
function digitsOf({ exact }: CounterSeries): { exact?: string } {
  return exact === undefined ? {} : { exact }
}

/** Adds a number; where one of the two has more digits than a float64 holds, and both are whole, so does the sum. */
function addWhole(row: Mutable<CounterSeries>, one: CounterSeries): void {
  const before = row.exact ?? row.value
  row.value += one.value
  if (row.exact === undefined && one.exact === undefined) return
  const added = one.exact ?? one.value
  const areWhole = [before, added].every((each) => typeof each === 'string' || Number.isSafeInteger(each))
  const sum = areWhole ? BigInt(before) + BigInt(added) : undefined
  if (sum !== undefined) row.value = Number(sum)
  if (sum === undefined || Number.isSafeInteger(row.value)) delete row.exact
  else row.exact = String(sum)
}

function aggregate(
  how: Exclude<Aggregation, 'sum'>,
  a: number,
  processesA: number,
  b: number,
  processesB: number,
): number {
  switch (how) {
    case 'min':
      return Math.min(a, b)
    case 'max':
      return Math.max(a, b)
    case 'mean':
      return (a * processesA + b * processesB) / (processesA + processesB)
    default:
      return how satisfies never
  }
}

function mergedDistributions(first: DistributionFamilySnapshot): MergedFamily {
  const rows = rowsByLabels<MergedDistribution>(first)
  // The bounds that all series here have, `null` for exponential buckets; not known before the first series.
  let bounds: readonly number[] | null | undefined
  const boundsFit = (buckets: Buckets): boolean => bounds === undefined || sameBounds(bounds, boundsOf(buckets))
  return {
    fits(family, from) {
      if (!sameHead(first, family)) return false
      const next = (family as DistributionFamilySnapshot).series[from]
      return next === undefined || boundsFit(next.buckets)
    },
    add(family, from) {
      const { series } = family as DistributionFamilySnapshot
      rows.accept(family)
      let at = from
      for (let one = series[at]; one !== undefined && boundsFit(one.buckets); one = series[++at]) {
        bounds ??= boundsOf(one.buckets)
        const row = rows.get(one.labels)
        if (row === undefined) rows.set(mergedDistribution(one))
        else row.add(one)
      }
      return at
    },
    family: () => ({ ...first, labelNames: rows.labelNames(), series: rows.all().map((row) => row.series()) }),
  }
}

function mergedTexts(first: TextFamilySnapshot): MergedFamily {
  const rows = rowsByLabels<Mutable<TextSeries> & { processes: number }>(first, ({ value }) => value)
  return {
    fits: (family) => sameHead(first, family),
    add(family, from) {
      const series = family.series as readonly TextSeries[]
      rows.accept(family)
      for (let i = from; i < series.length; i++) {
        const { labels, value, processes = 1 } = series[i] as TextSeries
        const row = rows.get(labels, value)
        if (row === undefined) rows.set({ labels, value, processes })
        else row.processes += processes
      }
      return series.length
    },
    family: () => ({ ...first, labelNames: rows.labelNames(), series: rows.all() }),
  }
}

function boundsOf(buckets: Buckets): readonly number[] | null {
  return isExplicit(buckets) ? buckets.bounds : null
}

function sameBounds(a: readonly number[] | null, b: readonly number[] | null): boolean {
  if (a === b) return true
  return a !== null && b !== null && a.length === b.length && a.every((bound, i) => bound === b[i])
}

function sameHead(a: FamilySnapshot, b: FamilySnapshot): boolean {
  return a.kind === b.kind && a.unit === b.unit
}

/** Rows by their labels and, where `textOf` gives more than nothing, by that too. */
interface Rows<Row extends { readonly labels: Labels }> {
  /** Makes room for the label names of a family that is about to be added. */
  accept(family: FamilySnapshot): void
  get(labels: Labels, text?: string): Row | undefined
  set(row: Row): void
  all(): Row[]
  labelNames(): readonly string[]
}

function rowsByLabels<Row extends { readonly labels: Labels }>(
  first: FamilySnapshot,
  textOf: (row: Row) => string = () => '',
): Rows<Row> {
  let names = first.labelNames
  let rows = new Map<string, Row>()
  return {
    accept(family) {
      // The label names of a family without series hold only until there is one.
      if (rows.size === 0 && family.series.length > 0) names = family.labelNames
      if (family.labelNames === names || (rows.size > 0 && family.series.length === 0)) return
      const added = family.labelNames.filter((name) => !names.includes(name))
      if (added.length === 0) return
      names = [...names, ...added]
      const before = rows
      rows = new Map()
      for (const row of before.values()) rows.set(keyOf(row.labels, names) + textOf(row), row)
    },
    get: (labels, text = '') => rows.get(keyOf(labels, names) + text),
    set: (row) => rows.set(keyOf(row.labels, names) + textOf(row), row),
    all: () => [...rows.values()],
    labelNames: () => names,
  }
}

/**
 * One text for the label values in the order of `names`. Each value stands behind its length, so no two sets of values
 * share a text, whatever is in them. A label that a series lacks is `-`; an overflow series has a mark in front, as it may
 * have other labels that were put on it since, such as the app.
 */
function keyOf(labels: Labels, names: readonly string[]): string {
  let key = ''
  for (let i = 0; i < names.length; i++) {
    const value = labels[names[i] as string]
    // A label may be named like a method of Object.prototype, so anything but text is a label that is not there.
    if (typeof value === 'string') {
      key += `${value.length}:${value}`
    } else {
      key += '-'
    }
  }
  return typeof labels.overflow === 'string' && !names.includes('overflow') ? `overflow ${key}` : key
}
