import { hostname } from 'node:os'
import { basename } from 'node:path'
import { Merger, ofOnePage } from '../../snapshot/merge/merge.ts'
import type { Labels, PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import type { Archive } from './archive.ts'
import { bounded } from './archive-limits.ts'
import { Clearings } from './clearings.ts'
import { evict, leavingSeries, seriesKey, visitSeries } from './last-seen.ts'

/** How an archive is made from an old one. */
export interface NextArchive {
  readonly file: string
  /** Unix time in seconds. */
  readonly now: number
  /** Names of the pages that are there: others need not be known to the archive. */
  readonly there: ReadonlySet<string>
  readonly archiveDays: number
  /** What living processes have; asked for only where series would go. */
  readonly living: () => readonly Snapshot[]
}

/** What dead pages add to an archive. */
export class Additions {
  readonly files: string[] = []
  /** Whether something was removed from the archive that there was. */
  readonly hasForgotten: boolean
  private readonly app: string
  private readonly before: Archive | undefined
  private readonly clearings: Clearings
  private readonly merger = new Merger()
  /** When the last process that had a series ended, of those that are added. */
  private readonly lastSeen = new Map<string, number>()
  /** When the first of all writers began that are in it: the time since which the sum counts must never move on. */
  private startedAt: number

  constructor(app: string, given: Archive | undefined, clearings: Clearings = new Clearings()) {
    const seenAt = (labels: Labels): number => given?.lastSeen.get(labels) ?? given?.snapshot.takenAt ?? 0
    const before = given && { ...given, snapshot: clearings.without(given.snapshot, seenAt) }
    this.app = app
    this.before = before
    this.clearings = clearings
    this.hasForgotten = before?.snapshot !== given?.snapshot
    this.startedAt = before?.snapshot.pages[0]?.startedAt ?? Infinity
    if (before !== undefined) this.merger.add(before.snapshot)
  }

  add(file: string, snapshot: Snapshot): void {
    this.files.push(file)
    this.startedAt = Math.min(this.startedAt, ...snapshot.pages.map((page) => page.startedAt))
    const [page] = snapshot.pages
    const endedAt = page?.endedAt ?? snapshot.takenAt - (page?.heartbeatAge ?? 0)
    const left = this.clearings.without(snapshot, () => endedAt, file)
    this.merger.add(left)
    this.see(left, endedAt)
  }

  /** The new archive. */
  archive({ file, now, there, archiveDays, living }: NextArchive): Archive {
    const { app, before, files } = this
    const stayed = [...(before?.pages ?? [])].filter(([name]) => there.has(name))
    const page: PageInfo = {
      file,
      pid: 0,
      tid: 0,
      app,
      host: hostname(),
      startedAt: this.startedAt,
      state: 'archived',
      heartbeatAge: null,
      endedAt: now,
    }
    const empty: Snapshot = { version: 1, takenAt: now, pages: [], families: [] }
    const sum = ofOnePage({ ...this.merger.endApart(), takenAt: now }, page)
    let lastSeen = this.lastSeenOf(sum, now)
    let leaving = leavingSeries(sum, lastSeen, archiveDays)
    if (leaving.size > 0) {
      for (const snapshot of living()) this.see(snapshot, now)
      lastSeen = this.lastSeenOf(sum, now)
      leaving = leavingSeries(sum, lastSeen, archiveDays)
    }
    const snapshot = bounded(before?.snapshot ?? empty, evict(sum, leaving))
    const pages = new Map([...stayed, ...files.map((each): [string, number] => [basename(each), now])])
    return { app, pages, snapshot, lastSeen }
  }

  private see(snapshot: Snapshot, at: number): void {
    visitSeries(snapshot, (labels, name) => {
      const key = seriesKey(name, labels)
      this.lastSeen.set(key, Math.max(at, this.lastSeen.get(key) ?? 0))
    })
  }

  /** Of series that were there before, a merge keeps the labels objects. */
  private lastSeenOf(sum: Snapshot, now: number): Map<Labels, number> {
    const seen = new Map<Labels, number>()
    visitSeries(sum, (labels, name) => {
      const known = this.before?.lastSeen.get(labels)
      const added = this.lastSeen.size === 0 ? undefined : this.lastSeen.get(seriesKey(name, labels))
      seen.set(labels, Math.max(known ?? 0, added ?? 0) || now)
    })
    return seen
  }
}
