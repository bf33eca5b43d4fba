import type { FamilySnapshot, Labels } from '../snapshot.ts'
import type { Places } from './series-index.ts'

/** A family that grows while families are merged into it. */
export interface MergedFamily {
  /** Whether the series of `family` from place `from` on may be added; no series left fits whatever head fits. */
  fits(family: FamilySnapshot, from: number): boolean
  /**
   * Adds series of `family` from number `from` on, as far as they fit; gives the number of the first that does not.
   * `source` is the same from merge to merge for what comes from the same page.
   */
  add(family: FamilySnapshot, from: number, source: unknown): number
  /** The sum so far. */
  family(): FamilySnapshot
}

/** What all series have. */
interface Labelled {
  readonly labels: Labels
}

/** How the series of one kind become one: a row for each set of labels, to which one series after the other is added. */
export interface Merging<Family extends FamilySnapshot, Series extends Labelled, Row extends Labelled> {
  /** Whether two families that are alike in kind and unit fit in all else that they say of themselves. */
  readonly fits?: (first: Family, family: Family) => boolean
  /** Whether a series may stand beside the first one that was merged. */
  readonly alike?: (first: Series, one: Series) => boolean
  /** What tells apart rows of equal labels. */
  readonly textOf?: (one: Series) => string
  /** The row of the first series; must not change it later. */
  begin(one: Series): Row
  add(row: Row, one: Series): void
  /** The sum of all series of the row. */
  end(row: Row): Series
}

/** An empty family like `first`, whose series are merged as `merging` says. */
export function mergedSeries<Family extends FamilySnapshot, Series extends Labelled, Row extends Labelled>(
  first: Family,
  places: Places,
  merging: Merging<Family, Series, Row>,
): MergedFamily {
  const { fits = () => true, alike, textOf } = merging
  const rows = new Array<Row | undefined>(places.size)
  let labelNames = first.labelNames
  let sample: Series | undefined
  return {
    fits(family, from) {
      if (family.kind !== first.kind || family.unit !== first.unit || !fits(first, family as Family)) return false
      const next = family.series[from] as Series | undefined
      return next === undefined || sample === undefined || alike === undefined || alike(sample, next)
    },
    add(family, from, source) {
      const series = family.series as readonly unknown[] as readonly Series[]
      labelNames = joinedNames(labelNames, family, sample === undefined)
      const known = places.of(source, family)
      for (let i = from; i < series.length; i++) {
        const one = series[i] as Series
        sample ??= one
        if (alike?.(sample, one) === false) return i
        const place = places.find(known, i, one.labels, textOf?.(one))
        const row = rows[place]
        if (row === undefined) rows[place] = merging.begin(one)
        else merging.add(row, one)
      }
      return series.length
    },
    family() {
      const series: Series[] = []
      for (const row of rows) if (row !== undefined) series.push(merging.end(row))
      return { ...first, labelNames, series } as FamilySnapshot
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

/** The same with parts that may be written, as rows need them. */
export type Mutable<Series> = { -readonly [Key in keyof Series]: Series[Key] }
