import type { ReadTime } from '../read-time.ts'
import type { FamilySnapshot, Kind, Labels } from '../snapshot.ts'
import type { FamilyDescription, Slot } from '../store.ts'
import type { SeriesCells } from './cells.ts'
import type { KindOptions } from './options.ts'
import type { Parts } from './parts.ts'
import type { KindStatistics } from './statistic.ts'

/** What decides how the cells of a family's series lie. */
export type SeriesLayout = Omit<FamilyDescription, 'id'>

/** The families of a kind. */
export type FamilyOf<K extends Kind> = FamilySnapshot extends infer F
  ? F extends { readonly kind: infer Kinds }
    ? K extends Kinds
      ? F
      : never
    : never
  : never

/** Names of extension cells in a line of the log. */
export type ExtensionKind = 'octave' | 'recent' | 'copies' | 'exemplar'

/** What a field of a series is in JSON. With `?` behind it, the field may be missing. */
export type FieldType =
  | 'finite'
  | 'count'
  | 'text'
  | 'digits'
  | 'digitsOrNull'
  | 'rates'
  | 'exemplars'
  | 'extremes'
  | 'averageWindow'
  | 'state'
  | 'secondsByState'
  | 'countByState'
  | 'totalCount'
  | 'buckets'
  | 'recent'
  // Computed when JSON is written, and passed over when it is read.
  | 'mean'
  | 'standardDeviation'
  | 'quantiles'

/** The type of a field that may be missing or not. */
export function typeOf(type: FieldType | `${FieldType}?`): FieldType {
  return type.replace('?', '') as FieldType
}

/** The fields of a family snapshot that only some kinds have. */
export type FamilyField = 'aggregation' | 'type' | 'upDownCounter' | 'over' | 'states'

/** Names of fields, in the order in which they are written. */
export type Fields = Readonly<Record<string, FieldType | `${FieldType}?`>>

/** What all series have. */
export interface Labelled {
  readonly labels: Labels
}

/** The same with parts that may be written, as sums need them. */
export type Mutable<Series> = { -readonly [Key in keyof Series]: Series[Key] }

/** How the series of a family become one. */
export interface SeriesSum<Series extends Labelled, Sum extends Labelled = Labelled> {
  /** The sum of one series; must not change that later. */
  begin(one: Series): Sum
  /** The sum with one series more, which may be the same object. */
  add(sum: Sum, one: Series): Sum
  end(sum: Sum): Series
}

/** What a kind needs whose numbers stay true when their processes are gone: those that only go up. */
export interface Totals<Series extends Labelled> {
  /** The series without what is about the present. */
  cumulative(series: Series): Series
  /** What came between two snapshots of one source; never negative. */
  subtract(before: Series, after: Series): Series
  /** The series with 0 for all numbers that no writer counts. */
  sanitize(series: Series): Series
  /** Makes the head of a fresh series one that has the totals of others and no present. */
  beginEvicted?(slot: Slot): void
  /** Adds to the head of a series the totals in that of another one, up to `end`. What is about the present stays as it is. */
  evict(layout: SeriesLayout, into: Slot, from: Slot, end: number): void
}

/** All that is particular to one kind of metric. Everything else loops over the rows. */
export interface KindRow<Family extends FamilySnapshot, Series extends Labelled = Family['series'][number]> {
  /** The options that a declaration may have, and what they are in the families of this kind where they are left out. */
  readonly options: KindOptions
  readonly defaults?: Partial<SeriesLayout>
  /** The numbers and texts that can be chosen of a series. */
  readonly statistics: KindStatistics<Series>
  /** How many cells the head of a series has. */
  cells(layout: SeriesLayout): number
  /** Whether something of its series depends on time, and so needs ticks. */
  isTimed(layout: SeriesLayout): boolean
  /** The extension cells that its series may have. Default: none. */
  extensions?(layout: SeriesLayout): readonly ExtensionKind[]
  /**
   * Whether a reader's copy of a head is of one instant. If not, the writer was changing it, and it must be copied again.
   * Kinds of which any mix of old and new is harmless lack it.
   */
  isConsistent?(layout: SeriesLayout, slot: Slot): boolean
  /**
   * A series as plain data, with these parts of what takes time. At most `maxBuckets` exponential buckets, and `maxRecent` in
   * each recent window.
   */
  read(
    layout: SeriesLayout,
    source: SeriesCells,
    at: ReadTime,
    parts: Parts,
    maxBuckets?: number,
    maxRecent?: number,
  ): Series
  /**
   * Whether a series without extension cells is nothing but the cells of its head: while these stay, so does what it is read
   * as, whenever that is. Default: no.
   */
  isTimeless?(layout: SeriesLayout): boolean
  /** The fields of a family snapshot that only this kind has. */
  head?(layout: SeriesLayout): object
  /** Whether readers show the series. Default: yes. */
  isShown?(layout: SeriesLayout, series: Series): boolean

  /** Families of equal name, kind and unit add up where these agree. */
  traits?(family: Family): string
  /** What the traits are, for people to read: `by sum`. Default: `with other options`. */
  distinction?(family: Family): string
  /** Whether a series may stand beside another one in a family. */
  areAlike?(first: Series, one: Series): boolean
  /** Two families whose series are not alike, changed so that they are; `undefined` where there is no way. */
  align?(a: Family, b: Family): readonly [Family, Family] | undefined
  /** Distinguishes series with equal labels. */
  textOf?(one: Series): string
  /** What the head of a sum is once this family is in it. */
  joinHeads?(head: Family, family: Family): Family
  sum(family: Family): SeriesSum<Series>
  /** Kinds that only state how things are now lack it. */
  readonly totals?: Totals<Series>

  /** The fields of a family in JSON that only this kind has. */
  readonly familyFields?: readonly FamilyField[]
  /** The fields of a series in JSON, except its labels. */
  readonly fields: Fields
}
