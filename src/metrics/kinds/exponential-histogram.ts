import { lowestExponent, maxCell, minCell, octaveCells, sumCell, zeroCell } from '../../snapshot/kinds/cells.ts'
import { readHistogram } from '../../snapshot/kinds/histogram.ts'
import type { Parts } from '../../snapshot/kinds/parts.ts'
import type { Tick } from '../../snapshot/kinds/rates.ts'
import {
  copiedCountCell,
  copiedSumCell,
  copiedZeroCell,
  octaveCopiesCells,
  recentCells,
  recentWindows,
} from '../../snapshot/kinds/recent.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { DistributionSeries, Labels } from '../../snapshot/snapshot.ts'
import type { Extension, Slot, Store } from '../../snapshot/store.ts'
import { type ExtensionCells, listExtensions, moveExtension, withExemplar } from '../registry/extension-cells.ts'
import type { Owner } from '../registry/owner.ts'
import { showAs } from '../registry/shown.ts'
import * as bucketIndex from './bucket-index.ts'
import { moveExemplars } from './exemplars.ts'
import { Histogram } from './histogram.ts'
import { copyOctaves, growOctaveCopies, type KeptOctave } from './octave-copies.ts'
import { beginCopies, closeCopy, dropCopies, dueCopy, newerHead, openCopy } from './recent-copies.ts'

// V8 loads an imported binding each time it is used, and compiles in what is a constant of this file. Neither `super.` in
// a method nor a static block stands in the class: with these it has a scope of its own, in which constants take longer
// bytecode, and V8 no longer inlines `record` into that of timers where an app has timers of both classes.
const { edgeHigh, edgeLow, exponentBias, firstBucket, highWord, lowWord, number, octaveOf, words } = bucketIndex

/** Below this, numbers have no 53 bits of mantissa any more; they count as zero. */
const minNormal = 2.2250738585072014e-308

/**
 * A distribution in base-2 exponential buckets, 32 to the octave: any quantile within 1.1 % of the true value, over the
 * whole range of numbers, merged exactly. Cells: 4, and 32 for each octave that was hit; once it has been in use for a
 * minute, 24 more and 64 more for each octave, for recent windows.
 */
export class ExponentialHistogram extends Histogram {
  /** Exponent of `octaves[0]`. */
  declare private lowest: number
  /** By exponent, with gaps for octaves that were never hit. */
  declare private octaves: readonly (KeptOctave | undefined)[]
  /** The least exponent of all values; that of an octave without room is below all octaves. */
  declare private least: number

  /** @internal */
  constructor(slot: Slot, owner: Owner) {
    super(slot, owner)
    this.lowest = 0
    this.octaves = []
    this.least = 0
  }

