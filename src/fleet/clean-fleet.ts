import { basename } from 'node:path'
import { systemClock } from '../clock.ts'
import { PlimsollError } from '../errors.ts'
import { type CleanedFile, type CleanOptions, cleanDirectory } from '../page/clean.ts'
import type { PageFailure } from '../page/open-pages.ts'
import { readPage } from '../page/reader.ts'
import { foldDirectory } from './fold.ts'
import { foldedPages } from './ledger.ts'
import { Ledgers } from './ledgers.ts'

/** What was cleaned, and what went wrong with the ledgers. */
export interface CleanedFleet {
  readonly files: readonly CleanedFile[]
  readonly errors: readonly PlimsollError[]
}

/**
 * Removes the pages of dead writers from a directory, once the ledgers of their apps have what they counted: sums stay as
 * they are. What cannot be folded, for lack of room or rights, stays; only a damaged page goes as it is.
 * Throws what `cleanDirectory` throws.
 */
export function cleanFleet(directory: string, options: CleanOptions = {}): CleanedFleet {
  if (options.dryRun === true) return { files: cleanDirectory(directory, options), errors: [] }
  const { clock = systemClock } = options
  const ledgers = new Ledgers(directory, undefined)
  const { error } = foldDirectory(ledgers, { clock, staySeconds: Infinity, silentSeconds: 0, wait: true })
  const failures: PageFailure[] = []
  const folded = foldedPages(ledgers.read(failures))
  ledgers.close()
  const files = cleanDirectory(directory, {
    ...options,
    mayRemove: (file) => folded.has(basename(file)) || isDamaged(file),
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
