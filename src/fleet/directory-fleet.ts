import { basename, resolve } from 'node:path'
import { type Clock, systemClock } from '../clock.ts'
import { type ErrorCode, PlimsollError } from '../errors.ts'
import { listMmstats, mmstatsAmong, mmstatsIn } from '../mmstats/glob.ts'
import { findDirectory, refusedDefault } from '../os/trusted-directory.ts'
import { warn } from '../os/warning.ts'
import { removeUnfinishedPages } from '../page/clean.ts'
import { finishedPages, namesIn } from '../page/directory.ts'
import { isGone, OpenPages, type PageFailure, type SelectionOf } from '../page/read/open-pages.ts'
import { maxNameLength } from '../page/write/identity.ts'
import { type ColumnSnapshot, plainSnapshot } from '../snapshot/columns.ts'
import { withConflictCounts } from '../snapshot/conflicts.ts'
import { byWorker } from '../snapshot/merge/by-worker.ts'
import { appsOfHosts, type HostNaming, withHosts } from '../snapshot/merge/hosts.ts'
import { isAlive } from '../snapshot/page-state.ts'
import { partsOf, selectionOfParts, selectSnapshot } from '../snapshot/selection.ts'
import type { Selection } from '../snapshot/selector-type.ts'
import type { PageInfo, Snapshot } from '../snapshot/snapshot.ts'
import { type Archive, archivedPages } from './archive/archive.ts'
import { Archives } from './archive/archives.ts'
import { type Compaction, compactDirectory, usualRetention, usualSilence } from './archive/compact.ts'
import { type CompactionLock, lockCompaction } from './archive/compaction-lock.ts'
import { EndedPages } from './ended-pages.ts'
import type { FleetOptions } from './fleet-options.ts'
import type { Fleet, FleetParts } from './fleet-types.ts'
import { GuardedMerger } from './guarded-merger.ts'
import { openFile } from './open-file.ts'
import { unpublishedParts } from './unpublished-parts.ts'

/** So often is looked before compaction has to wait. */
const maxLooks = 4

/** @internal Made by `fleet`. */
export class DirectoryFleet implements Fleet {
  failures: readonly PageFailure[] = []
  readonly #app: string | undefined
  /** The directory that the caller, or `$PLIMSOLL_DIR`, named. */
  readonly #given: string | undefined
  readonly #isNamed: boolean
  readonly #options: FleetOptions
  readonly #isWanted: (page: PageInfo) => boolean
  readonly #clock: Clock
  #archives: Archives
  readonly #pages: OpenPages
  readonly #merger = new GuardedMerger()
  readonly #ended: EndedPages
  /** The names of all files in the directory, as it was last listed. */
  #names: readonly string[] = []
  /** Of the last look. */
  #retained: readonly string[] = []
  readonly #told = new Set<string>()
  /** The apps that had writers of several hosts at the last look. */
  #ofHosts: ReadonlyMap<string, HostNaming> = new Map()

  /** @param isWanted whether a page is read, by what is in its header: that of another app need not be. */
  constructor(
    app: string | undefined,
    given: string | undefined,
    options: FleetOptions,
    isWanted: (page: PageInfo) => boolean = () => true,
  ) {
    this.#app = app?.slice(0, maxNameLength)
    this.#isWanted = isWanted
    const named = given ?? (process.env.PLIMSOLL_DIR || undefined)
    this.#given = named === undefined ? undefined : resolve(named)
    this.#isNamed = given !== undefined
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#archives = new Archives(findDirectory(this.#given), this.#app)
    this.#pages = new OpenPages({ clock: this.#clock }, openFile, true)
    this.#ended = new EndedPages(this.#clock)
  }

  get directory(): string {
    return this.#archives.directory
  }

  get ended(): readonly PageInfo[] {
    return this.#ended.in(this.#retained).filter((page) => this.isOwn(page))
  }

  read(selection?: Selection): Snapshot {
    const ofParts = selection && selectionOfParts(selection)
    const total =
      this.#options.by === 'worker'
        ? withConflictCounts(byWorker(this.readParts(ofParts).parts))
        : this.#settled(() => this.#merge((add) => void this.#each(add, ofParts, { inColumns: true })))
    return selectSnapshot(total, selection)
  }

