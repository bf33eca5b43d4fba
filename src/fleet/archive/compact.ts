import { existsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Clock } from '../../clock.ts'
import { PlimsollError, reasonOf } from '../../errors.ts'
import { isFull, unreadable } from '../../os/trusted-file.ts'
import { removePage } from '../../page/clean.ts'
import { listPages } from '../../page/directory.ts'
import type { PageFailure } from '../../page/read/open-pages.ts'
import { readPage } from '../../page/read/reader.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import { Additions } from './additions.ts'
import { type Archive, archivedPages, archiveFile } from './archive.ts'
import type { Archives } from './archives.ts'
import { type Clearings, readClearings } from './clearings.ts'
import { type CompactionLock, lockCompaction, maxAttempts } from './compaction-lock.ts'
import { readDeadPage } from './dead-page.ts'
import { freeSpace } from './free-space.ts'
import { archiveDaysOf, firstDueAt } from './last-seen.ts'
import { copyAside, setAside } from './set-aside.ts'
import { removeUnfinishedArchives, writeArchive } from './write-archive.ts'

/** What a call of `compact` did. */
export interface Compaction {
  /** The pages whose numbers went into the archive. */
  readonly archived: readonly string[]
  /** The pages that were removed, as they had been archived before and had stayed. */
  readonly removed: readonly string[]
  /** Why compaction was put off, or what was wrong with the archive; reading goes on. Of several apps, that of the first one. */
  readonly error: PlimsollError | undefined
}

/** How to compact. */
export interface CompactOptions {
  readonly clock: Clock
  /** Seconds for which a page stays after it was archived; `undefined` where the caller removes pages. */
  readonly retentionSeconds: number | undefined
  /** Seconds for which a writer without a lock must have shown no sign of life. */
  readonly silentSeconds: number
  /** Days after which series that no process has go to `evicted`. Default: `$PLIMSOLL_ARCHIVE_DAYS`, else 30. */
  readonly archiveDays?: number | undefined
  /** Whether to wait up to a second while another is at it. @default false */
  readonly wait?: boolean
  /** Milliseconds after which no further dead page is read, once there was one. Default: none. */
  readonly budgetMs?: number
}

/** So many archived pages stay at most, the youngest. */
export const maxRetained = 100

/**
 * Seconds of silence before a page is archived. A writer beats each second: one whose lock an app closed by mistake is not
 * gone.
 */
export const usualSilence = 3

/** Seconds for which an archived page stays, where nothing else is said. */
export const usualRetention = 600

const noCompaction: Compaction = { archived: [], removed: [], error: undefined }

/**
 * Compacts the pages of writers that are gone into these archives, and removes those that have stayed. At each instant an
 * archive is the whole old one or the whole new one, and says which pages are in it; so this may be killed between any two
 * steps, and the next call goes on. One process or thread at a time: nothing is done, and no error, while another is at it.
 * What is wrong with the archive of one app keeps no other from being archived. Throws nothing.
 */
export function compactDirectory(archives: Archives, options: CompactOptions): Compaction {
  const { directory } = archives
  let lock: CompactionLock | undefined
  try {
    if (statSync(directory, { throwIfNoEntry: false }) === undefined) return noCompaction
    lock = lockCompaction(directory, options.wait === true ? maxAttempts : 1)
    return lock === undefined ? noCompaction : compactLocked(archives, lock, options)
  } catch (cause) {
    return { ...noCompaction, error: notWritten(directory, cause) }
  } finally {
    lock?.release()
  }
}

function notWritten(directory: string, cause: unknown): PlimsollError {
  return new PlimsollError('PLIMSOLL_ARCHIVE_NOT_WRITTEN', { directory, reason: reasonOf(cause) }, { cause })
}

