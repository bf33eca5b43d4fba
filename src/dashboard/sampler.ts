import type { Clock } from '../clock.ts'
import { findingsIn, findingsSelection, findingsWith } from '../findings/findings.ts'
import { minuteLoadOf } from '../findings/load.ts'
import { Seen } from '../findings/seen.ts'
import { ProcessUsages } from '../os/process-usage.ts'
import { Turns } from '../page/read/turns.ts'
import { isAlive } from '../snapshot/page-state.ts'
import { leftInCells } from '../snapshot/selection.ts'
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
/** As sources keep what a selection means to them. */
const maxSelections = 100

const whole: Selection = leftInCells({ buckets: true })

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
  /** Pages have their turns to be read as a whole: all in one second would be as much work as five seconds have else. */
  readonly #turns = new Turns(unseenSeconds)
  /** Of a recording all are read at once. */
  #nextWhole = 0
  #nextFindings = 0
  #reads = 0
  /** By file, as of the last read. */
  #apps: ReadonlyMap<string, string> = new Map()
  /** Families that are no distributions, and the read in which a page that was read as a whole had them last. */
  readonly #names = new Map<string, number>()
  /** Selections of these and of some distributions, by the names of those; of the same families the same object. */
  readonly #selections = new Map<string, Selection>()
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
    this.#reads++
    const { recording } = this.#pages
    const isWhole = recording !== undefined && tick >= this.#nextWhole
    if (isWhole) this.#nextWhole = tick + unseenSeconds
    const seen = this.seen()
    const complete = new Set<string>()
    this.#turns.begin()
    const selectionOf = (file: string): Selection => {
      if (!this.#turns.isDue(file)) return this.#partOf(seen.get(this.#apps.get(file) ?? ''))
      complete.add(file)
      return whole
    }
    const wanted = isWhole ? whole : this.#partOf([...seen.values()].flatMap((names) => [...names]))
    const { snapshots, failures, ended } = this.#pages.read(wanted, recording === undefined ? selectionOf : undefined)
    this.failures = failures.slice(0, maxFailures).map(({ error }) => error.message)
    const present = new Set<ProcessHistory>()
    const apps = new Map<string, string>()
    for (const snapshot of snapshots) {
      const { file, app = '' } = snapshot.pages[0] ?? {}
      apps.set(file ?? '', app)
      const isComplete = isWhole || complete.has(file ?? '')
      if (isComplete) this.#noteNames(snapshot)
      const process = this.#take(snapshot, tick, isComplete)
      if (process !== undefined) present.add(process)
    }
    this.#apps = apps
    this.#usages?.settle()
    this.#forgetNames()
    this.#find(tick)
    // The first read of a new process is the beginning of what its distributions count.
    const hasNew = [...present].some((process) => !this.#known.has(process))
    if (recording !== undefined && !isWhole && hasNew) this.#takeDistributions(this.#pages.read(whole), tick)
    const now = snapshots[0]?.takenAt ?? tick
    for (const page of ended.slice(-maxEnded)) present.add(this.#takeEnded(page, tick, now))
    this.#noteGone(present, now)
    this.#store.prune(tick)
    return tick
  }

  /** `isComplete`: whether the snapshot has all families. */
  #take(snapshot: Snapshot, tick: number, isComplete: boolean): ProcessHistory | undefined {
    const [page] = snapshot.pages
    if (page === undefined || page.state === 'archived') return undefined
    const process = this.#store.processOf(page)
    // Infos of a new process, and what overflows.
    const isLookedAt = isComplete || !this.#known.has(process)
    this.#marks.take(process.id, isLookedAt ? snapshot : { ...snapshot, families: [] })
    // What an ended process has counted is noted once.
    if (isAlive(page) || process.last === 0 || isAlive(process.page)) this.#store.take(process, snapshot, tick)
    else process.page = page
    process.findings = findingsWith(process.findings, new Seen(snapshot))
    const isBlocked = page.state === 'blocked' && page.tid === 0
    process.kernel = isBlocked ? this.#usages?.of(page, this.#clock.now() / 1000) : undefined
    process.last = tick
    return process
  }

  #takeDistributions({ snapshots }: PagesRead, tick: number): void {
    for (const { pages, families: read, ...snapshot } of snapshots) {
      const [page] = pages
      const process = page && this.#store.find(page)
      const families = read.filter(isDistribution)
      if (process === undefined || !isAlive(process.page) || families.length === 0) continue
      this.#store.take(process, { ...snapshot, pages, families }, tick)
    }
  }

  /** What is wrong with each process, as its distributions say it, too. */
  #find(tick: number): void {
    if (tick < this.#nextFindings) return
    this.#nextFindings = tick + unseenSeconds
    for (const one of this.#pages.read(findingsSelection).snapshots) {
      const process = one.pages[0] && this.#store.find(one.pages[0])
      if (process === undefined) continue
      const seen = new Seen(one)
      process.findings = findingsIn(seen)
      process.minute = minuteLoadOf(seen)
    }
  }

  #noteNames({ families }: Snapshot): void {
    for (const family of families) {
      if (isDistribution(family)) continue
      if (!this.#names.has(family.name)) this.#selections.clear()
      this.#names.set(family.name, this.#reads)
    }
  }

  /** Those that no page had at its last turn. */
  #forgetNames(): void {
    for (const [name, last] of this.#names) {
      if (last >= this.#reads - 2 * unseenSeconds) continue
      this.#names.delete(name)
      this.#selections.clear()
    }
  }

  /** What is read of pages that are not read as a whole: all numbers, and the distributions that somebody looks at. */
  #partOf(distributions: Iterable<string> = []): Selection {
    const shown = [...distributions]
    const key = shown.join()
    let selection = this.#selections.get(key)
    if (selection === undefined) {
      if (this.#selections.size >= maxSelections) this.#selections.clear()
      const families = [...new Set([...this.#names.keys(), ...shown])].map(selectorOf)
      selection = leftInCells({ buckets: true, families })
      this.#selections.set(key, selection)
    }
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
