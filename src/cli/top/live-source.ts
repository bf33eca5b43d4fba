import type { Clock } from '../../clock.ts'
import { openFile } from '../../fleet/open-file.ts'
import { OpenPages } from '../../page/read/open-pages.ts'
import { Turns } from '../../page/read/turns.ts'
import type { Selection as MetricSelection } from '../../snapshot/selector-type.ts'
import { pageOf } from '../select/page-snapshots.ts'
import type { Selection } from '../select/selection.ts'
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
  readonly #turns: Turns

  /** `reads`: distributions are read each so many times; 1 where every read counts. */
  constructor(selection: Selection, clock: Clock, reads: number = distributionReads) {
    this.#turns = new Turns(reads)
    this.#selection = selection
    this.#clock = clock
    this.#whole = new OpenPages({ clock }, openFile)
  }

  next({ whole, isWhole }: Wanted): Moment {
    const complete = new Set<string>()
    const selectionOf = (file: string): MetricSelection => {
      if (!this.#turns.isDue(file)) return numbersSelection
      complete.add(file)
      return listSelection
    }
    this.#turns.begin()
    const { snapshots, failures } = isWhole
      ? this.#selection.read(undefined, true)
      : this.#selection.read(numbersSelection, true, selectionOf)
    const { ended } = this.#selection
    const files = snapshots.flatMap((one) => (whole.has(keyOf(pageOf(one))) ? (pageOf(one).file ?? []) : []))
    const open = new Map(this.#whole.read(isWhole ? [] : files).snapshots.map((one) => [pageOf(one).file, one]))
    return {
      time: this.#clock.unixTime(),
      now: this.#clock.now() / 1000,
      snapshots: snapshots.map((one) => open.get(pageOf(one).file) ?? one),
      ...(!isWhole && { complete }),
      ended,
      failures,
    }
  }

  close(): void {
    this.#selection.close()
    this.#whole.close()
  }
}
