import type { Slot } from './store.ts'

/** Cells that nobody uses any more, by how many stand together. */
export class FreeCells {
  private readonly bySize = new Map<number, Slot[]>()
  private held: (() => void)[] = []

  /** Takes cells in, and makes them zero. */
  add(slot: Slot, count: number): void {
    slot.cells.fill(0, slot.index, slot.index + count)
    const known = this.bySize.get(count)
    if (known === undefined) this.bySize.set(count, [slot])
    else known.push(slot)
  }

  /** As {@link add}, at the next {@link releaseHeld}: until then, nothing changes in them. */
  hold(slot: Slot, count: number): void {
    this.held.push(() => this.add(slot, count))
  }

  releaseHeld(): void {
    for (const add of this.held) add()
    this.held = []
  }

  /** Just so many cells. Others are not cut up for it: what needs more would soon find none. */
  take(count: number): Slot | undefined {
    return this.bySize.get(count)?.pop()
  }

  /** So many cells out of more, for want of anything else. */
  cut(count: number): Slot | undefined {
    for (const [size, slots] of this.bySize) {
      const slot = size > count ? slots.pop() : undefined
      if (slot === undefined) continue
      this.add({ cells: slot.cells, index: slot.index + count }, size - count)
      return slot
    }
    return undefined
  }
}
