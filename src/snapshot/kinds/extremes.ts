import type { Extremes, Windows } from '../snapshot.ts'

/**
 * Smallest and largest values are kept as slices of time, in a ring: the last 31 of 10 seconds each, which cover five
 * minutes beside the one under way. A reader puts together those that its window meets, and takes nothing away.
 * Cells of a slice: when it began (seconds of the writer's clock, 0 for a slice that never was), the smallest value, the
 * largest. A slice lasts until the next one begins. Without values its smallest is above its largest.
 */
export const sliceStartCell = 0
export const sliceMinCell: number = sliceStartCell + 1
export const sliceMaxCell: number = sliceMinCell + 1
export const sliceCells: number = sliceMaxCell + 1
export const sliceCount = 31
export const sliceSeconds = 10
/** How many cells the ring has. */
export const extremesCells: number = sliceCount * sliceCells

interface Slice {
  readonly start: number
  readonly min: number
  readonly max: number
}

/**
 * Begins the slice whose cells are at `at`, with the value that stands; without one, it is empty. At each store the slice
 * is one that was, an empty one, or the new one, so a writer that is killed here leaves no false value.
 */
export function beginSlice(cells: Float64Array, at: number, now: number, value: number | undefined): void {
  cells[at + sliceMinCell] = Number.POSITIVE_INFINITY
  cells[at + sliceMaxCell] = Number.NEGATIVE_INFINITY
  cells[at + sliceStartCell] = now
  if (value === undefined) return
  cells[at + sliceMaxCell] = value
  cells[at + sliceMinCell] = value
}

/** First cell of the newest slice of the ring at `index`; that of the first one where there is none. */
export function newestSlice(cells: Float64Array, index: number): number {
  let newest = index
  for (let at = index; at < index + extremesCells; at += sliceCells) {
    if ((cells[at + sliceStartCell] as number) > (cells[newest + sliceStartCell] as number)) newest = at
  }
  return newest
}

/**
 * The extremes of the last minute and the last five up to `end`, from the ring at `index`. Whole slices count, so a window
 * looks back up to 10 seconds further than its name says, and where ticks were late for as long as a slice lasted;
 * `seconds` tells. `value` is the one that stands. `undefined` for a gauge that never was set.
 */
export function readExtremes(
  cells: Float64Array,
  index: number,
  value: number,
  end: number,
): Required<Windows<Extremes>> | undefined {
  const begun = readSlices(cells, index)
  // By the clock of another machine, the newest slice may seem to begin in the future.
  const now = Math.max(end, begun[0]?.start ?? end)
  const slices = begun.map((slice, i) => ({ ...slice, end: begun[i - 1]?.start ?? now })).filter(hasValues)
  if (slices.length === 0) return undefined
  const over = (seconds: number): Extremes => {
    const inside = slices.filter((slice, i) => i === 0 || slice.end > now - seconds)
    return {
      seconds: now - (inside.at(-1) as Slice).start,
      min: Math.min(value, ...inside.map(({ min }) => min)),
      max: Math.max(value, ...inside.map(({ max }) => max)),
    }
  }
  return { '1m': over(60), '5m': over(300) }
}

/** All slices that ever began, the newest first. */
function readSlices(cells: Float64Array, index: number): readonly Slice[] {
  const found: Slice[] = []
  for (let at = index; at < index + extremesCells; at += sliceCells) {
    const start = cells[at + sliceStartCell] as number
    const [min, max] = [cells[at + sliceMinCell] as number, cells[at + sliceMaxCell] as number]
    if (start > 0 && Number.isFinite(start)) found.push({ start, min, max })
  }
  return found.sort((a, b) => b.start - a.start)
}

function hasValues({ min, max }: Slice): boolean {
  return min <= max && Number.isFinite(min) && Number.isFinite(max)
}
