import { basename } from 'node:path'
import { systemClock } from '../../clock.ts'
import { PlimsollError } from '../../errors.ts'
import { type CleanedFile, type CleanOptions, cleanDirectory } from '../../page/clean.ts'
import type { PageFailure } from '../../page/read/open-pages.ts'
import { readPage } from '../../page/read/reader.ts'
import { archivedPages, archiveFile } from './archive.ts'
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
  const { clock = systemClock, dryRun } = options
  const archives = new Archives(directory, undefined)
  const compaction = { clock, retentionSeconds: undefined, silentSeconds: 0, wait: true }
  const error = dryRun === true ? undefined : compactDirectory(archives, compaction).error
  const failures: PageFailure[] = []
  archives.read(failures)
  const archived = archivedPages(archives.readable())
  archives.close()
  // What a run would set aside keeps no page.
  const unusable = failures.filter(({ error: { code } }) => code !== 'PLIMSOLL_ARCHIVE_DAMAGED').map(({ file }) => file)
  const isArchivable = (app: string): boolean =>
    dryRun === true && ![directory, archiveFile(directory, app)].some((each) => unusable.includes(each))
  const files = cleanDirectory(directory, {
    ...options,
    mayRemove: (file) => archived.has(basename(file)) || losesNothing(file, isArchivable),
  })
  const errors = failures.map((failure) => failure.error).filter((each) => each !== error)
  return { files, errors: error === undefined ? errors : [error, ...errors] }
}

/**
 * Whether nothing is lost with a page: it is damaged, or what it counted can be archived. Not so where it cannot be read now,
 * or not by this process: the numbers are there.
 */
function losesNothing(file: string, isArchivable: (app: string) => boolean): boolean {
  try {
    return readPage(file).pages.every(({ app }) => isArchivable(app))
  } catch (error) {
    return error instanceof PlimsollError && error.code === 'PLIMSOLL_PAGE_DAMAGED'
  }
}
