import { ProcessUsages } from '../../os/process-usage.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { isNotFound } from '../select/not-found.ts'
import { isArchive, order, pageOf } from '../select/page-snapshots.ts'
import type { Frame } from './history.ts'
import type { Moment, Wanted } from './moment.ts'
import { type Measures, type Overview, overviewOf } from './overview.ts'
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

/** What is kept of a page for the next moment, and what its rates are computed from, the newest last. */
interface KnownPage {
  readonly overview: Overview
  readonly measures: Measures[]
}

/** A page as a whole, and when it was read. */
interface WholePage {
  readonly snapshot: Snapshot
  readonly now: number
}

/** Makes frames of what is read: each is compared with what was read before. */
export class Collector {
  readonly #usages: ProcessUsages | undefined
  #known = new Map<string, KnownPage>()
  #whole = new Map<string, readonly WholePage[]>()

  /** `isLive`: whether the pages are those of processes that run now, so that the kernel can be asked about them. */
  constructor(isLive: boolean) {
    this.#usages = isLive ? new ProcessUsages() : undefined
  }

  /** The frame of a moment; of the pages whose keys are in `whole`, with all their metrics. */
  add({ time, now, snapshots, complete, ended, failures }: Moment, { whole }: Wanted): Frame {
    const pages = snapshots.filter((one) => !isArchive(one)).sort((a, b) => order(pageOf(a), pageOf(b)))
    const known = new Map<string, KnownPage>()
    const rows = pages.map((snapshot): ProcessRow => {
      const key = keyOf(pageOf(snapshot))
      const before = this.#known.get(key)
      const isComplete = complete === undefined || complete.has(key) || whole.has(key)
      const overview = overviewOf(snapshot, now, isComplete ? undefined : before?.overview)
      const measures = before?.measures ?? []
      while (measures[0] !== undefined && !isUseful(measures, now)) measures.shift()
      known.set(key, { overview, measures })
      const usage = needsUsage(overview) ? this.#usages?.of(overview.page, now) : undefined
      const row = processRow(overview, measures, usage)
      measures.push(overview.measures)
      return row
    })
    this.#known = known
    this.#usages?.settle()
    const details = this.#readWhole(pages, whole, now)
    const gone = ended.map((page) => endedRow(page))
    const missing = failures.filter(isNotFound)
    return {
      time,
      rows: latest([...rows, ...gone]),
      details,
      failures: failures.filter((one) => !missing.includes(one)).map(({ error }) => error.message),
      notFound: missing.map(({ file, error }) => ({ given: file, message: error.message })),
    }
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

/** Whether rates may be computed from the first of them still; the last one counts however far apart reads are. */
function isUseful([first, ...others]: readonly Measures[], now: number): boolean {
  if (first === undefined || now < first.now) return false
  return others.length === 0 || now - first.now <= memorySeconds
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
