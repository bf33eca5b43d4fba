import { addCounts, addSums, amountOr0, countOr0, sumOr0 } from '../amounts.ts'
import type { Slot } from '../store.ts'

// What a cell of a removed series adds to that of the evicted one.

/** Adds an amount. */
export function addCell(into: Slot, from: Slot, cell: number): void {
  const amount = amountOr0(from.cells[from.index + cell] as number)
  into.cells[into.index + cell] = addSums(amountOr0(into.cells[into.index + cell] as number), amount)
}

/** Adds a sum, which may be negative. */
export function addSumCell(into: Slot, from: Slot, cell: number): void {
  const sum = sumOr0(from.cells[from.index + cell] as number)
  into.cells[into.index + cell] = addSums(sumOr0(into.cells[into.index + cell] as number), sum)
}

/** Adds so many counts. */
export function addCountCells(into: Slot, from: Slot, first: number, length: number): void {
  for (let cell = first; cell < first + length; cell++) {
    const count = countOr0(from.cells[from.index + cell] as number)
    into.cells[into.index + cell] = addCounts(countOr0(into.cells[into.index + cell] as number), count)
  }
}
