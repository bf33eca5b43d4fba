import { countOr0 } from '../../snapshot/amounts.ts'
import type { Counted, SeriesCells } from '../../snapshot/kinds/cells.ts'
import { exponentialHeadCells, octaveCells, sumCell, zeroCell } from '../../snapshot/kinds/cells.ts'
import { countedOctaves } from '../../snapshot/kinds/histogram.ts'
import { countOctave, octaveCounts } from '../../snapshot/kinds/octave-quantiles.ts'
import type { Parts } from '../../snapshot/kinds/parts.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import type { DistributionSeries, Labels } from '../../snapshot/snapshot.ts'
import { type Fill, joined } from './cell-copies.ts'
import type { Chunks } from './chunks.ts'
import type { PageOctave, PageSeries } from './extension-cells.ts'
import type { PageFamily } from './page-family.ts'

/**
 * For how many milliseconds a count is used again. A writer that is stopped between the sum and the bucket of a value adds it to
 * the bucket later, while the head stays as it is: what was counted between the two would else lack the value for ever.
 */
const maxAge = 10_000

/** Octaves of a series between which there are no more cells are copied by one call: from 256 to 2048, no difference was measured. */
const maxGap = 1024
/** Where they go: one for all, as each series is counted before the next. It stays in the caches, unlike the cells of all pages. */
const copied = new Float64Array(16_384)

/** How the octaves of a series are copied: what goes where, and then, of each octave, where it is. */
interface OctaveCopies {
  readonly views: Float64Array[]
  readonly positions: number[]
  readonly indexes: number[]
}

/**
 * Distributions of which a read wants nothing that needs their buckets but their counts and quantiles. While the head of one is
 * as it was, so are its buckets, and they need not even be copied: the head has the sum of all values, and a value changes that.
 * Where the lowest bucket has values that are too small to do so, all is counted in each read.
 */
export class KnownCounts {
  private readonly series: readonly PageSeries[]
  private readonly quantiles: readonly number[]
  private readonly chunks: Chunks
  private readonly hasExemplars: boolean
  // In columns: to look at an object for each series of many pages takes longer than all else here.
  private readonly labels: readonly Labels[]
  private readonly cells: readonly Float64Array[]
  private readonly indexes: readonly number[]
  private readonly octaves: readonly (readonly PageOctave[])[]
  /** Of each series, the head that was seen last. */
  private readonly heads: Float64Array
  /** What was counted with that head, and until when it can be used again. */
  private readonly counted: (Counted | undefined)[] = []
  private readonly until: number[] = []
  /** Numbers of the series whose octaves are needed. */
  private readonly stale: number[] = []
  /** Of each series, once it was stale, how to copy its octaves; `false` for too many of them. */
  private readonly copies: (OctaveCopies | false)[] = []
  /** How many cells the octaves have in all. */
  readonly octaveCells: number
  // One for all series: each is read before the next.
  private readonly source: { -readonly [Key in keyof SeriesCells]: SeriesCells[Key] } = {
    labels: {},
    cells: copied,
    index: 0,
    octaves: [],
    recent: undefined,
    exemplars: undefined,
    counted: undefined,
  }

  /** `before`: what was known until the family got or lost cells. */
  constructor({ series }: PageFamily, { quantiles, exemplars }: Parts, chunks: Chunks, before?: KnownCounts) {
    this.series = series
    this.quantiles = quantiles
    this.hasExemplars = exemplars
    this.labels = series.map(({ labels }) => labels)
    this.chunks = chunks
    this.cells = series.map(({ cells }) => cells)
    this.indexes = series.map(({ index }) => index)
    this.octaves = series.map(({ octaves }) => octaves)
    this.heads = new Float64Array(series.length * exponentialHeadCells).fill(Number.NaN)
    this.octaveCells = series.reduce((sum, { octaves }) => sum + octaves.length * octaveCells, 0)
    if (before !== undefined) this.takeOver(before)
  }

  /** Finds the series whose octaves have to be copied, once the heads have been; returns how many they are. */
  findStale(now: number): number {
    const { counted, until, stale } = this
    stale.length = 0
    for (let i = 0; i < this.indexes.length; i++) {
      if (this.takeHead(i) && counted[i] !== undefined && now < (until[i] as number)) continue
      counted[i] = undefined
      until[i] = this.isSeenInSum(i) ? now + maxAge : 0
      stale.push(i)
    }
    return stale.length
  }

