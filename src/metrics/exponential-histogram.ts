import { totalCount } from '../snapshot/buckets.ts'
import {
  joinOctaves,
  maxCell,
  minCell,
  type Octave,
  octaveCells,
  readDistribution,
  sumCell,
  zeroCell,
} from '../snapshot/cells.ts'
import type { ReadTime } from '../snapshot/kinds.ts'
import type { DistributionSeries, Labels } from '../snapshot/snapshot.ts'
import type { Slot, Store } from '../snapshot/store.ts'
import * as bucketIndex from './bucket-index.ts'
import type { Owner } from './owner.ts'

// V8 loads what is imported anew each time it is used, and compiles in what is a constant of this file.
const { edgeHigh, edgeLow, exponentBias, firstBucket, highWord, lowWord, number, words } = bucketIndex

/** Below this, numbers have no 53 bits of mantissa any more; they count as zero. */
const smallestNormal = 2.2250738585072014e-308

/**
 * A distribution in base-2 exponential buckets, 32 to the octave: any quantile within 1.1 % of the true value, over
 * the whole range of numbers, merged exactly. Cells: 4, and 32 for each octave that was hit.
 */
export class ExponentialHistogram {
  private cells: Float64Array
  private index: number
  private readonly owner: Owner
  /** Exponent of `octaves[0]`. */
  private lowest = 0
  /** By exponent, with gaps for octaves that were never hit. */
  private octaves: readonly (Octave | undefined)[] = []

  /** Made by a registry, not by hand. */
  constructor(slot: Slot, owner: Owner) {
    this.cells = slot.cells
    this.index = slot.index
    this.owner = owner
    this.cells[this.index + minCell] = Number.POSITIVE_INFINITY
    this.cells[this.index + maxCell] = Number.NEGATIVE_INFINITY
  }

  /**
   * Records a value of 0 or more. Negative, NaN, infinite and non-numbers are counted under `plimsoll.rejected` and
   * dropped; below 2.2e-308 counts as zero. A few stores and no system call, but for the first value of an octave.
   */
  record(value: number): void {
    if (!(typeof value === 'number' && value >= smallestNormal && value < Number.POSITIVE_INFINITY)) {
      this.recordUnusual(value)
      return
    }
    const { cells, index } = this
    ;(cells[index + sumCell] as number) += value
    if (value < (cells[index + minCell] as number)) cells[index + minCell] = value
    if (value > (cells[index + maxCell] as number)) cells[index + maxCell] = value
    number[0] = value
    // Bounds belong to the bucket below them, so the bits of the next smaller number say which bucket it is.
    const low = (words[lowWord] as number) - 1
    const high = (words[highWord] as number) - (low < 0 ? 1 : 0)
    const part = (high >>> 14) & 63
    const mantissa = high & 0xfffff
    const edge = edgeHigh[part] as number
    // Plain arithmetic, as a branch that goes either way half the time costs more than the rest of this method.
    let bucket = (firstBucket[part] as number) + ((edge - mantissa) >>> 31)
    if (mantissa === edge && low >>> 0 >= (edgeLow[part] as number)) bucket++
    const exponent = (high >>> 20) - exponentBias
    const at = exponent - this.lowest
    const octave = at >= 0 && at < this.octaves.length ? this.octaves[at] : undefined
    if (octave === undefined) this.recordInNewOctave(exponent, bucket)
    else (octave.cells[octave.index + bucket] as number) += 1
  }

  /** How many values were recorded. Walks the buckets. */
  get count(): number {
    return totalCount(this.readBuckets())
  }

  /** The sum of the values. */
  get sum(): number {
    return this.cells[this.index + sumCell] as number
  }

  /** @internal */
  readSeries(labels: Labels, _at: ReadTime): DistributionSeries {
    const buckets = this.readBuckets()
    return readDistribution(labels, this.cells, this.index, totalCount(buckets), buckets)
  }

  /** @internal */
  get slot(): Slot {
    return { cells: this.cells, index: this.index }
  }

  /** @internal An octave without room stays where it is: the app goes on seeing it, readers outside do not. */
  moveTo(slot: Slot, store: Store): boolean {
    this.cells = slot.cells
    this.index = slot.index
    this.octaves = this.octaves.map((octave) => octave && moveOctave(octave, slot, store))
    return this.octaves.every((octave) => octave === undefined || store.holds(octave.cells))
  }

  private readBuckets(): ReturnType<typeof joinOctaves> {
    return joinOctaves(this.cells[this.index + zeroCell] as number, this.octaves)
  }

  private recordUnusual(value: number): void {
    if (!(typeof value === 'number' && value >= 0 && value < smallestNormal)) {
      this.owner.reject()
      return
    }
    const { cells, index } = this
    // The count comes last, as in all buckets: a reader that sees it sees the rest.
    if (value < (cells[index + minCell] as number)) cells[index + minCell] = value
    if (value > (cells[index + maxCell] as number)) cells[index + maxCell] = value
    ;(cells[index + zeroCell] as number) += 1
  }

  /** Without room for the octave the count stays right: it goes to the edge of the nearest octave, or to zero. */
  private recordInNewOctave(exponent: number, bucket: number): void {
    const slot = this.owner.growPart(this.slot, { octave: exponent }, octaveCells)
    if (slot === undefined) {
      this.recordAtEdge(exponent)
      return
    }
    this.keepOctave({ exponent, cells: slot.cells, index: slot.index })
    ;(slot.cells[slot.index + bucket] as number) += 1
  }

  private keepOctave(octave: Octave): void {
    const { octaves } = this
    const lowest = octaves.length === 0 ? octave.exponent : Math.min(this.lowest, octave.exponent)
    const highest = octaves.length === 0 ? octave.exponent : Math.max(this.lowest + octaves.length - 1, octave.exponent)
    // An array of just the right length: pushing would leave room for 16 more.
    const grown = new Array<Octave | undefined>(highest - lowest + 1).fill(undefined)
    for (const known of octaves) if (known !== undefined) grown[known.exponent - lowest] = known
    grown[octave.exponent - lowest] = octave
    this.octaves = grown
    this.lowest = lowest
  }

  private recordAtEdge(exponent: number): void {
    let nearest: Octave | undefined
    for (const octave of this.octaves) {
      if (octave === undefined) continue
      const distance = Math.abs(octave.exponent - exponent)
      if (nearest === undefined || distance < Math.abs(nearest.exponent - exponent)) nearest = octave
    }
    if (nearest === undefined) {
      ;(this.cells[this.index + zeroCell] as number) += 1
    } else {
      const edge = nearest.exponent < exponent ? octaveCells - 1 : 0
      ;(nearest.cells[nearest.index + edge] as number) += 1
    }
  }
}

function moveOctave(octave: Octave, series: Slot, store: Store): Octave {
  const slot = store.allocate(octaveCells)
  if (slot === undefined) return octave
  slot.cells.set(octave.cells.subarray(octave.index, octave.index + octaveCells), slot.index)
  if (!store.announcePart(series, { octave: octave.exponent }, slot)) {
    store.giveBack(slot, octaveCells)
    return octave
  }
  return { exponent: octave.exponent, cells: slot.cells, index: slot.index }
}
