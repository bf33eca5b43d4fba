import { systemClock } from '../clock.ts'
import { PlimsollError } from '../errors.ts'
import { type CleanedFile, type CleanOptions, cleanDirectory } from '../page/clean.ts'
import type { PageFailure } from '../page/open-pages.ts'
import { readPage } from '../page/reader.ts'
import { foldDirectory } from './fold.ts'
import { isFolded } from './ledger.ts'
import { Ledgers } from './ledgers.ts'

/** What was cleaned, and what went wrong with the ledgers. */
export interface CleanedFleet {
  readonly files: readonly CleanedFile[]
  readonly errors: readonly PlimsollError[]
}

/**
 * Removes the pages of dead writers from a directory, once the ledgers of their apps have what they counted: sums stay as
 * they are. What cannot be folded, for lack of room or rights, stays; only a page that nobody can read goes as it is.
 * Throws what `cleanDirectory` throws.
 */
export function cleanFleet(directory: string, options: CleanOptions = {}): CleanedFleet {
  if (options.dryRun === true) return { files: cleanDirectory(directory, options), errors: [] }
  const { clock = systemClock } = options
  const { error } = foldDirectory(directory, { clock, staySeconds: Infinity, silentSeconds: 0, wait: true })
  const failures: PageFailure[] = []
  const open = new Ledgers(directory, undefined)
  const ledgers = open.read(failures)
  open.close()
  const files = cleanDirectory(directory, {
    ...options,
    mayRemove: (file) => isFolded(ledgers, file) || !isReadable(file),
  })
  const errors = failures.map((failure) => failure.error)
  return { files, errors: error === undefined ? errors : [error, ...errors] }
}

function isReadable(file: string): boolean {
  try {
    readPage(file)
    return true
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    return false
  }
}
