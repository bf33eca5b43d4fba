import type { Clock } from '../../clock.ts'
import { loadDistributions } from '../../findings/load.ts'
import { openFile } from '../../fleet/open-file.ts'
import { OpenPages } from '../../page/read/open-pages.ts'
import type { FamilySnapshot } from '../../snapshot/snapshot.ts'
import { pageOf, type Selected, type Selection } from '../select/selection.ts'
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
  /** As they were read last, by page. */
  #distributions = new Map<string, readonly FamilySnapshot[]>()
  #reads = 0

  constructor(selection: Selection, clock: Clock) {
    this.#selection = selection
    this.#clock = clock
    this.#whole = new OpenPages({ clock }, openFile)
  }

  next({ whole, isWhole }: Wanted): Moment {
    const { snapshots, failures } = isWhole ? this.#selection.read(undefined, true) : this.#readList()
    const { ended } = this.#selection
    const files = snapshots.flatMap((one) => (whole.has(keyOf(pageOf(one))) ? (pageOf(one).file ?? []) : []))
    const open = new Map(this.#whole.read(isWhole ? [] : files).snapshots.map((one) => [pageOf(one).file, one]))
    return {
      time: this.#clock.unixTime(),
      now: this.#clock.now() / 1000,
      snapshots: snapshots.map((one) => open.get(pageOf(one).file) ?? one),
      ended,
      failures,
    }
  }

  close(): void {
    this.#selection.close()
    this.#whole.close()
  }

  /** The numbers of all pages now, and their distributions as of the last time. */
  #readList(): Selected {
    const known = this.#distributions
    const isDue = this.#reads++ % distributionReads === 0
    const read = this.#selection.read(isDue ? listSelection : numbersSelection, true)
    if (isDue) {
      const isDistribution = ({ name }: FamilySnapshot): boolean => loadDistributions.includes(name)
      this.#distributions = new Map(
        read.snapshots.map((one) => [keyOf(pageOf(one)), one.families.filter(isDistribution)]),
      )
      return read
    }
    const snapshots = read.snapshots.map((one) => ({
      ...one,
      families: [...one.families, ...(known.get(keyOf(pageOf(one))) ?? [])],
    }))
    return { ...read, snapshots }
  }
}
