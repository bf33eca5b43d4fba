import { eachChangedBlock } from '../page/changed-blocks.ts'
import { cellBytes } from '../page/layout.ts'
import { type ChangeLine, storeValue, valueAt } from './lines.ts'

type CellChanges = Pick<ChangeLine, 'cells' | 'add' | 'at' | 'set'>

/** Finds the cells that changed, whose numbers are counted from the beginning of the file. */
export class ChangedCells {
  readonly #cells: number[] = []
  readonly #add: number[] = []
  readonly #at: number[] = []
  readonly #set: (number | string)[] = []
  #lastCell = 0
  #lastAt = 0

  /** Compares the bytes of cells from byte `from` to `to` of a page with those before, and brings these up to date. */
  compare(before: Buffer, now: Buffer, from: number, to: number): void {
    const [old, fresh] = [before.subarray(from, to), now.subarray(from, to)]
    eachChangedBlock(old, old.length, fresh, (start, end) => {
      for (let offset = start; offset < end; offset += cellBytes) {
        if (old.readBigUInt64LE(offset) !== fresh.readBigUInt64LE(offset))
          this.#note((from + offset) / cellBytes, old, fresh, offset)
      }
      fresh.copy(old, start, start, end)
    })
  }

  /** The parts of a line; none where nothing changed. */
  get changes(): CellChanges {
    return {
      ...(this.#cells.length > 0 && { cells: this.#cells, add: this.#add }),
      ...(this.#at.length > 0 && { at: this.#at, set: this.#set }),
    }
  }

  #note(cell: number, old: Buffer, fresh: Buffer, offset: number): void {
    const [from, to] = [old.readDoubleLE(offset), fresh.readDoubleLE(offset)]
    if (isWhole(from) && isWhole(to) && Number.isSafeInteger(to - from)) {
      this.#cells.push(cell - this.#lastCell)
      this.#add.push(to - from)
      this.#lastCell = cell
    } else {
      this.#at.push(cell - this.#lastAt)
      this.#set.push(valueAt(fresh, offset))
      this.#lastAt = cell
    }
  }
}

/** Whether it is exact as a sum of differences. */
function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0)
}

/** Brings cells up to date. `find` gives the bytes of a cell and where in them it is; throws for what is no cell of the page. */
export function applyChanges(
  { cells = [], add = [], at = [], set = [] }: CellChanges,
  find: (cell: number) => readonly [Buffer, number],
): void {
  if (cells.length !== add.length || at.length !== set.length) throw new RangeError('cells without values')
  let cell = 0
  for (const [i, gap] of cells.entries()) {
    cell += gap
    const [bytes, offset] = find(cell)
    bytes.writeDoubleLE(bytes.readDoubleLE(offset) + (add[i] as number), offset)
  }
  cell = 0
  for (const [i, gap] of at.entries()) {
    cell += gap
    const [bytes, offset] = find(cell)
    storeValue(bytes, offset, set[i] as number | string)
  }
}
