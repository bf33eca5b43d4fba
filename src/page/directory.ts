import { readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import { PlimsollError, reasonOf } from '../errors.ts'
import { codeOf } from '../os/trusted-file.ts'
import { pageSuffix } from './layout.ts'

const maxAppInName = 64

/** The name of an app as the name of a file begins with it: without what is odd there, and never hidden. */
export function nameInFile(app: string): string {
  return app.replace(/[^\w.-]|^\./g, '_').slice(0, maxAppInName)
}

/**
 * The paths of all finished pages in a directory, sorted. None when there is no such directory; any other failure
 * throws PLIMSOLL_DIRECTORY_UNREADABLE.
 */
export function listPages(directory: string): string[] {
  return finishedPages(directory, namesIn(directory))
}

/** As {@link listPages}, of the names of all files in the directory. */
export function finishedPages(directory: string, names: readonly string[]): string[] {
  const finished = pageNames(names).filter((name) => !name.startsWith('.'))
  // Much faster than to join each, and there may be thousands.
  const start = join(directory, sep)
  return finished.map((name) => start + name)
}

/** The names of all pages in a directory, finished or not, sorted; otherwise like {@link listPages}. */
export function listNames(directory: string): string[] {
  return pageNames(namesIn(directory))
}

/** The names of all files in a directory; otherwise like {@link listPages}. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return []
    throw new PlimsollError('PLIMSOLL_DIRECTORY_UNREADABLE', { directory, reason: reasonOf(cause) }, { cause })
  }
}

function pageNames(names: readonly string[]): string[] {
  return names.filter((name) => name.endsWith(pageSuffix)).sort()
}