function compactLocked(archives: Archives, lock: CompactionLock, options: CompactOptions): Compaction {
  const { directory } = archives
  const { clock } = options
  // What is removed from now on may not be seen below.
  const now = clock.unixTime()
  removeUnfinishedArchives(directory)
  const failures: PageFailure[] = []
  archives.read(failures)
  const errors: PlimsollError[] = []
  const { unusable, damaged } = unusableArchives(directory, failures, errors)
  const pages = listPages(directory)
  const there = new Set(pages.map((file) => basename(file)))
  const archived: string[] = []
  const archiveDays = archiveDaysOf(options.archiveDays)
  const clearings = readClearings(pages, archives.known(), now)
  const all = deadPages(pages, archives, clearings, options, errors)
  for (const archive of archives.known()) {
    const { app } = archive
    const isDue = dueAt(archive, archiveDays) < now
    if (all.has(app) || !(isDue || clearings.has(app))) continue
    const additions = new Additions(app, archive, clearings.get(app))
    if (isDue || additions.hasForgotten) all.set(app, additions)
  }
  // This process has read it before: what it had is written again.
  for (const lost of archives.unreadable()) {
    const { app } = lost
    if (damaged.has(archiveFile(directory, app)) && !all.has(app))
      all.set(app, new Additions(app, lost, clearings.get(app)))
  }
  for (const [app, additions] of all) {
    const file = archiveFile(directory, app)
    const failure = unusable.get(file)
    if (failure !== undefined) {
      errors.push(failure)
      continue
    }
    try {
      const living = (): Snapshot[] => livingPages(pages, app, clock)
      const next = additions.archive({ file, now, there, archiveDays, living })
      const write = (): void => archives.replace(writeArchive(lock, file, next))
      if (damaged.delete(file)) copyAside(file)
      try {
        write()
      } catch (cause) {
        const retained = archives
          .readable()
          .flatMap((one) => [...one.pages.keys()].map((name) => join(directory, name)))
        if (!isFull(cause) || !freeSpace(retained, additions.files)) throw cause
        write()
      }
      archived.push(...additions.files)
    } catch (cause) {
      errors.push(notWritten(directory, cause))
    }
  }
  for (const file of damaged) setAside(file)
  return { archived, removed: removeStayed(directory, archives.readable(), options), error: errors[0] }
}

/** Archives that are there and can be neither read nor replaced, and why, and those that are damaged. */
function unusableArchives(
  directory: string,
  failures: readonly PageFailure[],
  errors: PlimsollError[],
): { readonly unusable: ReadonlyMap<string, PlimsollError>; readonly damaged: Set<string> } {
  const unusable = new Map<string, PlimsollError>()
  const damaged = new Set<string>()
  for (const { file, error } of failures) {
    // The archives cannot be listed.
    if (file === directory) throw error
    if (error.code === 'PLIMSOLL_ARCHIVE_DAMAGED') {
      damaged.add(file)
      errors.push(error)
    } else unusable.set(file, error)
  }
  return { unusable, damaged }
}

/** The pages of the dead that are in no archive, by app; none of an app one of whose pages cannot be added up: they stay. */
function deadPages(
  files: readonly string[],
  archives: Archives,
  clearings: ReadonlyMap<string, Clearings>,
  options: CompactOptions,
  errors: PlimsollError[],
): Map<string, Additions> {
  const { app } = archives
  const archived = archivedPages(archives.known())
  const dead = new Map<string, Additions>()
  const failed = new Set<string>()
  const begunAt = performance.now()
  for (const file of files) {
    if (dead.size > 0 && performance.now() - begunAt > (options.budgetMs ?? Infinity)) break
    const snapshot = archived.has(basename(file)) ? undefined : readDeadPage(file, { ...options, app })
    if (snapshot === undefined) continue
    const { app: its } = snapshot.pages[0] as PageInfo
    let additions = dead.get(its)
    if (additions === undefined) {
      additions = new Additions(its, archives.of(its), clearings.get(its))
      dead.set(its, additions)
    }
    try {
      additions.add(file, snapshot)
    } catch (cause) {
      failed.add(its)
      errors.push(unreadable(file, cause))
    }
  }
  for (const its of failed) dead.delete(its)
  return dead
}

const dueTimes = new WeakMap<Archive, { readonly archiveDays: number; readonly at: number }>()

/** When the first series of an archive may go to `evicted`. */
function dueAt(archive: Archive, archiveDays: number): number {
  const known = dueTimes.get(archive)
  if (known?.archiveDays === archiveDays) return known.at
  const at = firstDueAt(archive.snapshot, archive.lastSeen, archiveDays)
  dueTimes.set(archive, { archiveDays, at })
  return at
}

/** The pages of an app whose writers live; those that cannot be read are left out. */
function livingPages(files: readonly string[], app: string, clock: Clock): Snapshot[] {
  return files.flatMap((file) => {
    try {
      const snapshot = readPage(file, { clock })
      return snapshot.pages.some((page) => page.app === app && isAlive(page)) ? [snapshot] : []
    } catch {
      return []
    }
  })
}

/** Removes archived pages that have stayed, or are too many. */
function removeStayed(
  directory: string,
  archives: readonly Archive[],
  { clock, retentionSeconds }: CompactOptions,
): string[] {
  if (retentionSeconds === undefined) return []
  const now = clock.unixTime()
  const retained = archives.flatMap(({ pages }) => [...pages]).filter(([name]) => existsSync(join(directory, name)))
  retained.sort(([, a], [, b]) => b - a)
  const gone = retained.filter(([, archivedAt], i) => i >= maxRetained || now - archivedAt >= retentionSeconds)
  return gone.map(([name]) => join(directory, name)).filter((file) => removePage(file))
}
