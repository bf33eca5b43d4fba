import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PlimsollError, reasonOf } from '../errors.ts'
import { codeOf } from '../os/trusted-file.ts'
import { pageSuffix } from './layout.ts'

const longestAppInName = 64

/** The name of an app as the name of a file begins with it: without what is odd there, and never hidden. */
export function nameInFile(app: string): string {
  return app.replace(/[^\w.-]|^\./g, '_').slice(0, longestAppInName)
}

/**
 * The paths of all finished pages in a directory, sorted. None when there is no such directory; any other failure
 * throws PLIMSOLL_DIRECTORY_UNREADABLE.
 */
export function listPages(directory: string): string[] {
  const finished = listNames(directory).filter((name) => !name.startsWith('.'))
  return finished.map((name) => join(directory, name))
}

/** The names of all pages in a directory, finished or not, sorted; otherwise like {@link listPages}. */
export function listNames(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith(pageSuffix))
      .sort()
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return []
    throw new PlimsollError('PLIMSOLL_DIRECTORY_UNREADABLE', { directory, reason: reasonOf(cause) }, { cause })
  }
}
