import type { Clock } from '../../clock.ts'
import { openFile } from '../../fleet/open-file.ts'
import { OpenPages } from '../../page/read/open-pages.ts'
import { inspectorSignal } from '../../runtime/inspector-signal.ts'
import { parseSelectors } from '../../snapshot/selector.ts'
import type { Selection as Chosen } from '../../snapshot/selector-type.ts'
import type { FamilySnapshot, Snapshot } from '../../snapshot/snapshot.ts'
import { isArchive, pageOf, type Selection } from '../select/selection.ts'
import type { Moment, TopSource, Wanted } from './moment.ts'
import { overviewFamilies } from './overview.ts'
import { keyOf } from './process-row.ts'

const { duration, loopDelay, ...numbers } = overviewFamilies
const numberFamilies = parseSelectors([...Object.values(numbers), inspectorSignal].join(' '))
const distributions: readonly string[] = [duration, loopDelay]

/** What the list of processes needs of each page. Buckets, as the series of a family become one. */
export const listSelection: Chosen = {
  families: [...numberFamilies, ...parseSelectors(distributions.join(' '))],
  buckets: true,
  recent: ['1m'],
}
const numbersOnly: Chosen = { families: numberFamilies }
/** Made once, as readers remember what a selection means by the object. */
const nothing: Chosen = { families: [] }

/** A distribution costs a hundred times a number, and covers a minute: it is read each so many times only. */
const distributionReads = 5

/** The pages of this machine, now. */
export class LiveSource implements TopSource {
  readonly #selection: Selection
  readonly #clock: Clock
  /** All pages, for the list; and those that are open, as a whole. */
  readonly #pages: OpenPages
  readonly #whole: OpenPages
  /** As they were read last, by file. */
  #distributions = new Map<string, readonly FamilySnapshot[]>()
  #listed: ReadonlySet<string> = new Set()
  #reads = 0

  constructor(selection: Selection, clock: Clock) {
    this.#selection = selection
    this.#clock = clock
    this.#pages = new OpenPages({ clock }, openFile)
    this.#whole = new OpenPages({ clock }, openFile)
  }

  next({ whole, isWhole }: Wanted): Moment {
    // Which there are, with nothing in them.
    const { snapshots, failures } = this.#selection.read(nothing, true)
    const files = snapshots.flatMap((one) => (isArchive(one) ? [] : (pageOf(one).file ?? [])))
    const open = snapshots
      .filter((one) => isWhole || whole.has(keyOf(pageOf(one))))
      .flatMap((one) => pageOf(one).file ?? [])
    const read = new Map<string | null, Snapshot>()
    for (const one of this.#readList(files)) read.set(pageOf(one).file, one)
    for (const one of this.#whole.read(open).snapshots) read.set(pageOf(one).file, one)
    return {
      time: this.#clock.unixTime(),
      now: this.#clock.now() / 1000,
      snapshots: snapshots.map((one) => read.get(pageOf(one).file) ?? one),
      ended: this.#selection.ended,
      failures,
    }
  }

  close(): void {
    this.#selection.close()
    this.#pages.close()
    this.#whole.close()
  }

  /** The numbers of these pages now, and their distributions as of the last time. */
  #readList(files: readonly string[]): Snapshot[] {
    const known = this.#distributions
    const isDue = this.#reads++ % distributionReads === 0 || files.some((file) => !this.#listed.has(file))
    const { snapshots } = this.#pages.read(files, isDue ? listSelection : numbersOnly)
    if (!isDue) {
      return snapshots.map((one) => ({
        ...one,
        families: [...one.families, ...(known.get(pageOf(one).file ?? '') ?? [])],
      }))
    }
    this.#listed = new Set(files)
    const isDistribution = ({ name }: FamilySnapshot): boolean => distributions.includes(name)
    this.#distributions = new Map(snapshots.map((one) => [pageOf(one).file ?? '', one.families.filter(isDistribution)]))
    return [...snapshots]
  }
}
