import { dirname } from 'node:path'
import { naturalOrder } from '../../compare/natural-order.ts'
import { becameWords, levelOf, marks } from '../../findings/levels.ts'
import { diffSnapshots } from '../../snapshot/diff.ts'
import { mergeApart, mergeSnapshots } from '../../snapshot/merge/merge.ts'
import { blockedSeconds } from '../../snapshot/page-state.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import { cumulativeOnly } from '../../snapshot/totals.ts'
import { workerName } from '../select/names.ts'
import { grouped, isArchive, pageOf } from '../select/page-snapshots.ts'

/** A total that grows also while nothing brings it up to date. */
const measuredFamily = 'process.cpu.time'

/** What one read of the pages of an app returned, or of a worker where each stands for itself. */
export interface AppReading {
  readonly app: string
  /** What came to counters and distributions since the read before; gauges and texts of live pages as they are. */
  readonly grown: Snapshot
  /** Counters and distributions since ever, also of pages that were there and are not any more. */
  readonly total: Snapshot
  readonly pages: readonly PageInfo[]
}

/**
 * Compares each read of pages with the one before. Each page is compared with itself: one that dies,
 * or is removed, keeps its share of the totals and grows no more, so no rate is ever negative. An archive is compared with
 * itself and the pages that went into it: what these counted after the last read is what it grew by.
 */
export class Watch {
  private before = new Map<string, Snapshot>()
  private readonly totals = new Map<string, Snapshot>()
  private failed: ReadonlySet<string> = new Set()
  /** By file, when a page had another processor time than before, and how much. */
  private readonly measured = new Map<string, { readonly at: number; readonly used: number }>()
  private first = true
  private readonly nameOf: (page: PageInfo) => string

  /** `nameOf` names what a page is added up with; others than its app are forgotten with their last page. */
  constructor(nameOf: (page: PageInfo) => string = appOf) {
    this.nameOf = nameOf
  }

  /** Takes one read; `failed` are the pages, and the directories, that could not be read this time, but may be the next. */
  add(snapshots: readonly Snapshot[], failed: ReadonlySet<string>): AppReading[] {
    const apps = grouped(snapshots, this.nameOf)
    if (this.nameOf !== appOf) for (const name of this.totals.keys()) if (!apps.has(name)) this.totals.delete(name)
    const names = [...new Set([...this.totals.keys(), ...apps.keys()])].sort(naturalOrder)
    const readings = names.map((app) => this.addApp(app, apps.get(app) ?? [], failed))
    const kept = [...this.before].filter(([file]) => isAmong(failed, file))
    this.before = new Map([...kept, ...snapshots.map((snapshot) => [fileOf(snapshot), snapshot] as const)])
    for (const file of this.measured.keys()) if (!this.before.has(file)) this.measured.delete(file)
    this.failed = failed
    this.first = false
    return readings
  }

  private addApp(app: string, snapshots: readonly Snapshot[], failed: ReadonlySet<string>): AppReading {
    const vanished = this.vanished(app, snapshots, failed)
    const goingOn = vanished.filter((gone) => snapshots.some((snapshot) => isSameWriter(gone, snapshot)))
    const archived = vanished.filter((gone) => !goingOn.includes(gone))
    const added = snapshots.map((snapshot) => {
      if (isArchive(snapshot)) return this.addedBy(snapshot, archived)
      if (this.before.has(fileOf(snapshot))) return this.addedBy(snapshot, [])
      return this.addedBy(
        snapshot,
        goingOn.filter((gone) => isSameWriter(gone, snapshot)),
      )
    })
    const growths = snapshots.map((snapshot, i) => {
      const grown = this.isOld(fileOf(snapshot)) ? diffSnapshots(snapshot, snapshot) : (added[i] as Snapshot)
      return this.spread(snapshot, grown)
    })
    const known = this.totals.get(app)
    const total = mergeSnapshots([...(known === undefined ? [] : [known]), ...added.map(cumulativeOnly)])
    this.totals.set(app, { ...total, pages: [] })
    return { app, grown: mergeSnapshots(growths), total, pages: snapshots.map(pageOf) }
  }

