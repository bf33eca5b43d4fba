import { basename } from 'node:path'
import { systemClock } from '../../clock.ts'
import { PlimsollError } from '../../errors.ts'
import { type CleanedFile, type CleanOptions, cleanDirectory } from '../../page/clean.ts'
import type { PageFailure } from '../../page/read/open-pages.ts'
import { readPage } from '../../page/read/reader.ts'
import { archivedPages } from './archive.ts'
import { Archives } from './archives.ts'
import { compactDirectory } from './compact.ts'

/** What was cleaned, and what went wrong with the archives. */
export interface CleanedFleet {
  readonly files: readonly CleanedFile[]
  readonly errors: readonly PlimsollError[]
}

/**
 * Removes the pages of dead writers from a directory, once the archives of their apps have what they counted: sums stay as
 * they are. What cannot be archived, for lack of room or rights, stays; only a damaged page goes as it is.
 * Throws what `cleanDirectory` throws.
 */
export function cleanFleet(directory: string, options: CleanOptions = {}): CleanedFleet {
  if (options.dryRun === true) return { files: cleanDirectory(directory, options), errors: [] }
  const { clock = systemClock } = options
  const archives = new Archives(directory, undefined)
  const { error } = compactDirectory(archives, { clock, retentionSeconds: Infinity, silentSeconds: 0, wait: true })
  const failures: PageFailure[] = []
  const archived = archivedPages(archives.read(failures))
  archives.close()
  const files = cleanDirectory(directory, {
    ...options,
    mayRemove: (file) => archived.has(basename(file)) || isDamaged(file),
  })
  const errors = failures.map((failure) => failure.error).filter((each) => each !== error)
  return { files, errors: error === undefined ? errors : [error, ...errors] }
}

/** Not so where it cannot be read now, or not by this process: the numbers are there. */
function isDamaged(file: string): boolean {
  try {
    readPage(file)
    return false
  } catch (error) {
    return error instanceof PlimsollError && error.code === 'PLIMSOLL_PAGE_DAMAGED'
  }
}