  /** Copies the octaves that are needed. */
  copyStale(fill: Fill): void {
    for (const i of this.stale) {
      const one = this.series[i] as PageSeries
      this.copies[i] ??= this.copiesOf(one)
      const copies = this.copies[i]
      if (copies) this.counted[i] = this.countCopies(one, copies, fill)
      else for (const octave of one.octaves) this.chunks.readAgain(octave, octaveCells, fill)
    }
  }

  /** Series number `i`, for {@link note}; valid until the next one. */
  sourceOf(i: number): SeriesCells {
    const { source } = this
    source.labels = this.labels[i] as Labels
    source.cells = this.cells[i] as Float64Array
    source.index = this.indexes[i] as number
    source.octaves = this.octaves[i] as readonly PageOctave[]
    if (this.hasExemplars) source.exemplars = (this.series[i] as PageSeries).exemplars
    source.counted = this.counted[i]
    return source
  }

  /** Keeps what was counted of series number `i` in a read. */
  note(i: number, { count, quantiles }: DistributionSeries): void {
    this.counted[i] ??= { count, quantiles }
  }

  private countCopies({ cells, index, octaves }: PageSeries, copies: OctaveCopies, fill: Fill): Counted {
    const { views, positions, indexes } = copies
    for (let n = 0; n < views.length; n++) fill(views[n] as Float64Array, positions[n] as number)
    octaveCounts.begin(countOr0(cells[index + zeroCell] as number))
    for (let n = 0; n < octaves.length; n++) {
      const at = indexes[n] as number
      octaveCounts.add((octaves[n] as PageOctave).exponent, copied, at, countOctave(copied, at))
    }
    return countedOctaves(cells, index, this.quantiles)
  }

  private copiesOf({ octaves }: PageSeries): OctaveCopies | false {
    const copies: OctaveCopies = { views: [], positions: [], indexes: [] }
    let end = 0
    for (const all of new Set(octaves.map(({ cells }) => cells))) {
      const own = octaves.filter(({ cells }) => cells === all)
      for (const [first, last] of joined(
        own.map(({ index }) => [index, index + octaveCells]),
        maxGap,
      )) {
        const start = end
        end += last - first
        if (end > copied.length) return false
        copies.views.push(copied.subarray(start, end))
        copies.positions.push(this.chunks.positionOf({ cells: all, index: first }))
        for (const octave of own) {
          const at = octave.index - first
          if (at >= 0 && octave.index < last) copies.indexes[octaves.indexOf(octave)] = start + at
        }
      }
    }
    return copies
  }

  /** Keeps what was known of series whose cells are the same. Those behind a series that was removed are counted again. */
  private takeOver(before: KnownCounts): void {
    for (let i = 0; i < this.indexes.length; i++) {
      const hasSameCells = before.cells[i] === this.cells[i] && before.indexes[i] === this.indexes[i]
      if (!hasSameCells || before.octaves[i] !== this.octaves[i]) continue
      const first = i * exponentialHeadCells
      this.heads.set(before.heads.subarray(first, first + exponentialHeadCells), first)
      this.counted[i] = before.counted[i]
      this.until[i] = before.until[i] as number
      this.copies[i] = before.copies[i] as OctaveCopies | false
    }
  }

  /** Whether the head is the one of the last time; keeps it. */
  private takeHead(i: number): boolean {
    const { heads } = this
    const cells = this.cells[i] as Float64Array
    const index = this.indexes[i] as number
    const first = i * exponentialHeadCells
    let isSame = true
    for (let at = 0; at < exponentialHeadCells; at++) {
      const cell = cells[index + at] as number
      if (cell === heads[first + at]) continue
      heads[first + at] = cell
      isSame = false
    }
    return isSame
  }

  /** Whether any value that its octaves can hold changes the sum. A new octave makes another version of the family. */
  private isSeenInSum(i: number): boolean {
    const [lowest] = (this.series[i] as PageSeries).octaves
    const sum = this.heads[i * exponentialHeadCells + sumCell] as number
    return lowest === undefined || sum + 2 ** lowest.exponent > sum
  }
}

/** Whether reads of these parts can do with what was counted before. */
export function canBeKnown({ layout, evicted }: PageFamily, { buckets, inCells, recent }: Parts): boolean {
  const hasOctaves = rowOf(layout.kind).extensions?.(layout).includes('octave') === true
  return hasOctaves && evicted.length === 0 && !buckets && !inCells && recent.length === 0
}
