import { rowsByLabels } from './merge-rows.ts'
import type { FamilySnapshot, Labels } from './snapshot.ts'

/** A family that grows while families are merged into it. */
export interface MergedFamily {
  /** Whether the series of `family` from place `from` on may be added; no series left fits whatever head fits. */
  fits(family: FamilySnapshot, from: number): boolean
  /** Adds series of `family` from place `from` on, as far as they fit; gives the place of the first that does not. */
  add(family: FamilySnapshot, from: number): number
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
  readonly textOf?: (one: Row | Series) => string
  /** The row of the first series; must not change it later. */
  begin(one: Series): Row
  add(row: Row, one: Series): void
  /** The sum of all series of the row. */
  end(row: Row): Series
}

/** An empty family like `first`, whose series are merged as `merging` says. */
export function mergedSeries<Family extends FamilySnapshot, Series extends Labelled, Row extends Labelled>(
  first: Family,
  merging: Merging<Family, Series, Row>,
): MergedFamily {
  const { fits = () => true, alike = () => true, textOf = () => '' } = merging
  const rows = rowsByLabels<Row>(first, textOf)
  let sample: Series | undefined
  return {
    fits(family, from) {
      if (family.kind !== first.kind || family.unit !== first.unit || !fits(first, family as Family)) return false
      const next = family.series[from] as Series | undefined
      return next === undefined || sample === undefined || alike(sample, next)
    },
    add(family, from) {
      const series = family.series as readonly unknown[] as readonly Series[]
      rows.accept(family)
      for (let i = from; i < series.length; i++) {
        const one = series[i] as Series
        sample ??= one
        if (!alike(sample, one)) return i
        const text = textOf(one)
        const row = rows.get(one.labels, text)
        if (row === undefined) rows.set(merging.begin(one), text)
        else merging.add(row, one)
      }
      return series.length
    },
    family() {
      const series = rows.all().map((row) => merging.end(row))
      return { ...first, labelNames: rows.labelNames(), series } as FamilySnapshot
    },
  }
}

/** The same with parts that may be written, as rows need them. */
export type Mutable<Series> = { -readonly [Key in keyof Series]: Series[Key] }
