import { ProcessUsages } from '../../os/process-usage.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { isArchive, order, pageOf } from '../select/selection.ts'
import type { Frame } from './history.ts'
import type { Moment, Wanted } from './moment.ts'
import { type Overview, overviewOf } from './overview.ts'
import { endedRow, keyOf, needsUsage, type ProcessRow, processRow } from './process-row.ts'
import { type Readings, readingsOf } from './readings.ts'

/** Seconds for which numbers are compared with later ones. */
const memorySeconds = 12
/** The same for pages as a whole: as many reads, so that what is measured once a second has even rates. */
const maxWhole = 3
/** Rates are those of at least so many seconds. */
const leastSeconds = 0.9
/** After a crash loop there may be a hundred processes that have ended. */
const maxEnded = 5

/** A page as a whole, and when it was read. */
interface WholePage {
  readonly snapshot: Snapshot
  readonly now: number
}

/** Makes frames of what is read: each is compared with what was read before. */
export class Collector {
  readonly #usages: ProcessUsages | undefined
  #before = new Map<string, Overview[]>()
  #whole = new Map<string, readonly WholePage[]>()

  /** `isLive`: whether the pages are those of processes that run now, so that the kernel can be asked about them. */
  constructor(isLive: boolean) {
    this.#usages = isLive ? new ProcessUsages() : undefined
  }

  /** The frame of a moment; of the pages whose keys are in `whole`, with all their metrics. */
  add({ time, now, snapshots, ended, failures }: Moment, { whole }: Wanted): Frame {
    const pages = snapshots.filter((one) => !isArchive(one)).sort((a, b) => order(pageOf(a), pageOf(b)))
    const before = new Map<string, Overview[]>()
    const rows = pages.map((snapshot): ProcessRow => {
      const overview = overviewOf(snapshot, now)
      const key = keyOf(overview.page)
      const known = (this.#before.get(key) ?? []).filter((one) => now >= one.now && now - one.now <= memorySeconds)
      before.set(key, [...known, overview])
      return processRow(overview, known, needsUsage(overview) ? this.#usages?.of(overview.page, now) : undefined)
    })
    this.#before = before
    this.#usages?.settle()
    const details = this.#readWhole(pages, whole, now)
    const gone = ended.map((page) => endedRow(page))
    return { time, rows: latest([...rows, ...gone]), details, failures: failures.map(({ error }) => error.message) }
  }

  #readWhole(pages: readonly Snapshot[], wanted: ReadonlySet<string>, now: number): Map<string, Readings> {
    const details = new Map<string, Readings>()
    const whole = new Map<string, readonly WholePage[]>()
    for (const snapshot of pages) {
      const key = keyOf(pageOf(snapshot))
      if (!wanted.has(key)) continue
      const known = (this.#whole.get(key) ?? []).filter((one) => one.now < now)
      // A process measures itself once a second: over less there is no rate.
      const before = known.find((one) => now - one.now >= leastSeconds)
      details.set(key, readingsOf(before?.snapshot, snapshot, before === undefined ? 0 : now - before.now))
      whole.set(key, [...known.slice(-(maxWhole - 1)), { snapshot, now }])
    }
    this.#whole = whole
    return details
  }
}

/** Of each app all that live, and those that ended last. */
function latest(rows: readonly ProcessRow[]): ProcessRow[] {
  const endOf = ({ page }: ProcessRow): number => page.heartbeatAge ?? Number.POSITIVE_INFINITY
  const shown = new Map<string, ProcessRow[]>()
  for (const row of rows) {
    const known = shown.get(row.page.app)
    if (known === undefined) shown.set(row.page.app, [row])
    else known.push(row)
  }
  return [...shown]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, app]) => {
      const gone = app.filter(({ page }) => !isAlive(page)).sort((a, b) => endOf(a) - endOf(b))
      return [...app.filter(({ page }) => isAlive(page)), ...gone.slice(0, maxEnded)]
    })
}
