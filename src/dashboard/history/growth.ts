import { countOr0 } from '../../snapshot/amounts.ts'
import { exponentialBound, recordedScale } from '../../snapshot/buckets/buckets.ts'
import type { Quantiles } from '../../snapshot/buckets/quantile.ts'
import { octaveCells, type SeriesCells } from '../../snapshot/kinds/cells.ts'
import type { DistributionInCells } from '../../snapshot/kinds/in-cells.ts'
import { noBuckets, octaveCounts } from '../../snapshot/kinds/octave-quantiles.ts'

type Edges = Pick<DistributionInCells, 'min' | 'max'>

/** What came to a distribution between two reads, or to several. One is used again and again: nothing is left of a read. */
export class Growth {
  count = 0
  zero = 0
  /** Octaves that have grown, in any order, each with its place in `cells`. */
  readonly exponents: number[] = []
  cells: Float64Array = new Float64Array(16 * octaveCells)
  /** Edges of the buckets that have grown. */
  min: number = Number.POSITIVE_INFINITY
  max: number = Number.NEGATIVE_INFINITY

  begin(): void {
    this.count = 0
    this.zero = 0
    this.exponents.length = 0
    this.min = Number.POSITIVE_INFINITY
    this.max = Number.NEGATIVE_INFINITY
  }

  /** Where the counts of an octave begin, which are 0 at first. */
  octave(exponent: number): number {
    const known = this.exponents.indexOf(exponent)
    if (known !== -1) return known * octaveCells
    const at = this.exponents.push(exponent) * octaveCells - octaveCells
    if (at === this.cells.length) {
      const more = new Float64Array(2 * at)
      more.set(this.cells)
      this.cells = more
    }
    this.cells.fill(0, at, at + octaveCells)
    return at
  }

  /** Notes from which bucket to which it grew, of a series with these extremes. */
  close(lowest: number, highest: number, { min = 0, max = Number.POSITIVE_INFINITY }: Edges): void {
    const below = this.zero > 0 ? 0 : exponentialBound(lowest, recordedScale)
    const above = highest < lowest ? 0 : exponentialBound(highest + 1, recordedScale)
    this.min = Math.min(Math.max(below, min), max)
    this.max = Math.max(Math.min(above, max), min)
  }

  add(other: Growth): void {
    const { exponents, cells } = other
    this.count += other.count
    this.zero += other.zero
    this.min = Math.min(this.min, other.min)
    this.max = Math.max(this.max, other.max)
    for (let i = 0; i < exponents.length; i++) {
      const at = this.octave(exponents[i] as number)
      const from = i * octaveCells
      for (let n = 0; n < octaveCells; n++) {
        this.cells[at + n] = (this.cells[at + n] as number) + (cells[from + n] as number)
      }
    }
  }

  quantiles(shares: readonly number[]): Quantiles | undefined {
    const { exponents, cells } = this
    octaveCounts.begin(this.zero)
    for (let i = 0; i < exponents.length; i++) {
      const from = i * octaveCells
      let count = 0
      for (let at = from; at < from + octaveCells; at++) count += cells[at] as number
      octaveCounts.add(exponents[i] as number, cells, from, count)
    }
    return octaveCounts.quantiles(shares, this)
  }
}

/** The counts of a distribution as they were read last. */
export class KnownOctaves {
  octaves: SeriesCells['octaves'] = []
  /** By the places of the octaves. */
  private counts = new Float64Array(0)
  private zero = 0

  /** Takes the counts that there are now, and puts what came since into `growth`. */
  take(series: DistributionInCells, growth: Growth): void {
    const { zero, octaves } = series
    if (octaves !== this.octaves) this.arrange(octaves)
    growth.begin()
    growth.count = growth.zero = Math.max(0, zero - this.zero)
    this.zero = zero
    let lowest = Number.POSITIVE_INFINITY
    let highest = Number.NEGATIVE_INFINITY
    for (let i = 0; i < octaves.length; i++) {
      const exponent = octaves[i]?.exponent ?? 0
      const grown = this.takeOctave(i, growth)
      // As places in the octave, the first and the last bucket that grew.
      if (grown === 0) continue
      lowest = Math.min(lowest, exponent * octaveCells + 31 - Math.clz32(grown & -grown))
      highest = Math.max(highest, exponent * octaveCells + 31 - Math.clz32(grown))
    }
    growth.close(lowest, highest, series)
  }

  /** Returns which buckets grew, each as a bit. */
  private takeOctave(place: number, growth: Growth): number {
    const octave = this.octaves[place]
    if (octave === undefined) return 0
    const { exponent, cells, index } = octave
    const { counts } = this
    const first = place * octaveCells
    let grown = 0
    let at = -1
    for (let n = 0; n < octaveCells; n++) {
      const before = counts[first + n] as number
      if (cells[index + n] === before) continue
      const now = countOr0(cells[index + n] as number)
      counts[first + n] = now
      if (!(now > before)) continue
      if (at === -1) at = growth.octave(exponent)
      growth.cells[at + n] = now - before
      growth.count += now - before
      grown |= 1 << n
    }
    return grown
  }

  /** The counts of octaves that were known already keep their values. */
  private arrange(octaves: SeriesCells['octaves']): void {
    const { counts, octaves: before } = this
    this.octaves = octaves
    this.counts = new Float64Array(octaves.length * octaveCells)
    for (const [i, octave] of octaves.entries()) {
      const known = before.findIndex((one) => one?.exponent === octave?.exponent)
      if (known === -1) continue
      this.counts.set(counts.subarray(known * octaveCells, (known + 1) * octaveCells), i * octaveCells)
    }
  }
}

/** A family as one distribution in cells, which are those of `sum`. */
export function sumInCells(family: readonly DistributionInCells[], one: Growth, sum: Growth): DistributionInCells {
  sum.begin()
  for (const series of family) {
    new KnownOctaves().take(series, one)
    if (one.count > 0) sum.add(one)
  }
  const { count, zero, min, max, cells } = sum
  const octaves = sum.exponents.map((exponent, i) => ({ exponent, cells, index: i * octaveCells }))
  return { labels: {}, count, sum: 0, min, max, buckets: noBuckets, zero, octaves }
}