  /**
   * Records a value of 0 or more. Negative, NaN, infinite and non-numbers are counted under `plimsoll.rejected` and
   * dropped; below 2.2e-308 counts as zero. A few stores and no system call, but for the first value of an octave.
   */
  override record(value: number): void {
    if (!(typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY)) {
      this.owner.reject(value)
      return
    }
    const { cells, index } = this
    ;(cells[index + sumCell] as number) += value
    if (value < (cells[index + minCell] as number)) cells[index + minCell] = value
    if (value > (cells[index + maxCell] as number)) cells[index + maxCell] = value
    // Counts come last, in all buckets: a reader that sees one sees the rest.
    if (value < minNormal) {
      ;(cells[index + zeroCell] as number) += 1
      return
    }
    number[0] = value
    // Bounds belong to the bucket below them, so the bits of the next smaller number determine the bucket.
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
  override get count(): number {
    let count = this.cells[this.index + zeroCell] as number
    for (const octave of this.octaves) {
      if (octave === undefined) continue
      const { cells, index } = octave
      for (let i = index; i < index + octaveCells; i++) count += cells[i] as number
    }
    return count
  }

  /** @internal */
  override readSeries(labels: Labels, at: ReadTime, parts: Parts): DistributionSeries {
    const { slot, octaves, exemplars } = this
    const cells = { labels, ...slot, octaves, recent: this.recent ?? undefined, exemplars }
    return readHistogram(cells, undefined, at, parts)
  }

  /** @internal Makes copies for recent windows where they are due; returns the count. Cheap for an idle series. */
  override tick(time: Tick): number {
    const { recent } = this
    if (recent === undefined || recent === null) {
      const { count } = this
      const begins = recent === undefined && count > 0 && this.owner.description.recent !== false
      if (begins) this.recent = beginCopies(this.owner, this.slot, undefined, time)
      return count
    }
    const count = this.countIfIdle(recent) ?? this.count
    for (let window = 0; window < recentWindows.length; window++) {
      const due = dueCopy(recent, undefined, window, count, time.now)
      if (due !== -1 && this.recent !== null) this.recent = this.makeCopy(recent, due, count, time.now)
    }
    return count
  }

  /** @internal An octave without room stays where it is: the app goes on seeing it, readers outside do not. */
  override moveTo(slot: Slot, store: Store): boolean {
    this.cells = slot.cells
    this.index = slot.index
    let all = true
    const move = (extension: Extension, from: Slot, count: number): Slot => {
      const moved = moveExtension(extension, from, count, slot, store)
      all &&= store.holds(moved.cells)
      return moved
    }
    const octaves = this.octaves.map((octave) => {
      if (octave === undefined) return undefined
      const { exponent, copies } = octave
      const { cells, index } = move({ octave: exponent }, octave, octaveCells)
      return { exponent, cells, index, copies }
    })
    this.octaves = octaves
    // Copies must not be announced for an octave that is not announced itself.
    if (!all) this.recent = null
    for (const octave of octaves) {
      if (octave?.copies === undefined) continue
      const { exponent, copies } = octave
      octave.copies = this.recent ? move({ copies: exponent }, copies, octaveCopiesCells) : undefined
    }
    if (this.recent) this.recent = move({ recent: true }, this.recent, recentCells(undefined))
    return (this.exemplars === undefined || moveExemplars(this.exemplars, slot, store)) && all
  }

  /** @internal */
  override extensions(): Iterable<ExtensionCells> {
    const { octaves, recent, exemplars } = this
    return listExtensions({ octaves, recent, exemplars })
  }

  /** @internal */
  override forgetExtensions(): void {
    this.octaves = []
    this.recent = undefined
    this.exemplars = undefined
  }

  /** @internal The octave, or what is below all octaves. */
  override rangeOf(value: number): number | undefined {
    if (!(typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY)) return undefined
    return value < minNormal ? lowestExponent - 1 : octaveOf(value)
  }

  /** @internal */
  override extensionFor(extension: Extension): Slot | undefined {
    if ('exemplar' in extension) {
      this.exemplars = withExemplar(this.owner, this.slot, this.exemplars, extension.exemplar)
      return this.exemplars?.get(extension.exemplar)
    }
    if (!('octave' in extension)) return undefined
    const { octave: exponent } = extension
    const known = this.octaves[exponent - this.lowest]
    if (known !== undefined) return known
    const slot = this.owner.allocateExtension(this.slot, extension, octaveCells)
    if (slot !== undefined) this.keepOctave({ exponent, cells: slot.cells, index: slot.index, copies: undefined })
    return slot
  }

  /**
   * The count of the newest copy when nothing came since. A sum may stay the same when something very small is added;
   * where the smallest value ever could do that, this cannot be detected.
   */
  private countIfIdle(recent: Slot): number | undefined {
    const { cells, index } = this
    const head = newerHead(recent, undefined, 0)
    const sum = cells[index + sumCell] as number
    const isSame =
      sum === recent.cells[head + copiedSumCell] &&
      cells[index + zeroCell] === recent.cells[head + copiedZeroCell] &&
      sum + 2 ** this.least > sum
    return isSame ? recent.cells[head + copiedCountCell] : undefined
  }

  private makeCopy(recent: Slot, copy: number, count: number, now: number): Slot | null {
    if (!growOctaveCopies(this.owner, this.slot, this.octaves)) return dropCopies(recent, undefined)
    const head = openCopy(recent, undefined, copy)
    copyOctaves(this.octaves, copy)
    const { cells, index } = this
    recent.cells[head + copiedZeroCell] = cells[index + zeroCell] as number
    closeCopy(recent, head, now, cells[index + sumCell] as number, count)
    return recent
  }

  /** Without room for the octave the count stays right: it goes to the edge of the nearest octave, or to zero. */
  private recordInNewOctave(exponent: number, bucket: number): void {
    const slot = this.owner.allocateExtension(this.slot, { octave: exponent }, octaveCells)
    if (slot === undefined) {
      this.recordAtEdge(exponent)
      return
    }
    this.keepOctave({ exponent, cells: slot.cells, index: slot.index, copies: undefined })
    ;(slot.cells[slot.index + bucket] as number) += 1
  }

  private keepOctave(octave: KeptOctave): void {
    const { octaves } = this
    const lowest = octaves.length === 0 ? octave.exponent : Math.min(this.lowest, octave.exponent)
    const highest = octaves.length === 0 ? octave.exponent : Math.max(this.lowest + octaves.length - 1, octave.exponent)
    // An array of just the right length: pushing would leave room for 16 more.
    const grown = new Array<KeptOctave | undefined>(highest - lowest + 1).fill(undefined)
    for (const known of octaves) if (known !== undefined) grown[known.exponent - lowest] = known
    grown[octave.exponent - lowest] = octave
    this.least = octaves.length === 0 ? lowest : Math.min(this.least, lowest)
    this.octaves = grown
    this.lowest = lowest
  }

  private recordAtEdge(exponent: number): void {
    this.least = Math.min(this.least, exponent)
    let nearest: KeptOctave | undefined
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

showAs(ExponentialHistogram, (metric) => metric.snapshot())

ExponentialHistogram.prototype.observe = ExponentialHistogram.prototype.record
