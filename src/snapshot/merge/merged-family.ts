import type { Labelled } from '../kinds/row.ts'
import { rowOf } from '../kinds/rows.ts'
import type { FamilySnapshot } from '../snapshot.ts'
import type { SeriesIndex } from './series-index.ts'

type Series = FamilySnapshot['series'][number]

/** A family that grows while families are merged into it. */
export interface MergedFamily {
  /** Whether the series of `family` from number `from` on may be added; no series left fits whatever head fits. */
  fits(family: FamilySnapshot, from: number): boolean
  /**
   * Adds series of `family` from number `from` on, as far as they fit; gives the number of the first that does not.
   * `source` is the same from merge to merge for what comes from the same page.
   */
  add(family: FamilySnapshot, from: number, source: unknown): number
  /** The sum so far. */
  family(): FamilySnapshot
}

/** An empty family like `first`, to merge into. */
export function mergedFamily(first: FamilySnapshot, index: SeriesIndex): MergedFamily {
  const row = rowOf(first.kind)
  const { areAlike, textOf } = row
  const traits = row.traits?.(first)
  const merging = row.sum(first)
  const sums = new Array<Labelled | undefined>(index.size)
  let head = first
  let labelNames = first.labelNames
  let sample: Series | undefined
  return {
    fits(family, from) {
      if (family.kind !== first.kind || family.unit !== first.unit || row.traits?.(family) !== traits) return false
      const next = family.series[from]
      return next === undefined || sample === undefined || areAlike === undefined || areAlike(sample, next)
    },
    add(family, from, source) {
      const { series } = family
      if (row.joinHeads !== undefined) head = row.joinHeads(head, family)
      labelNames = joinedNames(labelNames, family, sample === undefined)
      const known = index.of(source, family)
      for (let i = from; i < series.length; i++) {
        const one = series[i] as Series
        sample ??= one
        if (areAlike?.(sample, one) === false) return i
        const at = index.find(known, i, one.labels, textOf?.(one))
        const sum = sums[at]
        sums[at] = sum === undefined ? merging.begin(one) : merging.add(sum, one)
      }
      return series.length
    },
    family() {
      const series: Series[] = []
      for (const sum of sums) if (sum !== undefined) series.push(merging.end(sum))
      return { ...head, labelNames, series } as FamilySnapshot
    },
  }
}

/** The label names of a family without series hold only until there is one. */
function joinedNames(names: readonly string[], family: FamilySnapshot, isEmpty: boolean): readonly string[] {
  if (isEmpty && family.series.length > 0) return family.labelNames
  if (family.labelNames === names || (!isEmpty && family.series.length === 0)) return names
  const added = family.labelNames.filter((name) => !names.includes(name))
  return added.length === 0 ? names : [...names, ...added]
}
