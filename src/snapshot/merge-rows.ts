import type { Places } from './merge-places.ts'
import type { FamilySnapshot, Labels, PageInfo } from './snapshot.ts'

/** Where a family comes from. */
export interface Origin {
  /** The same from merge to merge for the same page, so that its series find their places at once. */
  readonly source: unknown
  /** Number of the merge. */
  readonly turn: number
  readonly pages: readonly PageInfo[]
}

/** A family that grows while families are merged into it. */
export interface MergedFamily {
  /** Whether the series of `family` from place `from` on may be added; no series left fits whatever head fits. */
  fits(family: FamilySnapshot, from: number): boolean
  /** Adds series of `family` from place `from` on, as far as they fit; gives the place of the first that does not. */
  add(family: FamilySnapshot, from: number, origin: Origin): number
  /** The sum so far. */
  family(): FamilySnapshot
}

/** How the series of a kind become one: all that differs from kind to kind. */
export interface SeriesMerge<Series, Row> {
  /** Whether a series may be in this family, where not all of the same head may. */
  readonly fits?: (series: Series) => boolean
  /** What of a series besides its labels must be the same for it to be added up with another. */
  readonly textOf?: (series: Series) => string
  /** Begins a sum with its first series, which is not changed. */
  readonly begin: (series: Series) => Row
  /** Adds one more. */
  readonly add: (row: Row, series: Series) => void
  /** The sum so far, as plain data; the row itself unless this says otherwise. */
  readonly end?: (row: Row) => Series
}

/** An empty family with the head of `first`, to merge into. */
export function mergedRows<Series extends { readonly labels: Labels }, Row>(
  first: FamilySnapshot,
  places: Places,
  headFits: (family: FamilySnapshot) => boolean,
  merge: SeriesMerge<Series, Row>,
): MergedFamily {
  const { fits, textOf, begin, add, end } = merge
  const rows = new Array<Row | undefined>(places.size)
  let labelNames = first.labelNames
  let isEmpty = true
  const seriesOf = (family: FamilySnapshot): readonly Series[] => family.series as readonly unknown[] as Series[]
  return {
    fits(family, from) {
      if (!headFits(family)) return false
      const next = seriesOf(family)[from]
      return fits === undefined || next === undefined || fits(next)
    },
    add(family, from, { source, turn }) {
      const series = seriesOf(family)
      labelNames = joinedNames(labelNames, family, isEmpty)
      const known = places.of(source, family, turn)
      for (let i = from; i < series.length; i++) {
        const one = series[i] as Series
        if (fits?.(one) === false) return i
        const text = textOf?.(one)
        const isKnown = known.labels[i] === one.labels && known.texts[i] === text
        const place = isKnown ? (known.places[i] as number) : places.find(known, i, one.labels, text)
        const row = rows[place]
        if (row === undefined) rows[place] = begin(one)
        else add(row, one)
        isEmpty = false
      }
      return series.length
    },
    family() {
      const there = rows.filter((row) => row !== undefined)
      const series = end === undefined ? there : there.map((row) => end(row))
      return { ...first, labelNames, series } as unknown as FamilySnapshot
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
