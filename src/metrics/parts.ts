import type { Part, Slot, Store } from '../snapshot/store.ts'

/** Takes a part of a series along to another store; it stays where it is when there is no room. */
export function movePart(part: Part, from: Slot, count: number, series: Slot, store: Store): Slot {
  const slot = store.allocate(count)
  if (slot === undefined) return from
  slot.cells.set(from.cells.subarray(from.index, from.index + count), slot.index)
  if (store.announcePart(series, part, slot)) return slot
  store.giveBack(slot, count)
  return from
}
