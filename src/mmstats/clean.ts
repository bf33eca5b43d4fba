import { closeSync, fstatSync, lstatSync, unlinkSync } from 'node:fs'
import { type Clock, systemClock } from '../clock.ts'
import { PlimsollError, reasonOf } from '../errors.ts'
import { openFile } from './file.ts'
import { MmstatsReader } from './reader.ts'

/** What `cleanMmstats` may be told. */
export interface CleanMmstatsOptions {
  /** Seconds since which the file must not have changed, 0 or more, as far as the file system tells. @default 0 */
  readonly olderThan?: number
  /** Only say what would be removed. @default false */
  readonly dryRun?: boolean
  /** What ages are measured by. Default: the machine's clock. */
  readonly clock?: Clock
}

/** What became of an mmstats file. */
export interface CleanedMmstats {
  readonly file: string
  /** With `dryRun`: whether it would have been removed. */
  readonly removed: boolean
  /**
   * `dead`: its writer is gone; `live`: it runs, or may run; `young`: dead, but not for long enough;
   * `gone`: somebody else removed it meanwhile; `unknown`: it cannot be told, and `error` says why.
   */
  readonly why: 'dead' | 'live' | 'young' | 'gone' | 'unknown'
  readonly error?: PlimsollError
}

/**
 * Removes those of these mmstats files whose writer is gone. Never that of a process that runs, whoever owns it, and
 * nothing that is no mmstats file or that has no process id. Throws nothing of its own.
 */
export function cleanMmstats(files: readonly string[], options: CleanMmstatsOptions = {}): CleanedMmstats[] {
  return files.map((file) => {
    try {
      return cleanFile(file, options)
    } catch (cause) {
      if (isGone(cause) || isGone((cause as Error).cause)) return { file, removed: false, why: 'gone' }
      const error = cause instanceof PlimsollError ? cause : notRemoved(file, reasonOf(cause), cause)
      return { file, removed: false, why: 'unknown', error }
    }
  })
}

function cleanFile(file: string, { olderThan = 0, dryRun, clock = systemClock }: CleanMmstatsOptions): CleanedMmstats {
  const fd = openFile(file)
  try {
    const life = new MmstatsReader(file, fd, {}).life()
    if (life === 'unknown') throw notRemoved(file, 'it has no id of a process')
    if (life === 'live') return { file, removed: false, why: 'live' }
    const { ino, dev, mtimeMs } = fstatSync(fd)
    if (clock.unixTime() - mtimeMs / 1000 < olderThan) return { file, removed: false, why: 'young' }
    // The name may lead to the file of a new writer by now.
    const there = lstatSync(file)
    if (there.ino !== ino || there.dev !== dev) return { file, removed: false, why: 'gone' }
    if (dryRun !== true) unlinkSync(file)
    return { file, removed: true, why: 'dead' }
  } finally {
    closeSync(fd)
  }
}

function notRemoved(file: string, reason: string, cause?: unknown): PlimsollError {
  return new PlimsollError('PLIMSOLL_PAGE_NOT_REMOVED', { file, reason }, { cause })
}

function isGone(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
}
