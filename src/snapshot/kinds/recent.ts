import { countOr0, isCount } from '../amounts.ts'
import { emptyLike, totalCount } from '../buckets/buckets.ts'
import type { Buckets, DistributionSeries, Recent, Windows } from '../snapshot.ts'
import type { Slot } from '../store.ts'
import {
  explicitCountsCell,
  joinOctaves,
  maxBuckets,
  type Octave,
  octaveCells,
  type SeriesCells,
  sumCell,
  sumFor,
  zeroCell,
} from './cells.ts'
import { noBuckets, octaveCounts } from './octave-quantiles.ts'
import type { Parts } from './parts.ts'
import type { Mutable } from './row.ts'
import { checkSum } from './text.ts'

/**
 * Recent windows are computed from earlier copies of the cumulative counts: a reader subtracts one from the current counts.
 * Each window has two copies, and a tick replaces the older one when the newer one is `renewal` seconds old, so the older
 * one covers 2/3 to 4/3 of the window. Recording is not affected.
 *
 * Heads of all copies are in the extension cells `recent`, those of the first window first. A head contains since when and
 * until when the counts were those of the copy (seconds of the writer's clock; an idle series stays as it was copied), the
 * sum, the count, and a check sum of `since`, sum and count; then the zero bucket, or the counts of explicit buckets. The
 * octaves of exponential buckets have their copies in extension cells `copies`, one for each octave. Counts of buckets are
 * uint32, two to a cell, modulo 2^32; their total must equal the count: otherwise a reader has met half of a copy.
 */
export const recentWindows: readonly {
  readonly name: '1m' | '5m'
  readonly seconds: number
  readonly renewal: number
}[] = [
  { name: '1m', seconds: 60, renewal: 40 },
  { name: '5m', seconds: 300, renewal: 200 },
]
export const copiesPerWindow = 2
export const copyCount: number = recentWindows.length * copiesPerWindow

/** Cells of the head of a copy. `until` comes first: it is the one cell that changes while the others stay. */
export const untilCell = 0
export const sinceCell: number = untilCell + 1
export const copiedSumCell: number = sinceCell + 1
export const copiedCountCell: number = copiedSumCell + 1
export const copiedCheckCell: number = copiedCountCell + 1
/** Exponential buckets: the count of the zero bucket. */
export const copiedZeroCell: number = copiedCheckCell + 1
/** Explicit buckets: the first two of the counts. */
export const copiedCountsCell: number = copiedCheckCell + 1

/** Copies of one octave: 32 counts of the first copy, then those of the next. */
export const octaveCopiesCells: number = (copyCount * octaveCells) / 2

/** How many cells the head of one copy has. */
export function copyCells(bounds: readonly number[] | undefined): number {
  return bounds === undefined ? copiedZeroCell + 1 : copiedCountsCell + Math.ceil((bounds.length + 1) / 2)
}

/** How many extension cells `recent` has. */
export function recentCells(bounds: readonly number[] | undefined): number {
  return copyCount * copyCells(bounds)
}

/** The check of the copy whose head begins at `index`: no head that was never written has it. */
export function copyCheck(cells: Float64Array, index: number): number {
  const first = cells.byteOffset + 8 * (index + sinceCell)
  return checkSum(new Uint8Array(cells.buffer, first, 8 * (copiedCheckCell - sinceCell)))
}

/** The counts of buckets in extension cells, two to a cell. */
export function countsIn({ cells, index }: Slot, length: number): Uint32Array {
  return new Uint32Array(cells.buffer, cells.byteOffset + 8 * index, length)
}

/**
 * What came to a distribution lately, up to `end`; `undefined` where no copy is good. `present` is the distribution as it is
 * now. At most `most` buckets in each window.
 */
export function readRecent(
  present: DistributionSeries,
  source: SeriesCells,
  bounds: readonly number[] | undefined,
  end: number,
  parts: Parts,
  max: number = maxBuckets,
): Windows<Recent> | undefined {
  const { recent } = source
  if (recent === undefined || parts.recent.length === 0) return undefined
  const windows: { -readonly [Name in keyof Windows<Recent>]: Windows<Recent>[Name] } = {}
  for (const [i, { name, seconds }] of recentWindows.entries()) {
    if (!parts.recent.includes(name)) continue
    const first = i * copiesPerWindow
    const width = copyCells(bounds)
    const ages = [first, first + 1].map((copy) => ageOf(recent, copy * width, seconds, end)) as [number, number]
    const better = isBetter(ages[1], ages[0], seconds) ? 1 : 0
    for (const which of [better, 1 - better]) {
      const age = ages[which] as number
      const window =
        age >= 0 && age < Infinity ? growthSince(first + which, age, present, source, bounds, parts, max) : undefined
      if (window === undefined) continue
      windows[name] = window
      break
    }
  }
  return windows['1m'] === undefined && windows['5m'] === undefined ? undefined : windows
}

/**
 * How long before `end` the counts were those of the copy: as near to the window as the copy allows. Below 0 where the
 * copy is from a time to come, as by the clock of another machine.
 */
function ageOf({ cells, index }: Slot, at: number, seconds: number, end: number): number {
  const since = cells[index + at + sinceCell] as number
  const until = cells[index + at + untilCell] as number
  if (!(since <= end)) return -1
  return end - Math.max(since, Math.min(end - seconds, until))
}

