import type { FamilyColumns } from '../columns.ts'
import type { Labelled } from '../kinds/row.ts'
import { rowOf } from '../kinds/rows.ts'
import type { FamilySnapshot } from '../snapshot.ts'
import { LabelNames } from './label-names.ts'
import { isBefore, type Rank } from './rank.ts'
import type { SeriesIndex } from './series-index.ts'

type Series = FamilySnapshot['series'][number]

/** A family that grows while families of one definition are merged into it. */
export class MergedFamily {
  /** What {@link KindRow.traits} returns for its families. */
  readonly traits: string | undefined
  /** The best of those that declare it so. */
  rank: Rank
  readonly index: SeriesIndex
  /** How many series the last {@link family} had. */
  count = 0
  private readonly row: ReturnType<typeof rowOf>
  private readonly merging: ReturnType<ReturnType<typeof rowOf>['sum']>
  private readonly sums: (Labelled | undefined)[]
  /** Whether a living process has the series, by the same numbers. */
  private readonly living: boolean[]
  private readonly labelNames: LabelNames
  private head: FamilySnapshot
  private help = ''
  private helpRank: Rank
  private sample: Series | undefined

  /** An empty family like `first`, to merge into. */
  constructor(first: FamilySnapshot, traits: string | undefined, rank: Rank, index: SeriesIndex) {
    this.traits = traits
    this.rank = rank
    this.index = index
    this.row = rowOf(first.kind)
    this.merging = this.row.sum(first)
    this.sums = new Array(index.size)
    this.living = new Array(index.size)
    this.labelNames = new LabelNames(first.labelNames, rank)
    this.head = first
    this.helpRank = rank
  }

  /** Whether nothing is known of what distinguishes series of its kind, as it has none. */
  get isUnknown(): boolean {
    return this.row.areAlike !== undefined && this.sample === undefined
  }

  /** {@link definitionKey} of its family. */
  get key(): string {
    const { head, sample } = this
    return definitionKey({ ...head, series: sample === undefined ? [] : [sample] } as FamilySnapshot)
  }

  /** Whether a family with these traits is declared like this one, but for what its series say. */
  hasHeadOf({ kind, unit }: FamilySnapshot, traits: string | undefined): boolean {
    return kind === this.head.kind && unit === this.head.unit && traits === this.traits
  }

  /** Whether the series of `family`, which has these traits, may be added from number `from` on. */
  fits(family: FamilySnapshot, traits: string | undefined, from: number): boolean {
    if (!this.hasHeadOf(family, traits)) return false
    const { areAlike } = this.row
    if (areAlike === undefined) return true
    const { sample } = this
    const next = family.series[from]
    return next === undefined || sample === undefined ? next === sample : areAlike(sample, next)
  }

  /**
   * Adds series of `family` from number `from` on, as far as they fit; gives the number of the first that does not.
   * `source` is the same from merge to merge for what comes from the same page.
   */
  add(family: FamilySnapshot, from: number, source: unknown, rank: Rank): number {
    const { series } = family
    const { areAlike, textOf } = this.row
    this.addHead(family, rank, series.length > 0)
    const known = this.index.of(source)
    for (let i = from; i < series.length; i++) {
      const one = series[i] as Series
      this.sample ??= one
      if (areAlike?.(this.sample, one) === false) return i
      this.addOne(this.index.find(known, i, one.labels, textOf?.(one)), one, rank)
    }
    return series.length
  }

  /** Adds the series that are in columns; to be called before {@link add} adds the others of their family. */
  addColumns(columns: FamilyColumns, source: unknown, rank: Rank): void {
    const known = this.index.listOf(source, columns.labels)
    let isEmpty = true
    for (let i = 0; i < columns.count; i++) {
      const one = columns.series(i)
      if (one === undefined) continue
      isEmpty = false
      this.addOne(this.index.findInList(known, i), one, rank)
    }
    if (!isEmpty) this.addHead(columns.family, rank, true)
  }

  private addOne(at: number, one: Series, rank: Rank): void {
    if (rank.lives) this.living[at] = true
    const sum = this.sums[at]
    this.sums[at] = sum === undefined ? this.merging.begin(one) : this.merging.add(sum, one)
  }

  /** The help text and the order of labels are those of the newest. */
  private addHead(family: FamilySnapshot, rank: Rank, hasSeries: boolean): void {
    const { row } = this
    const isNewer = isBefore(rank, this.rank)
    const [newest, other] = isNewer ? [family, this.head] : [this.head, family]
    this.head = row.joinHeads === undefined ? newest : row.joinHeads(newest, other)
    if (isNewer) this.rank = rank
    if (family.help !== '' && (this.help === '' || isBefore(rank, this.helpRank))) {
      this.help = family.help
      this.helpRank = rank
    }
    this.labelNames.add(family, rank, hasSeries)
  }

  /** For each series of the sum, whether a living process has it. */
  get livingSeries(): boolean[] {
    return this.sums.flatMap((sum, at) => (sum === undefined ? [] : [this.living[at] === true]))
  }

  /** The sum so far; `withStart`: with the time at which the newest process of this definition began. */
  family(withStart = false): FamilySnapshot {
    const series: Series[] = []
    for (const sum of this.sums) if (sum !== undefined) series.push(this.merging.end(sum))
    this.count = series.length
    const { startedAt: _, ...head } = this.head
    const { startedAt } = this.rank
    const start = withStart && Number.isFinite(startedAt) ? { startedAt } : {}
    return { ...head, help: this.help, labelNames: this.labelNames.all, ...start, series } as FamilySnapshot
  }
}

/** The same text for families that can be added up, whatever was recorded. */
export function definitionKey(family: FamilySnapshot): string {
  const { name, kind, unit, series } = family
  const [sample] = series
  const bounds = sample !== undefined && 'buckets' in sample && 'bounds' in sample.buckets ? sample.buckets.bounds : []
  return JSON.stringify([name, kind, unit, rowOf(kind).traits?.(family), bounds])
}
