import { bounded, maxSeriesInAll } from '../fleet/archive/archive-limits.ts'
import { seriesKey, visitSeries } from '../fleet/archive/last-seen.ts'
import { appOf } from '../snapshot/merge/apps.ts'
import { mergeApart, ofOnePage } from '../snapshot/merge/merge.ts'
import type { PageInfo, Snapshot } from '../snapshot/snapshot.ts'
import { cumulativeOnly, sanitize } from '../snapshot/totals.ts'
import { keysOf, keysToFind } from './page-claims.ts'
import type { Removals } from './removals.ts'

/** So many publishers are known by name after they were archived: 32 digits and a number each. */
const maxRemembered = 100_000
const maxSeen = 2 * maxSeriesInAll
/** Of further apps the sums have no name. */
const maxApps = 1000

const nothing: Snapshot = { version: 1, takenAt: 0, pages: [], families: [] }

/** The sums of publishers that are gone, app by app, within the bounds of an archive; and who is in them. */
export class Archived {
  private readonly sums = new Map<string, Snapshot>()
  /** When the last publisher ended that had a series, by app and series; a series that is not in it came with `restore`. */
  private readonly lastSeen = new Map<string, Map<string, number>>()
  private restoredAt = 0
  /** The last message of those that are in the sums, and 0 for pages that others told of; the oldest first. */
  private readonly remembered = new Map<string, number>()

  /** The sums, one snapshot with one page for each app. */
  get snapshots(): Snapshot[] {
    return [...this.sums.values()]
  }

  /** Names and pages that are in the sums, to be given to {@link restore}. */
  get names(): [string, number][] {
    return [...this.remembered]
  }

  /** The last message of a publisher that is in the sums. */
  lastSequence(publisher: string): number | undefined {
    return this.remembered.get(publisher)
  }

  /** Whether one of these pages of others is in the sums. */
  hasPages(pages: readonly PageInfo[]): boolean {
    return pages.some((page) => keysToFind(page).some((key) => this.remembered.has(key)))
  }

  /** Adds what a publisher counted up to its last message, app by app; with its pages where they are those of others. */
  add(publisher: string, sequence: number, counted: readonly Snapshot[], isOfOthers: boolean): void {
    this.remember(publisher, sequence)
    for (const snapshot of counted) {
      if (isOfOthers) for (const page of snapshot.pages) for (const key of keysOf(page)) this.remember(key, 0)
      this.addTo(appOf(snapshot), sanitize(cumulativeOnly(snapshot)))
    }
  }

  private addTo(of: string, sound: Snapshot): void {
    const app = this.sums.has(of) || this.sums.size < maxApps ? of : ''
    const before = this.sums.get(app)
    const merged = mergeApart(before === undefined ? [sound] : [before, sound])
    this.sums.set(app, bounded(before ?? nothing, ofOnePage(merged, pageOf(app, merged.pages))))
    const lastSeen = this.lastSeenOf(app)
    visitSeries(sound, (labels, name) => {
      const key = seriesKey(name, labels)
      lastSeen.set(key, Math.max(sound.takenAt, lastSeen.get(key) ?? 0))
    })
  }

  /** Leaves out what was removed after the last publisher ended that had it. */
  forgetRemoved(removals: Removals): void {
    for (const [app, sum] of this.sums) {
      const lastSeen = this.lastSeenOf(app)
      const left = removals.without(sum, (labels, name) => lastSeen.get(seriesKey(name, labels)) ?? this.restoredAt)
      this.sums.set(app, left)
    }
  }

  private lastSeenOf(app: string): Map<string, number> {
    const known = this.lastSeen.get(app) ?? new Map<string, number>()
    const sum = this.sums.get(app)
    if (known.size <= maxSeen || sum === undefined) {
      this.lastSeen.set(app, known)
      return known
    }
    // What the bounds of an archive have left out does not stay in it for ever.
    const kept = new Map<string, number>()
    visitSeries(sum, (labels, name) => {
      const key = seriesKey(name, labels)
      const at = known.get(key)
      if (at !== undefined) kept.set(key, at)
    })
    this.lastSeen.set(app, kept)
    return kept
  }

  /** One that is back is not in the sums under its name any more; what it counted is. */
  forget(publisher: string): void {
    this.remembered.delete(publisher)
  }

  /** What another one had. */
  restore(snapshots: readonly Snapshot[], names: readonly (readonly [string, number])[]): void {
    for (const snapshot of snapshots) {
      this.sums.set(appOf(snapshot), snapshot)
      this.restoredAt = Math.max(this.restoredAt, snapshot.takenAt)
    }
    for (const [name, sequence] of names) this.remember(name, sequence)
  }

  private remember(name: string, sequence: number): void {
    this.remembered.delete(name)
    this.remembered.set(name, sequence)
    for (const oldest of this.remembered.keys()) {
      if (this.remembered.size <= maxRemembered) break
      this.remembered.delete(oldest)
    }
  }
}

/** One page for all that were archived. */
function pageOf(app: string, pages: readonly PageInfo[]): PageInfo {
  const startedAt = pages.reduce((least, page) => Math.min(least, page.startedAt), Number.POSITIVE_INFINITY)
  const hosts = new Set(pages.map(({ host }) => host))
  return {
    file: null,
    pid: 0,
    tid: 0,
    app,
    host: hosts.size === 1 ? [...hosts].join() : '',
    startedAt: Number.isFinite(startedAt) ? startedAt : 0,
    state: 'archived',
    heartbeatAge: null,
  }
}
