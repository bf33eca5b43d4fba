import { resolve } from 'node:path'
import { type Clock, systemClock } from '../clock.ts'
import { PlimsollError } from '../errors.ts'
import { listMmstats, mmstatsIn } from '../mmstats/glob.ts'
import { defaultDirectory, listPages } from '../page/directory.ts'
import { appName } from '../page/identity.ts'
import { OpenPages, type PageFailure } from '../page/open-pages.ts'
import { Merger } from '../snapshot/merge.ts'
import type { Snapshot, Source } from '../snapshot/snapshot.ts'
import { byWorker } from './by-worker.ts'
import type { Folding } from './fold.ts'
import { openFile } from './open-file.ts'

/** What `fleet` may be told. */
export interface FleetOptions {
  /** The directory of the pages of an app. Default: `$PLIMSOLL_DIR`, else that of `publish`. */
  readonly dir?: string
  /** Where `takenAt` and ages come from. Default: the machine's clock. */
  readonly clock?: Clock
  /**
   * `worker`: each series stays one of its process and thread, with labels that say which: see {@link byWorker}. The sum
   * over these labels is what a fleet without this option reads.
   */
  readonly by?: 'worker'
  /**
   * Folds on each read, as {@link Fleet.fold} does, where this process may write to the directory. For whoever reads
   * regularly: a sidecar, a `/metrics` handler.
   * @default false
   */
  readonly fold?: boolean
  /**
   * Seconds for which the page of a writer that is gone stays after it was folded, so that somebody can look at it; 0 or
   * more. At most 100 such pages stay, the youngest.
   * @default 600
   */
  readonly staySeconds?: number
  /** Takes each kind of trouble with folding once. Default: `process.emitWarning`. What it throws is dropped. */
  readonly onWarning?: (warning: PlimsollError) => void
}

/** The pages of an app, or of a directory, as one source. */
export interface Fleet extends Source {
  /** Absolute path of the directory. */
  readonly directory: string
  /** What the last read could not read, and why; it hides nothing else. */
  readonly failures: readonly PageFailure[]
  /**
   * All pages, and what the ledger has of writers that are gone, as one snapshot. Only the new part of a log is parsed, and
   * no writer notices. No page at all gives an empty snapshot. Throws nothing: trouble is in `failures`.
   */
  read(): Snapshot
  /** The same in parts that agree with each other: the sum, and what it is the sum of, one snapshot a page. */
  readParts(): FleetParts
  /**
   * Moves the counters, distributions and whatever else adds up of writers that are gone into the ledger, and removes their
   * pages once they have stayed. To be called now and then by one or more processes that may write to the directory; one at
   * a time does it, the others return at once. Needs 64-bit Linux. Throws nothing.
   */
  fold(): Folding
  /** Closes all files; a later read opens them again. */
  close(): void
}

/** A fleet in its parts. */
export interface FleetParts {
  readonly total: Snapshot
  /** One snapshot a page, and one for the ledger where there is one. */
  readonly parts: readonly Snapshot[]
}

/**
 * The fleet of an app: its processes and threads, whoever started them, as one source. Any process may ask: a worker, the
 * primary, a sidecar, a command. Nothing is opened before the first read.
 *
 * `target` is the name of an app, or the path of a directory, for all apps in it. What has a `/` is a path, but for a name
 * with a scope: `@acme/shop`. Default: the app of this process, as `publish` names it.
 *
 * Throws PLIMSOLL_OPTION_INVALID.
 */
export function fleet(target: string = appName(), options: FleetOptions = {}): Fleet {
  checkOptions(target, options)
  return new DirectoryFleet(target, options)
}

class DirectoryFleet implements Fleet {
  readonly directory: string
  failures: readonly PageFailure[] = []
  readonly #app: string | undefined
  readonly #options: FleetOptions
  readonly #pages: OpenPages
  readonly #merger = new Merger()
  /** What is wrong with files of which a part could be read. */
  #defects: PageFailure[] = []

  constructor(target: string, options: FleetOptions) {
    const isDirectory = isPath(target)
    this.directory = resolve(isDirectory ? target : (options.dir ?? defaultDirectory()))
    this.#app = isDirectory ? undefined : target
    this.#options = options
    this.#pages = new OpenPages({ clock: options.clock ?? systemClock }, (file, reader) =>
      openFile(file, { ...reader, onDefect: (error) => this.#defects.push({ file, error }) }),
    )
  }

  read(): Snapshot {
    if (this.#options.by === 'worker') return byWorker(this.readParts().parts)
    this.#each((snapshot) => this.#merger.add(snapshot))
    return this.#merger.end()
  }

  readParts(): FleetParts {
    const parts: Snapshot[] = []
    this.#each((snapshot) => parts.push(snapshot))
    return { total: this.#merger.merge(parts), parts }
  }

  #each(take: (snapshot: Snapshot) => void): void {
    const app = this.#app
    const failures: PageFailure[] = []
    this.#defects = []
    const unread = this.#pages.each(this.#files(failures), (snapshot) => {
      if (app === undefined || snapshot.pages.some((page) => page.app === app)) take(snapshot)
    })
    this.failures = [...failures, ...this.#defects, ...unread.filter(({ error }) => !isGone(error))]
  }

  fold(): Folding {
    return { folded: [], removed: [], error: undefined }
  }

  close(): void {
    this.#pages.close()
  }

  #files(failures: PageFailure[]): string[] {
    const usual = this.#options.dir === undefined && this.#app !== undefined
    const old = usual ? listMmstats() : mmstatsIn(this.directory)
    try {
      return [...listPages(this.directory), ...old]
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error
      failures.push({ file: this.directory, error })
      return old
    }
  }
}

function isPath(target: string): boolean {
  return target === '.' || target === '..' || (target.includes('/') && !target.startsWith('@'))
}

/** A page that was removed between the list and the look is no trouble. */
function isGone({ cause }: PlimsollError): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
}

function checkOptions(target: string, { dir, by, staySeconds }: FleetOptions): void {
  check('target', target, typeof target === 'string' && target !== '', 'the name of an app, or the path of a directory')
  check('dir', dir, typeof dir === 'string' && dir !== '' && !isPath(target), 'the path of a directory, with an app')
  check('by', by, by === 'worker', '"worker"')
  check('staySeconds', staySeconds, typeof staySeconds === 'number' && staySeconds >= 0, 'seconds, 0 or more')
}

function check(option: string, given: unknown, good: boolean, expected: string): void {
  if (given === undefined || good) return
  throw new PlimsollError('PLIMSOLL_OPTION_INVALID', { option, where: 'fleet()', given: String(given), expected })
}
