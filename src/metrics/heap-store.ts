import type { Slot, Store } from '../snapshot/store.ts'

const smallestChunk = 256
const largestChunk = 65_536

/** A store in private memory, where every metric is born. Grows in chunks of 2 KiB to 512 KiB and never refuses. */
export function createHeapStore(): Store {
  let chunk = new Float64Array(0)
  let used = 0
  const chunks = new WeakSet<Float64Array>()
  /** What was given back, by its number of cells. */
  const free = new Map<number, Slot[]>()
  const giveBack = (slot: Slot, count: number): void => {
    slot.cells.fill(0, slot.index, slot.index + count)
    const known = free.get(count)
    if (known === undefined) free.set(count, [slot])
    else known.push(slot)
  }
  return {
    allocate(count) {
      const again = free.get(count)?.pop()
      if (again !== undefined) return again
      if (used + count > chunk.length) {
        chunk = new Float64Array(Math.max(count, Math.min(largestChunk, Math.max(smallestChunk, chunk.length * 2))))
        chunks.add(chunk)
        used = 0
      }
      const slot = { cells: chunk, index: used }
      used += count
      return slot
    },
    giveBack,
    reuse: giveBack,
    holds: (cells) => chunks.has(cells),
    announceFamily: () => true,
    announceSeries: () => true,
    announcePart: () => true,
    announceRemoval: () => true,
    together: (announce) => announce(),
  }
}
