import { unreadable } from '../os/trusted-file.ts'
import type { PageFailure } from '../page/read/open-pages.ts'
import type { ColumnSnapshot } from '../snapshot/columns.ts'
import { Merger } from '../snapshot/merge/merge.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** Adds up pages again and again, as {@link Merger} does; a page with which that fails hides no other. */
export class GuardedMerger {
  private merger = new Merger()

  /**
   * What `look` adds, as one. It is called again, from the beginning, when a page could not be added: without that page, for which
   * `add` returns false then.
   */
  merge(look: (add: (snapshot: ColumnSnapshot) => boolean) => void): {
    total: Snapshot
    failures: readonly PageFailure[]
  } {
    const leftOut = new Map<string, PageFailure>()
    let isEachTried = false
    for (;;) {
      let adding: string | undefined
      const add = (snapshot: ColumnSnapshot): boolean => {
        const file = snapshot.pages[0]?.file ?? ''
        if (leftOut.has(file)) return false
        adding = file
        if (isEachTried) new Merger().merge([snapshot, snapshot])
        this.merger.add(snapshot)
        adding = undefined
        return true
      }
      try {
        look(add)
        return { total: this.merger.end(), failures: [...leftOut.values()] }
      } catch (cause) {
        // What fails at the end is looked for in each page.
        if (adding === undefined && isEachTried) throw cause
        isEachTried ||= adding === undefined
        if (adding !== undefined) leftOut.set(adding, { file: adding, error: unreadable(adding, cause) })
        this.merger = new Merger()
      }
    }
  }
}
