import type { Chunks } from './chunks.ts'
import type { PageFamily } from './page-family.ts'

/** A family of heads, and what was in its cells at the last read: one behind the other. */
export interface KnownFamily {
  readonly family: PageFamily
  /** Empty until it was read. */
  values: Float64Array
}

/**
 * Finds the families whose cells have changed since the last read. Most of a page is as it was a second ago, and a walk from
 * object to object takes longer than all else: so the cells of all families lie here in one row, and those that follow each
 * other in the page are compared in one run.
 */
export class KnownHeads {
  private readonly values: Float64Array
  /** Of each run, where it is in the page. */
  private readonly cells: Float64Array[] = []
  private readonly starts: number[] = []
  /** Of each run, the place in the row where it ends, and which family it is of. */
  private readonly ends: number[] = []
  private readonly owners: number[] = []

  constructor(families: readonly KnownFamily[], chunks: Chunks) {
    this.values = new Float64Array(families.reduce((sum, { family }) => sum + sizeOf(family), 0))
    let at = 0
    for (const [owner, known] of families.entries()) {
      const first = at
      at = this.addRuns(known.family, owner, at, chunks)
      const values = this.values.subarray(first, at)
      // What was never read has changed.
      if (known.values.length !== values.length) values.fill(Number.NaN)
      else values.set(known.values)
      known.values = values
    }
  }

  /** Calls `visit` with the number of each family of which a cell has changed. */
  eachChanged(visit: (owner: number) => void): void {
    const { values, cells, starts, ends, owners } = this
    let changed = -1
    let at = 0
    for (let run = 0; run < ends.length; run++) {
      const own = cells[run] as Float64Array
      const end = ends[run] as number
      const shift = (starts[run] as number) - at
      while (at < end && isSame(own[at + shift] as number, values[at] as number)) at++
      if (at === end) continue
      at = end
      const owner = owners[run] as number
      if (owner !== changed) visit(owner)
      changed = owner
    }
  }

  private addRuns({ heads, headCells: count }: PageFamily, owner: number, from: number, chunks: Chunks): number {
    const firsts = heads?.firsts ?? []
    let at = from
    for (let i = 0; i < firsts.length; ) {
      const first = firsts[i] as number
      const { cells, index } = chunks.slotAt(first, count)
      const room = cells.length - index
      let size = 0
      while (firsts[i] === first + size && size + count <= room) {
        size += count
        i++
      }
      at += size
      this.cells.push(cells)
      this.starts.push(index)
      this.ends.push(at)
      this.owners.push(owner)
    }
    return at
  }
}

function sizeOf({ heads, headCells }: PageFamily): number {
  return (heads?.firsts.length ?? 0) * headCells
}

/** Whether a cell has not changed. 0 and -0 differ here, and NaN counts as changed in each read. */
export function isSame(value: number, known: number): boolean {
  return value === known && (value !== 0 || Object.is(value, known))
}
