import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Clock } from '../clock.ts'
import { PlimsollError } from '../errors.ts'
import { openFile } from '../fleet/open-file.ts'
import { listMmstats, listUnfinished, mmstatsIn, unfinishedIn } from '../mmstats/glob.ts'
import { fileSuffix } from '../mmstats/layout.ts'
import { defaultDirectory, listPages } from '../page/directory.ts'
import { pageSuffix } from '../page/layout.ts'
import { OpenPages, type PageFailure } from '../page/open-pages.ts'
import type { PageInfo, Snapshot } from '../snapshot/snapshot.ts'
import type { Arguments } from './arguments.ts'

/** What a selection gave. */
export interface Selected {
  /** One snapshot a page. */
  readonly snapshots: readonly Snapshot[]
  /** What could not be read, or not to its end: a page, a directory, or a target that there is no page of. */
  readonly failures: readonly PageFailure[]
}

/** What of the pages a command line asks for, to be read as often as wanted. */
export class Selection {
  /** Absolute paths, in the order given, each once. */
  readonly directories: readonly string[]
  /** Process ids, apps and page files; none means all pages of the directories. */
  readonly targets: readonly string[]
  /** Where no directory is given, mmstats files are where their own variables say. */
  private readonly isDefault: boolean
  private readonly pages: OpenPages
  /** What is wrong with files of which a part could be read, since the last look. */
  private defects: PageFailure[] = []

  constructor(directories: readonly string[] | undefined, targets: readonly string[], clock: Clock) {
    this.isDefault = directories === undefined
    this.directories = [...new Set((directories ?? [defaultDirectory()]).map((directory) => resolve(directory)))]
    this.targets = targets
    this.pages = new OpenPages({ clock }, (file, options) =>
      openFile(file, { ...options, onDefect: (error) => this.defects.push({ file, error }) }),
    )
  }

  /** The pages now, and what could not be read or found. */
  read(): Selected {
    const failures: PageFailure[] = []
    const named = new Map(
      this.targets.filter((target) => this.isFile(target)).map((target) => [this.locate(target), target]),
    )
    const all = this.targets.length > named.size || this.targets.length === 0
    const listed = all ? this.list(failures) : []
    this.defects = []
    const read = this.pages.read([...new Set([...listed, ...named.keys()])])
    failures.push(...this.defects)
    // A page that was removed between the list and the look is no trouble; one that was asked for is.
    for (const failure of read.failures) if (named.has(failure.file) || !isGone(failure.error)) failures.push(failure)
    if (this.targets.length === 0) return { snapshots: read.snapshots, failures }
    const wanted = (page: PageInfo): boolean =>
      this.targets.some((target) => named.has(page.file ?? '') || matches(page, target))
    const snapshots = read.snapshots.filter(({ pages }) => pages.some(wanted))
    for (const target of this.targets) {
      const found = this.isFile(target) || snapshots.some(({ pages }) => pages.some((page) => matches(page, target)))
      if (!found) failures.push({ file: target, error: this.notFound(target) })
    }
    return { snapshots, failures }
  }

  /** Whether a page was asked for by its process id or file, not only by its app. */
  asksFor({ file, pid }: PageInfo): boolean {
    return this.targets.some(
      (target) => target === String(pid) || (this.isFile(target) && this.locate(target) === file),
    )
  }

  /** Friendly words where there is nothing to show. */
  nothingHere(): string {
    const [first = '', ...others] = this.directories
    const missing = others.length === 0 && !existsSync(first) ? ', which does not exist yet' : ''
    const where = this.directories.join(', ')
    return `nobody publishes in ${where}${missing}. Call publish() in your app, or start it with "node --import plimsoll/register"; if it writes to another directory, give that with --dir or PLIMSOLL_DIR.`
  }

  close(): void {
    this.pages.close()
  }

  /** Files in the format of mmstats: those of the directories, or of `$MMSTATS_GLOB` where none are given. */
  mmstatsFiles(): string[] {
    return this.isDefault ? listMmstats() : this.directories.flatMap(mmstatsIn)
  }

  /** What writers of such files that died left over in the same places. */
  unfinishedMmstats(): string[] {
    return this.isDefault ? listUnfinished() : this.directories.flatMap(unfinishedIn)
  }

  private list(failures: PageFailure[]): string[] {
    const pages = this.directories.flatMap((directory) => {
      try {
        return listPages(directory)
      } catch (error) {
        if (!(error instanceof PlimsollError)) throw error
        failures.push({ file: directory, error })
        return []
      }
    })
    return [...pages, ...this.mmstatsFiles()]
  }

  /** Whether a word names a file, and not a process or an app: the name of an app may have a `/` in it, `@acme/shop`. */
  private isFile(target: string): boolean {
    if (target.endsWith(pageSuffix) || target.endsWith(fileSuffix)) return true
    return target.includes('/') && existsSync(this.locate(target))
  }

  /** A page file may be given by its path, or by its bare name in one of the directories. */
  private locate(target: string): string {
    const places = [resolve(target), ...this.directories.map((directory) => join(directory, target))]
    return places.find((place) => existsSync(place)) ?? resolve(target)
  }

  private notFound(given: string): PlimsollError {
    return new PlimsollError('PLIMSOLL_PAGE_NOT_FOUND', { given, directory: this.directories.join(', ') })
  }
}

/** The selection of a command line: its `--dir`s, else the default directory, and its words. */
export function selectionOf({ values }: Arguments, targets: readonly string[], clock: Clock): Selection {
  return new Selection(values.get('dir'), targets, clock)
}

/** Pages of one app, in the order of their process and thread ids; apps in the order of their names. */
export function byApp(snapshots: readonly Snapshot[]): ReadonlyMap<string, readonly Snapshot[]> {
  const apps = new Map<string, Snapshot[]>()
  for (const snapshot of [...snapshots].sort((a, b) => order(pageOf(a), pageOf(b)))) {
    const { app } = pageOf(snapshot)
    const known = apps.get(app)
    if (known === undefined) apps.set(app, [snapshot])
    else known.push(snapshot)
  }
  return apps
}

/** The page that a page's snapshot is of. */
export function pageOf({ pages }: Snapshot): PageInfo {
  return pages[0] as PageInfo
}

/** By app, then process, then thread; of pages that share these, by age. */
function order(a: PageInfo, b: PageInfo): number {
  if (a.app !== b.app) return a.app < b.app ? -1 : 1
  return a.pid - b.pid || a.tid - b.tid || a.startedAt - b.startedAt
}

function matches({ pid, app }: PageInfo, target: string): boolean {
  return target === String(pid) || target === app
}

function isGone({ cause }: PlimsollError): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
}
