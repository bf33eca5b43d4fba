import { closeSync, lstatSync, readSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, systemClock } from '../clock.ts'
import { PlimsollError, reasonOf } from '../errors.ts'
import { codeOf, openTrusted, UntrustedFile, unreadable } from '../os/trusted-file.ts'
import { listNames } from './directory.ts'
import { headerBytes, magic } from './layout.ts'
import { isAbandoned, retire } from './life.ts'
import { checkHeader, silenceOf } from './read/header.ts'

/** Options of `cleanDirectory`. */
export interface CleanOptions {
  /** Seconds for which the writer must have been silent, 0 or more. @default 0 */
  readonly olderThan?: number
  /** Only say what would be removed. @default false */
  readonly dryRun?: boolean
  /** What ages are measured by. Default: the machine's clock. */
  readonly clock?: Clock
  /** @internal Whether nothing is lost when the page of a dead writer goes; else it stays, as `notYetArchived`. Default: yes. */
  readonly mayRemove?: (file: string) => boolean
}

/** What became of a file. */
export interface CleanedFile {
  readonly file: string
  /** With `dryRun`: whether it would have been removed. */
  readonly removed: boolean
  /**
   * `dead`: its writer is gone; `unfinished`: left over by a writer that died before the page had its name;
   * `live`: a writer holds it, or somebody looked at it in that instant; `closed`: so it is, but it was closed, and its
   * process may publish it again; `young`: dead, but not for long enough;
   * `notYetArchived`: what it counted is in no archive yet;
   * `gone`: somebody else removed it meanwhile; `unknown`: it is not a page, or it cannot be determined; `error` contains the
   * reason.
   */
  readonly why: 'dead' | 'unfinished' | 'live' | 'closed' | 'young' | 'notYetArchived' | 'gone' | 'unknown'
  readonly error?: PlimsollError
}

/** The creator of a page has its lock long before this; until then a file without a lock may still be on its way. */
const unfinishedSeconds = 60

/**
 * Removes the pages of dead writers from a directory, and what writers that died early left over; never the page of a
 * live one, and nothing that is not a page. A page goes only while nobody can write to it and its name still leads to it.
 * With it goes what it counted, unless that was archived before. Mapped pages stay where locks cannot be asked for: without
 * koffi, or on another system than 64-bit Linux; their error is PLIMSOLL_LOCK_UNKNOWN.
 *
 * No directory gives an empty list. Throws PLIMSOLL_DIRECTORY_UNREADABLE.
 */
export function cleanDirectory(directory: string, options: CleanOptions = {}): CleanedFile[] {
  return listNames(directory).map((name) => cleanFile(join(directory, name), name.startsWith('.'), options))
}

/** Removes a page when its writer is gone; says whether it did. Throws nothing. */
export function removePage(file: string): boolean {
  return cleanFile(file, false, {}).removed
}

/** Removes what writers that died early left over in a directory, after a minute. Throws nothing. */
export function removeUnfinishedPages(directory: string, clock: Clock): void {
  try {
    const left = listNames(directory).filter((name) => name.startsWith('.'))
    for (const name of left) cleanFile(join(directory, name), true, { clock })
  } catch {
    // Listing its pages reports that.
  }
}

function cleanFile(file: string, unfinished: boolean, options: CleanOptions): CleanedFile {
  let fd: number | undefined
  try {
    const opened = openTrusted(file)
    fd = opened.fd
    const { stats } = opened
    const { clock = systemClock } = options
    const unchanged = clock.unixTime() - stats.mtimeMs / 1000
    const { silence, hasEnded } = unfinished ? unfinishedPage(file, fd) : finishedPage(file, fd, clock)
    const silent = silence ?? unchanged
    // Not even looked at for an instant: a creator that finds its new file locked gives up.
    if (unfinished && silent < unfinishedSeconds) return { file, removed: false, why: 'young' }
    if (!hasNoWriter(file, fd, silent, unfinished)) return { file, removed: false, why: hasEnded ? 'closed' : 'live' }
    const { olderThan = 0 } = options
    // A clock that was set back makes the silence negative, which must not keep a page that any age would do for.
    if (olderThan > 0 && silent < olderThan) return { file, removed: false, why: 'young' }
    // The name may lead to another file by now, whose lock is not the one held here.
    const there = lstatSync(file)
    if (there.ino !== stats.ino || there.dev !== stats.dev) return { file, removed: false, why: 'gone' }
    if (!unfinished && options.mayRemove?.(file) === false) return { file, removed: false, why: 'notYetArchived' }
    if (options.dryRun !== true) {
      retire(file, opened)
      unlinkSync(file)
    }
    return { file, removed: true, why: unfinished ? 'unfinished' : 'dead' }
  } catch (error) {
    return failure(file, error)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function failure(file: string, cause: unknown): CleanedFile {
  if (codeOf(cause) === 'ENOENT') return { file, removed: false, why: 'gone' }
  const error = cause instanceof PlimsollError ? cause : notRemoved(file, cause)
  return { file, removed: false, why: 'unknown', error }
}

function notRemoved(file: string, cause: unknown): PlimsollError {
  if (cause instanceof UntrustedFile && cause.owner !== undefined) return unreadable(file, cause)
  return new PlimsollError('PLIMSOLL_PAGE_NOT_REMOVED', { file, reason: reasonOf(cause) }, { cause })
}

/** A living writer that was about to name its unfinished page finds that it is gone, and makes another one. */
function hasNoWriter(file: string, fd: number, silent: number, unfinished: boolean): boolean {
  try {
    return isAbandoned(fd, silent)
  } catch (cause) {
    if (unfinished) return true
    throw new PlimsollError('PLIMSOLL_LOCK_UNKNOWN', { file, reason: reasonOf(cause) }, { cause })
  }
}

interface LastSign {
  /** In seconds; `null` where only the time of the file's last change is known. */
  readonly silence: number | null
  readonly hasEnded: boolean
}

/** A damaged page is a page, and may go once its writer is gone. */
function finishedPage(file: string, fd: number, clock: Clock): LastSign {
  try {
    const header = checkHeader(file, head(fd))
    return { silence: silenceOf(header, clock), hasEnded: header.ended > 0 }
  } catch (error) {
    if ((error as PlimsollError).code !== 'PLIMSOLL_PAGE_DAMAGED') throw error
    return { silence: null, hasEnded: false }
  }
}

/** A page begins its life as nothing, then zeros, then a header. */
function unfinishedPage(file: string, fd: number): LastSign {
  const found = head(fd).toString('latin1', 0, magic.length)
  if (found !== magic && /[^\0]/.test(found)) throw new PlimsollError('PLIMSOLL_PAGE_UNKNOWN', { file, found })
  return { silence: null, hasEnded: false }
}

/** The first block; zeros where the file is shorter. */
function head(fd: number): Buffer {
  const block = Buffer.alloc(headerBytes)
  readSync(fd, block, 0, headerBytes, 0)
  return block
}