/**
 * The least time that is two thirds of the window or more, else the longest there is. Right after a stop of the whole process
 * the window is then too long, and its `seconds` too, instead of containing everything that waited as one burst.
 */
function isBetter(age: number, than: number, seconds: number): boolean {
  const enough = (seconds * 2) / 3
  return age >= enough && than >= enough ? age < than : age > than
}

function growthSince(
  copy: number,
  seconds: number,
  present: DistributionSeries,
  source: SeriesCells,
  bounds: readonly number[] | undefined,
  parts: Parts,
  max: number,
): Recent | undefined {
  const { cells, index } = source.recent as Slot
  const head = index + copy * copyCells(bounds)
  if (cells[head + copiedCheckCell] !== copyCheck(cells, head)) return undefined
  const count = present.count - (cells[head + copiedCountCell] as number)
  if (count === 0) return { seconds, count, sum: 0, buckets: emptyLike(present.buckets) }
  // Not that of the present distribution, which is never infinite: a sum that both have reached says nothing of the window.
  const sum = (source.cells[source.index + sumCell] as number) - (cells[head + copiedSumCell] as number)
  const known = { seconds, count, sum: Number.isNaN(sum) ? present.sum : sumFor(present.buckets, sum) }
  if (bounds === undefined) return grownOctaves(known, copy, head, source, parts, max)
  const buckets = grownCounts(head, source, bounds)
  return totalCount(buckets) === count ? { ...known, buckets } : undefined
}

function grownCounts(head: number, source: SeriesCells, bounds: readonly number[]): Buckets {
  const from = source.index + explicitCountsCell
  const { cells } = source.recent as Slot
  const before = countsIn({ cells, index: head + copiedCountsCell }, bounds.length + 1)
  return { bounds, counts: Array.from(before, (n, i) => (countOr0(source.cells[from + i] as number) - n) >>> 0) }
}

/** The window with its buckets, or with the quantiles that are wanted instead; `undefined` where these are not all there. */
function grownOctaves(
  known: Omit<Recent, 'buckets'>,
  copy: number,
  head: number,
  source: SeriesCells,
  parts: Parts,
  max: number,
): Recent | undefined {
  const { octaves, recent } = source
  const zero =
    countOr0(source.cells[source.index + zeroCell] as number) -
    ((recent as Slot).cells[head + copiedZeroCell] as number)
  if (!isCount(zero)) return undefined
  octaveCounts.begin(zero)
  const grown: Octave[] = []
  const cells = scratchFor(octaves.length * octaveCells)
  let index = 0
  let total = zero
  for (const octave of octaves) {
    if (octave === undefined) continue
    const added = growOctave(octave, copy, cells, index)
    if (added === 0) continue
    total += added
    if (parts.recentBuckets) grown.push({ exponent: octave.exponent, cells, index })
    else octaveCounts.add(octave.exponent, cells, index, added)
    index += octaveCells
  }
  const { seconds, count, sum } = known
  if (Math.min(total, Number.MAX_SAFE_INTEGER) !== count) return undefined
  if (parts.recentBuckets) return { seconds, count, sum, buckets: joinOctaves(zero, grown, max) }
  const window: Mutable<Recent> = { seconds, count, sum, buckets: noBuckets }
  const quantiles = octaveCounts.quantiles(parts.quantiles)
  if (quantiles !== undefined) window.quantiles = quantiles
  return window
}

let scratch = new Float64Array(0)

/** Cells that are good until the next call: new ones for each window took a seventh of the time of a snapshot. */
function scratchFor(count: number): Float64Array {
  if (scratch.length < count) scratch = new Float64Array(count)
  return scratch
}

/**
 * Puts what came to an octave since a copy into cells, and returns how many values that is. An octave without copies was not
 * there when they were made.
 */
function growOctave({ cells, index, copies }: Octave, copy: number, into: Float64Array, at: number): number {
  const counts = copies && countsOf(copies.cells)
  const first = copies === undefined ? 0 : firstCount(copies) + copy * octaveCells
  let sum = 0
  for (let i = 0; i < octaveCells; i++) {
    const cell = cells[index + i] as number
    const before = counts === undefined ? 0 : (counts[first + i] as number)
    const whole = cell | 0
    // What a 32-bit integer has, nearly all counts, takes no numbers with a fraction.
    const growth = whole === cell && whole >= before ? whole - before : grownCount(cell, before, counts !== undefined)
    into[at + i] = growth
    sum += growth
  }
  return sum
}

/** Counts of copies are what is left of a count modulo 2^32. */
function grownCount(cell: number, before: number, isCopied: boolean): number {
  return isCopied ? (countOr0(cell) - before) >>> 0 : countOr0(cell)
}

let latestCounts: Uint32Array = new Uint32Array(0)

/** All cells of a buffer as counts, two to a cell: mostly, the next octave has them in the same one. */
function countsOf({ buffer }: Float64Array): Uint32Array {
  if (latestCounts.buffer !== buffer) latestCounts = new Uint32Array(buffer)
  return latestCounts
}

/** Number of the first count of extension cells, in all of their buffer. */
function firstCount({ cells, index }: Slot): number {
  return cells.byteOffset / 4 + 2 * index
}
