import type { Cleared, Store } from '../../snapshot/store.ts'

/**
 * The youngest, up to so many bytes, are announced again in a new page: for older ones, somebody has compacted by then. It is
 * less than what makes the smallest page worth a new one.
 */
const keptBytes = 4096
const fewKept = 100

/** What was removed from a registry with all that it counted: each of its pages contains that, for compaction. */
export class Clearings {
  private kept: Cleared[] = []

  /** Notes one, and announces it in the store. */
  add(cleared: Cleared, store: Store): void {
    const { cleared: family, labels } = cleared
    if (labels === undefined) this.kept = this.kept.filter((one) => one.cleared !== family)
    this.kept.push(cleared)
    if (this.kept.length > 2 * fewKept) this.kept = this.kept.slice(-fewKept)
    store.announceCleared(cleared)
  }

  /** Announces them in another store, as far as there is room. */
  move(store: Store): void {
    let bytes = 0
    const fits = (cleared: Cleared): boolean => {
      bytes += Buffer.byteLength(JSON.stringify(cleared))
      return bytes <= keptBytes
    }
    this.kept = this.kept.toReversed().filter(fits).reverse()
    for (const cleared of this.kept) if (!store.announceCleared(cleared)) return
  }
}
