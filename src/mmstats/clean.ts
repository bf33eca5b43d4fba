import { closeSync, lstatSync, unlinkSync } from 'node:fs'
import { type Clock, systemClock } from '../clock.ts'
import { optionInvalid, PlimsollError, reasonOf } from '../errors.ts'
import { checkOptions, clockLike, flag, seconds } from '../options.ts'
import { isLocked, lockExclusive } from '../os/map.ts'
import { codeOf, openReadable } from '../os/trusted-file.ts'
import { formatVersion, unfinishedSuffix } from './layout.ts'
import { readHead } from './read/file.ts'
import { MmstatsReader } from './read/reader.ts'
import type { WriterLife } from './read/writer-life.ts'

/** The writer of such a file has its lock long before this; asking for that of a younger one could take it away. */
const unfinishedSeconds = 60

/** Options of `cleanMmstats`. */
export interface CleanMmstatsOptions {
  /** Seconds since which the file must not have changed, 0 or more, by the file system. @default 0 */
  readonly olderThan?: number
  /** Only say what would be removed. @default false */
  readonly dryRun?: boolean
  /** What ages are measured by. Default: the machine's clock. */
  readonly clock?: Clock
}

/** What became of an mmstats file. */
export interface CleanedMmstats {
  /** Path of the file. */
  readonly file: string
  /** With `dryRun`: whether it would have been removed. */
  readonly removed: boolean
  /**
   * `dead`: its writer is gone; `unfinished`: left over by a writer that died before the file had its name;
   * `live`: it runs, or may run; `young`: dead, but not for long enough;
   * `gone`: somebody else removed it meanwhile; `unknown`: it cannot be determined, and `error` contains the reason.
   */
  readonly why: 'dead' | 'unfinished' | 'live' | 'young' | 'gone' | 'unknown'
  /** Why it could not be removed. */
  readonly error?: PlimsollError
}

/**
 * Removes those of these mmstats files whose writer is gone, the unfinished ones of {@link unfinishedIn} after 60 s. Never
 * that of a running process of any user, and nothing that is not an mmstats file or that has no process id. Throws
 * nothing of its own.
 */
export function cleanMmstats(files: readonly string[], options: CleanMmstatsOptions = {}): CleanedMmstats[] {
  if (!Array.isArray(files)) throw optionInvalid('files', 'cleanMmstats()', files, 'an array of paths')
  checkOptions('cleanMmstats()', options, { olderThan: seconds, dryRun: flag, clock: clockLike })
  return files.map((file) => {
    try {
      return cleanFile(file, options)
    } catch (cause) {
      if ([cause, (cause as Error).cause].some((each) => codeOf(each) === 'ENOENT'))
        return { file, removed: false, why: 'gone' }
      const error = cause instanceof PlimsollError ? cause : notRemoved(file, reasonOf(cause), cause)
      return { file, removed: false, why: 'unknown', error }
    }
  })
}

function cleanFile(file: string, { olderThan = 0, dryRun, clock = systemClock }: CleanMmstatsOptions): CleanedMmstats {
  const { fd, stats } = openReadable(file)
  try {
    const isUnfinished = file.endsWith(unfinishedSuffix)
    const { ino, dev, mtimeMs } = stats
    const age = clock.unixTime() - mtimeMs / 1000
    if (isUnfinished && age < unfinishedSeconds) return { file, removed: false, why: 'young' }
    const life = isUnfinished ? lifeOfUnfinished(file, fd) : new MmstatsReader(file, fd, {}).life()
    if (life === 'unknown') throw notRemoved(file, 'it has no process id')
    if (life === 'live') return { file, removed: false, why: 'live' }
    // A clock that was set back makes the age negative, which must not keep a file that any age would do for.
    if (olderThan > 0 && age < olderThan) return { file, removed: false, why: 'young' }
    // The name may lead to the file of a new writer by now.
    const there = lstatSync(file)
    if (there.ino !== ino || there.dev !== dev) return { file, removed: false, why: 'gone' }
    if (dryRun !== true) unlinkSync(file)
    return { file, removed: true, why: isUnfinished ? 'unfinished' : 'dead' }
  } finally {
    closeSync(fd)
  }
}

/** Such a file is locked at once and full of zeros until it is whole. What is neither was named so by somebody else. */
function lifeOfUnfinished(file: string, fd: number): WriterLife {
  const [first = 0] = readHead(file, fd, 1)
  if (first !== 0 && first !== formatVersion) throw notRemoved(file, 'it is not an mmstats file')
  if (isLocked(fd) === true) return 'live'
  return lockExclusive(fd) ? 'exited' : 'live'
}

function notRemoved(file: string, reason: string, cause?: unknown): PlimsollError {
  return new PlimsollError('PLIMSOLL_PAGE_NOT_REMOVED', { file, reason }, { cause })
}