  readParts(selection?: Selection): FleetParts {
    // Before pages are read, which would report it as an error of theirs.
    partsOf(selection)
    return this.#settled(() => {
      let parts: Snapshot[] = []
      let retained: string[] = []
      const total = this.#merge((add) => {
        parts = []
        const take = (part: Snapshot): unknown => add(part) && parts.push(part)
        retained = this.#each((snapshot) => take(plainSnapshot(snapshot)), selection)
      })
      return { total, parts, retained }
    })
  }

  /**
   * @internal The parts without their sum, which can take longer to make than they take to be read. Of pages, what
   * `selectionOf` chooses, where it is given.
   */
  readApart(selection?: Selection, selectionOf?: SelectionOf): Omit<FleetParts, 'total'> {
    return this.#settled(() => {
      const parts: Snapshot[] = []
      const take = (snapshot: ColumnSnapshot): unknown => parts.push(plainSnapshot(snapshot))
      const retained = this.#each(take, selection, { selectionOf })
      return { parts, retained }
    })
  }

  /**
   * @internal For those who take the files themselves: what `look` gives of the files that count besides the archives, which
   * may be of other apps, and of the archives. It is called again where a page went into an archive meanwhile.
   */
  settled<T>(look: (files: readonly string[], archives: readonly Archive[]) => T): T {
    return this.#settled(() => {
      const { archives, counting, retained } = this.#list([])
      this.#retained = retained
      return look(counting, archives)
    })
  }

  /** @internal Whether a page is of the app that this is the fleet of, and wanted. */
  isOwn(page: PageInfo): boolean {
    return (this.#app === undefined || page.app === this.#app) && this.#isWanted(page)
  }

  compact(): Compaction {
    const { retentionSeconds = usualRetention, archiveDays } = this.#options
    const options = { clock: this.#clock, retentionSeconds, archiveDays, silentSeconds: usualSilence }
    this.#locate()
    const compaction = compactDirectory(this.#archives, options)
    const { error, archived } = compaction
    if (error !== undefined) this.#warn(error)
    else if (archived.length > 0) this.#told.clear()
    removeUnfinishedPages(this.directory, this.#clock)
    return compaction
  }

  close(): void {
    this.#archives.close()
    this.#pages.close()
  }

  /** A writer may have made the directory since. */
  #locate(): void {
    const directory = findDirectory(this.#given)
    if (directory === this.directory) return
    this.#archives.close()
    this.#archives = new Archives(directory, this.#app)
    this.#names = []
  }

  /**
   * What a look gives during which no page went into an archive: each page was counted once then, from itself or from there.
   * Nor did the first process of a second host come, as its name changes those of the others.
   * Where compaction never pauses for long enough, nobody may compact for the time of a look.
   */
  #settled<T>(look: () => T): T {
    this.#locate()
    if (this.#options.compact === true) this.compact()
    for (let times = 1; times < maxLooks; times++) {
      const ofHosts = this.#ofHosts
      const seen = look()
      if (this.#archives.areCurrent() && haveSame(ofHosts, this.#ofHosts)) return seen
    }
    const lock = this.#keepFromCompaction()
    try {
      const seen = look()
      if (!this.#archives.areCurrent()) this.#fail('PLIMSOLL_FLEET_UNSETTLED', { times: maxLooks })
      return seen
    } finally {
      lock?.release()
    }
  }

  #keepFromCompaction(): CompactionLock | undefined {
    try {
      return lockCompaction(this.directory)
    } catch {
      // No directory, or no locks here: what was seen is checked all the same.
      return undefined
    }
  }

  #merge(look: Parameters<GuardedMerger['merge']>[0]): Snapshot {
    const { total, failures } = this.#merger.merge(look)
    this.failures = [...this.failures, ...failures]
    return withConflictCounts(total)
  }

  /**
   * Passes on all pages that are not in an archive, and the archives; returns the pages that exist and are in an archive.
   * What is in columns is valid until it returns.
   */
  #each(
    take: (snapshot: ColumnSnapshot) => unknown,
    selection: Selection | undefined,
    how: { readonly inColumns?: boolean; readonly selectionOf?: SelectionOf | undefined } = {},
  ): string[] {
    const failures: PageFailure[] = []
    const isOwn = (page: PageInfo): boolean => this.isOwn(page)
    const { archives, counting, retained, refused } = this.#list(failures)
    this.#retained = retained
    const pages: PageInfo[] = []
    const takeOwn = (snapshot: ColumnSnapshot): void => {
      const page = snapshot.pages.find(isOwn)
      if (page === undefined) return
      pages.push(page)
      const naming = this.#ofHosts.get(page.app)
      take(naming === undefined ? snapshot : withHosts(snapshot, naming))
    }
    const unread = this.#pages.each(counting, takeOwn, { selection, isWanted: isOwn, ...how })
    for (const { snapshot, error } of unpublishedParts(this.directory, isOwn, selection)) {
      takeOwn(snapshot)
      failures.push({ file: this.directory, error })
    }
    // Gauges by process of ended writers are left out, so they do not make a second host.
    this.#ofHosts = appsOfHosts(pages.filter(isAlive))
    // Where pages are found all the same, nobody misses those of the other user.
    if (refused !== undefined && pages.length === 0) failures.push(refused)
    const takenAt = this.#clock.unixTime()
    for (const { snapshot } of archives) take({ ...selectSnapshot(snapshot, selection), takenAt })
    this.failures = [...failures, ...unread.filter(({ error }) => !isGone(error))]
    const isEmpty = pages.length === 0 && archives.length === 0 && this.failures.length === 0
    if (isEmpty) this.#fail('PLIMSOLL_FLEET_EMPTY', { app: this.#app === undefined ? 'any app' : `app "${this.#app}"` })
    return retained
  }

  /** The archives, the files that count besides them, and those that are in an archive but still there. */
  #list(failures: PageFailure[]): FilesOfFleet {
    const foreign = this.#given === undefined ? refusedDefault() : undefined
    const refused = foreign && { file: foreign.path, error: foreign.error }
    if (foreign?.path === this.directory) {
      this.#archives.read([])
      return { archives: [], counting: [], retained: [], refused }
    }
    // First the archives: a page that is listed after that and not in them counts itself.
    const archives = this.#archives.read(failures)
    const archived = archivedPages(archives)
    const files = this.#files(failures)
    const isArchived = (file: string): boolean => archived.has(basename(file))
    return {
      archives,
      counting: files.filter((file) => !isArchived(file)),
      retained: files.filter(isArchived),
      refused,
    }
  }

  #files(failures: PageFailure[]): string[] {
    try {
      this.#names = namesIn(this.directory)
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error
      if (failures.every(({ file }) => file !== this.directory)) failures.push({ file: this.directory, error })
    }
    return [...finishedPages(this.directory, this.#names), ...this.#mmstatsFiles(this.#names)]
  }

  /** Only where they were asked for: the usual place is a directory that anyone may write to. */
  #mmstatsFiles(names: readonly string[]): string[] {
    const { mmstats = false } = this.#options
    const there = this.#isNamed ? mmstatsAmong(this.directory, names) : []
    if (mmstats === false) return there
    return [...new Set([...there, ...(mmstats === true ? listMmstats() : mmstatsIn(mmstats))])]
  }

  #fail(code: ErrorCode, values: object): void {
    const error = new PlimsollError(code, { directory: this.directory, ...values })
    this.failures = [...this.failures, { file: this.directory, error }]
  }

  /** Reports each kind of failure once, until compaction succeeds again. */
  #warn(error: PlimsollError): void {
    if (this.#told.has(error.code)) return
    this.#told.add(error.code)
    warn(error, this.#options.onWarning)
  }
}

interface FilesOfFleet {
  readonly archives: Archive[]
  readonly counting: string[]
  readonly retained: string[]
  /** The default directory, where another user made it. */
  readonly refused: PageFailure | undefined
}

function haveSame(a: ReadonlyMap<string, HostNaming>, b: ReadonlyMap<string, HostNaming>): boolean {
  return a.size === b.size && [...a].every(([app, naming]) => b.get(app) === naming)
}