  /**
   * Processor time is brought up to date by the event loop. What came in a block is spread over all of it: only the share of the
   * last interval is in that one.
   */
  private spread(snapshot: Snapshot, grown: Snapshot): Snapshot {
    const file = fileOf(snapshot)
    const family = snapshot.families.find(({ name }) => name === measuredFamily)
    if (family?.kind !== 'counter') return grown
    const used = family.series.reduce((sum, { value }) => sum + value, 0)
    const last = this.measured.get(file)
    if (used === last?.used) return grown
    this.measured.set(file, { at: snapshot.takenAt, used })
    const before = this.before.get(file)
    if (before === undefined || last === undefined || snapshot.takenAt - last.at <= blockedSeconds) return grown
    const share = Math.min(1, (snapshot.takenAt - before.takenAt) / (snapshot.takenAt - last.at))
    const families = grown.families.map((one) => {
      if (one.name !== measuredFamily || one.kind !== 'counter') return one
      return { ...one, series: one.series.map((each) => ({ ...each, value: each.value * share })) }
    })
    return { ...grown, families }
  }

  /** What is not in the totals yet. */
  private addedBy(snapshot: Snapshot, partsOfIt: readonly Snapshot[]): Snapshot {
    const before = this.before.get(fileOf(snapshot))
    if (partsOfIt.length === 0) return before === undefined ? snapshot : diffSnapshots(before, snapshot)
    const known = before === undefined ? partsOfIt : [before, ...partsOfIt]
    return diffSnapshots(mergeApart(known.map(cumulativeOnly)), snapshot)
  }

  /** It is unknown when the numbers came to a page that was there before and is read only now. */
  private isOld(file: string): boolean {
    return !this.before.has(file) && (this.first || isAmong(this.failed, file))
  }

  /** Pages of the last read that are not there any more: most likely they are in the archive. */
  private vanished(app: string, now: readonly Snapshot[], failed: ReadonlySet<string>): Snapshot[] {
    const present = new Set(now.map(fileOf))
    return [...this.before.values()].filter((snapshot) => {
      const file = fileOf(snapshot)
      return (
        this.nameOf(pageOf(snapshot)) === app && !present.has(file) && !isAmong(failed, file) && !isArchive(snapshot)
      )
    })
  }
}

/** Whether two pages are of one registry, of which the first page was lost. */
function isSameWriter(a: Snapshot, b: Snapshot): boolean {
  const [one, other] = [pageOf(a), pageOf(b)]
  const isSameThread = one.pid === other.pid && one.tid === other.tid && one.host === other.host
  return isSameThread && one.startedAt === other.startedAt && one.state !== 'archived' && other.state !== 'archived'
}

function appOf({ app }: PageInfo): string {
  return app
}

/** What happened to pages between two reads, for people: one line each. `retained` are files that are in an archive by now. */
export function pageEvents(
  before: readonly PageInfo[],
  after: readonly PageInfo[],
  most: number,
  retained: readonly string[] = [],
): string[] {
  const known = new Map(before.map((page) => [page.file, page]))
  const present = new Set(after.map(({ file }) => file))
  const events: string[] = []
  for (const page of after) {
    const earlier = known.get(page.file)
    const { state } = page
    const became = earlier === undefined && state === 'live' ? 'started' : becameWords(state)
    if (state !== earlier?.state) events.push(`${marks[levelOf(page)]} ${workerName(page)} ${became}`)
  }
  for (const page of before) {
    if (present.has(page.file)) continue
    const isArchived = retained.includes(page.file ?? '')
    events.push(
      `${marks.ended} ${workerName(page)}: ${isArchived ? 'its counts are in the archive' : 'its page was removed'}`,
    )
  }
  const more = events.length - most
  return more <= 0 ? events : [...events.slice(0, most), `${more} more processes changed`]
}

/** Whether a page failed, by itself or with its whole directory. */
function isAmong(failed: ReadonlySet<string>, file: string): boolean {
  return failed.has(file) || failed.has(dirname(file))
}

function fileOf(snapshot: Snapshot): string {
  return pageOf(snapshot).file ?? ''
}
