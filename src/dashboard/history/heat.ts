import { downscale, isExplicit } from '../../snapshot/buckets/buckets.ts'
import { octaveCells } from '../../snapshot/kinds/cells.ts'
import type { Buckets, ExponentialBuckets } from '../../snapshot/snapshot.ts'
import { Growth } from './growth.ts'

/** Seconds that a column of a heat map covers, and how many columns are kept: half an hour. */
export const columnSeconds = 5
export const columns = 360
/** Two buckets to the octave. */
export const heatScale = 1

/** What was recorded in one column of time: `counts[i]` in (2^((offset+i)/2), 2^((offset+i+1)/2)]. */
export interface HeatColumn {
  /** Unix time in seconds at which the column begins. */
  readonly time: number
  /** Values that are 0, or too small for a bucket. */
  zero: number
  offset: number
  counts: number[]
}

/** The buckets of a distribution over time. */
export class Heat {
  readonly #columns: HeatColumn[] = []

  /** Adds what was recorded up to a Unix time. Explicit buckets are put where their upper bounds are. */
  add(time: number, recorded: Buckets | Growth): void {
    addTo(this.#columnAt(time), recorded instanceof Growth ? coarseGrowth(recorded) : coarse(recorded))
  }

  #columnAt(time: number): HeatColumn {
    const begin = Math.floor(time / columnSeconds) * columnSeconds
    let last = this.#columns.at(-1)
    if (last === undefined || last.time < begin) {
      last = { time: begin, zero: 0, offset: 0, counts: [] }
      this.#columns.push(last)
      if (this.#columns.length > columns) this.#columns.shift()
    }
    return last
  }

  since(from: number): HeatColumn[] {
    return this.#columns.filter(({ time }) => time >= from)
  }

  /** About how much memory this takes. */
  get bytes(): number {
    return this.#columns.reduce((sum, { counts }) => sum + 64 + counts.length * 8, 0)
  }
}

/** Columns of several distributions added up, in the order of time. */
export function joinColumns(all: readonly (readonly HeatColumn[])[]): HeatColumn[] {
  const byTime = new Map<number, HeatColumn>()
  for (const column of all.flat()) {
    const { time } = column
    const sum = byTime.get(time) ?? { time, zero: 0, offset: 0, counts: [] }
    byTime.set(time, sum)
    addTo(sum, column)
  }
  return [...byTime.values()].sort((a, b) => a.time - b.time)
}

type Coarse = Pick<HeatColumn, 'zero' | 'offset' | 'counts'>
type Counted = Pick<ExponentialBuckets, 'zero' | 'offset' | 'counts'>

function coarse(buckets: Buckets): Counted {
  if (!isExplicit(buckets)) {
    const { zero, offset, counts } = downscale(buckets, Math.min(heatScale, buckets.scale))
    const factor = 2 ** (heatScale - Math.min(heatScale, buckets.scale))
    if (factor === 1) return { zero, offset, counts }
    return { zero, offset: offset * factor, counts: spread(counts, factor) }
  }
  const sum: Coarse = { zero: 0, offset: 0, counts: [] }
  const { bounds, counts } = buckets
  for (const [i, count] of counts.entries()) {
    if (count === 0) continue
    const bound = bounds[i] ?? (bounds.at(-1) ?? 0) * 2
    if (bound > 0) addTo(sum, { zero: 0, offset: Math.ceil(Math.log2(bound) * 2 ** heatScale) - 1, counts: [count] })
    else sum.zero += count
  }
  return sum
}

function coarseGrowth({ zero, exponents, cells }: Growth): Counted {
  if (exponents.length === 0) return { zero, offset: 0, counts: [] }
  const rows = 2 ** heatScale
  const lowest = Math.min(...exponents)
  const counts = new Array<number>((Math.max(...exponents) - lowest + 1) * rows).fill(0)
  for (let i = 0; i < exponents.length * octaveCells; i++) {
    const octave = Math.floor(i / octaveCells)
    const row = ((exponents[octave] as number) - lowest) * rows + Math.floor(((i % octaveCells) * rows) / octaveCells)
    counts[row] = (counts[row] as number) + (cells[i] as number)
  }
  return { zero, offset: lowest * rows, counts }
}

/** Buckets that are wider than rows count in the last of their rows. */
function spread(counts: readonly number[], factor: number): number[] {
  return counts.flatMap((count) => [...new Array<number>(factor - 1).fill(0), count])
}

function addTo(sum: Coarse, one: Counted): void {
  sum.zero += one.zero
  const first = one.counts.findIndex((count) => count > 0)
  if (first === -1) return
  const begin = one.offset + first
  if (sum.counts.length === 0) sum.offset = begin
  while (begin < sum.offset) {
    sum.counts.unshift(0)
    sum.offset--
  }
  for (let i = first; i < one.counts.length; i++) {
    const count = one.counts[i] as number
    if (count === 0) continue
    const at = one.offset + i - sum.offset
    while (sum.counts.length <= at) sum.counts.push(0)
    sum.counts[at] = (sum.counts[at] ?? 0) + count
  }
}
