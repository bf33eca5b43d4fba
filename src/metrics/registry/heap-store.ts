import { FreeCells } from '../../snapshot/free-cells.ts'
import type { Store } from '../../snapshot/store.ts'

const minChunk = 256
const maxChunk = 65_536

/** A store in private memory, where every metric is born. Grows in chunks of 2 KiB to 512 KiB and never refuses. */
export function createHeapStore(): Store {
  let chunk = new Float64Array(0)
  let used = 0
  const chunks = new WeakSet<Float64Array>()
  const free = new FreeCells()
  return {
    allocate(count) {
      const again = free.take(count)
      if (again !== undefined) return again
      if (used + count > chunk.length) {
        chunk = new Float64Array(Math.max(count, Math.min(maxChunk, Math.max(minChunk, chunk.length * 2))))
        chunks.add(chunk)
        used = 0
      }
      const slot = { cells: chunk, index: used }
      used += count
      return slot
    },
    free: (slot, count) => free.add(slot, count),
    freeAnnounced: (slot, count) => free.add(slot, count),
    holds: (cells) => chunks.has(cells),
    announceFamily: () => true,
    announceSeries: () => true,
    announceExtension: () => true,
    announceRemoval: () => true,
    announceCleared: () => true,
    transaction: (announce) => announce(),
  }
}
