import type { Clock } from '../clock.ts'
import { findingsOf, findingsSelection, findingsWith } from '../findings/findings.ts'
import { Seen } from '../findings/seen.ts'
import { ProcessUsages } from '../os/process-usage.ts'
import { isAlive } from '../snapshot/page-state.ts'
import type { Selection } from '../snapshot/selector-type.ts'
import type { PageInfo, Snapshot } from '../snapshot/snapshot.ts'
import type { HistoryStore } from './history/history-store.ts'
import { isDistribution, type ProcessHistory } from './history/process-history.ts'
import type { Marks } from './marks.ts'
import type { Pages, PagesRead } from './pages.ts'

/** Distributions that nobody looks at are read this often, as their buckets are most of the cost of a read. */
export const unseenSeconds = 5
const maxFailures = 20
/** After a crash loop there may be hundreds. */
const maxEnded = 100

const whole: Selection = { buckets: true }

/** Reads all pages once a second into a history. */
export class Sampler {
  /** What could not be read at the last time. */
  failures: readonly string[] = []
  /** The second of the last read. */
  tick = 0
  /** Families of which somebody looks at distributions now, by app. */
  seen: () => ReadonlyMap<string, ReadonlySet<string>> = () => new Map()
  readonly #pages: Pages
  readonly #store: HistoryStore
  readonly #marks: Marks
  readonly #clock: Clock
  /** Of processes that run now; those of a recording may be others by now. */
  readonly #usages: ProcessUsages | undefined
  readonly #known = new Set<ProcessHistory>()
  #nextWhole = 0
  #names: ReadonlySet<string> = new Set()
  #others: Selection = { families: [] }
  readonly #chosen = new Map<string, { readonly key: string; readonly selection: Selection }>()
  #timer: NodeJS.Timeout | undefined

  constructor(pages: Pages, store: HistoryStore, marks: Marks, clock: Clock) {
    this.#pages = pages
    this.#store = store
    this.#marks = marks
    this.#clock = clock
    this.#usages = pages.recording === undefined ? new ProcessUsages() : undefined
  }

  /** Reads now and then each second, and calls `done` after each read. */
  start(done: (tick: number) => void): void {
    const next = (): void => {
      const now = this.#clock.unixTime()
      done(this.sample(Math.floor(now)))
      // In the middle of a second, so that no timer that is a bit early or late falls into another one.
      this.#timer = setTimeout(next, 1000 * (1 + Math.floor(now) + 0.5 - this.#clock.unixTime()))
    }
    next()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  /** Reads once, for the Unix second `tick`. */
  sample(tick: number): number {
    this.tick = tick
    const isWhole = tick >= this.#nextWhole
    if (isWhole) this.#nextWhole = tick + unseenSeconds
    const { snapshots, failures, ended } = this.#pages.read(isWhole ? whole : this.#others)
    this.failures = failures.slice(0, maxFailures).map(({ error }) => error.message)
    const present = new Set<ProcessHistory>()
    for (const snapshot of snapshots) {
      const process = this.#take(snapshot, tick, isWhole)
      if (process !== undefined) present.add(process)
    }
    this.#usages?.settle()
    if (isWhole) {
      this.#noteNames(snapshots)
      for (const one of this.#pages.read(findingsSelection).snapshots) {
        const process = one.pages[0] && this.#store.find(one.pages[0])
        if (process !== undefined) process.findings = findingsOf(one)
      }
    }
    // The first read of a new process is the beginning of what its distributions count.
    const hasNew = [...present].some((process) => !this.#known.has(process))
    if (!isWhole && hasNew) this.#takeDistributions(this.#pages.read(whole), tick)
    else if (!isWhole) {
      for (const [app, families] of this.seen())
        this.#takeDistributions(this.#pages.read(this.#selectionOf(app, [...families]), app), tick)
    }
    const now = snapshots[0]?.takenAt ?? tick
    for (const page of ended.slice(-maxEnded)) present.add(this.#takeEnded(page, tick, now))
    this.#noteGone(present, now)
    this.#store.prune(tick)
    return tick
  }

  #take(snapshot: Snapshot, tick: number, withBuckets: boolean): ProcessHistory | undefined {
    const [page] = snapshot.pages
    if (page === undefined || page.state === 'archived') return undefined
    const process = this.#store.processOf(page)
    // Infos of a new process, and what overflows.
    const isLookedAt = withBuckets || !this.#known.has(process)
    this.#marks.take(process.id, isLookedAt ? snapshot : { ...snapshot, families: [] })
    // What an ended process has counted is noted once.
    if (isAlive(page) || process.last === 0 || isAlive(process.page))
      this.#store.take(process, snapshot, tick, withBuckets)
    else process.page = page
    process.findings = findingsWith(process.findings, new Seen(snapshot))
    const isBlocked = page.state === 'blocked' && page.tid === 0
    process.blockedCpu = isBlocked ? this.#usages?.of(page, this.#clock.now() / 1000)?.cpu : undefined
    process.last = tick
    return process
  }

  #takeDistributions({ snapshots }: PagesRead, tick: number): void {
    for (const { pages, families: read, ...snapshot } of snapshots) {
      const [page] = pages
      const process = page && this.#store.find(page)
      const families = read.filter(isDistribution)
      if (process === undefined || !isAlive(process.page) || families.length === 0) continue
      this.#store.take(process, { ...snapshot, pages, families }, tick, true)
    }
  }

  /** Families that have no buckets, and are read each second. */
  #noteNames(snapshots: readonly Snapshot[]): void {
    const names = new Set<string>()
    for (const { families } of snapshots)
      for (const family of families) if (!isDistribution(family)) names.add(family.name)
    if (names.size === this.#names.size && [...names].every((name) => this.#names.has(name))) return
    this.#names = names
    this.#others = { families: [...names].map(selectorOf) }
  }

  /** The same object for the same families, as sources remember what it means to them. */
  #selectionOf(app: string, families: readonly string[]): Selection {
    const key = families.join()
    const known = this.#chosen.get(app)
    if (known?.key === key) return known.selection
    const selection = { buckets: true, families: families.map(selectorOf) }
    this.#chosen.set(app, { key, selection })
    return selection
  }

  #takeEnded(page: PageInfo, tick: number, now: number): ProcessHistory {
    const process = this.#store.processOf(page)
    this.#marks.take(process.id, { version: 1, takenAt: now, pages: [page], families: [] })
    // What was found while it lived is over; what was found in its page once it had ended stays.
    if (isAlive(process.page)) process.findings = []
    process.page = page
    process.last = tick
    return process
  }

  /** Processes that are not among the pages any more. */
  #noteGone(present: ReadonlySet<ProcessHistory>, now: number): void {
    for (const process of this.#known) {
      if (present.has(process)) continue
      this.#known.delete(process)
      const { page } = process
      if (!isAlive(page)) continue
      this.#marks.gone(process.id, page, now)
      process.page = { ...page, state: 'exited', endedAt: now }
    }
    for (const process of present) this.#known.add(process)
  }
}

function selectorOf(family: string): { family: string; labels: []; statistic: '' } {
  return { family, labels: [], statistic: '' }
}
