import type { Clock } from '../../clock.ts'
import { openFile } from '../../fleet/open-file.ts'
import { OpenPages } from '../../page/read/open-pages.ts'
import { pageOf, type Selection } from '../select/selection.ts'
import type { Moment, TopSource, Wanted } from './moment.ts'
import { listSelection, numbersSelection } from './overview.ts'
import { keyOf } from './process-row.ts'

/** A distribution costs a hundred times a number, and covers a minute: it is read each so many times only. */
const distributionReads = 5

/** The pages of this machine, now. */
export class LiveSource implements TopSource {
  readonly #selection: Selection
  readonly #clock: Clock
  /** Those that are open as a whole, besides what is read of all. */
  readonly #whole: OpenPages
  #reads = 0

  constructor(selection: Selection, clock: Clock) {
    this.#selection = selection
    this.#clock = clock
    this.#whole = new OpenPages({ clock }, openFile)
  }

  next({ whole, isWhole }: Wanted): Moment {
    const isNumbersOnly = !isWhole && this.#reads++ % distributionReads !== 0
    const wanted = isWhole ? undefined : isNumbersOnly ? numbersSelection : listSelection
    const { snapshots, failures } = this.#selection.read(wanted, true)
    const { ended } = this.#selection
    const files = snapshots.flatMap((one) => (whole.has(keyOf(pageOf(one))) ? (pageOf(one).file ?? []) : []))
    const open = new Map(this.#whole.read(isWhole ? [] : files).snapshots.map((one) => [pageOf(one).file, one]))
    return {
      time: this.#clock.unixTime(),
      now: this.#clock.now() / 1000,
      snapshots: snapshots.map((one) => open.get(pageOf(one).file) ?? one),
      isNumbersOnly,
      ended,
      failures,
    }
  }

  close(): void {
    this.#selection.close()
    this.#whole.close()
  }
}
