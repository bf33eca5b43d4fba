import { existsSync, lstatSync, readdirSync, type Stats } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { PlimsollError, reasonOf } from '../errors.ts'
import { makeDirectory } from '../os/trusted-directory.ts'
import { pageSuffix } from './layout.ts'

const writableByOthers = 0o022
const sticky = 0o1000
const sharedMemory = '/dev/shm'
const longestAppInName = 64

/** Where pages are unless somebody says otherwise: `$PLIMSOLL_DIR`, else `/dev/shm/plimsoll-<uid>` or `<tmpdir>/plimsoll-<uid>`. */
export function defaultDirectory(): string {
  const given = process.env.PLIMSOLL_DIR
  if (given) return given
  return join(existsSync(sharedMemory) ? sharedMemory : tmpdir(), `plimsoll-${process.getuid?.() ?? 'user'}`)
}

/** The name of an app as the name of a file begins with it: without what is odd there, and never hidden. */
export function nameInFile(app: string): string {
  return app.replace(/[^\w.-]|^\./g, '_').slice(0, longestAppInName)
}

/**
 * Makes a directory of pages fit for writing: creates it with mode 0700 where it is missing, and refuses it
 * (PLIMSOLL_DIRECTORY_REFUSED) when somebody else could change what is in it: not a directory, a link, another
 * owner than this user or root, or writable by others without the sticky bit. Returns the absolute path; `..` takes
 * away the name before it, whatever that leads to, as it does for readers.
 */
export function prepareDirectory(directory: string): string {
  const refuse = (reason: string, cause?: unknown): PlimsollError =>
    new PlimsollError('PLIMSOLL_DIRECTORY_REFUSED', { directory, reason }, { cause })
  // Also takes a last slash away, with which a link would look like the directory that it leads to.
  const path = resolve(directory)
  let stats: Stats
  try {
    makeDirectory(path)
    stats = lstatSync(path)
  } catch (cause) {
    throw refuse(`it cannot be made (${reasonOf(cause)})`, cause)
  }
  const user = process.geteuid?.()
  if (!stats.isDirectory()) throw refuse('it is a link or no directory')
  if (user !== undefined && stats.uid !== user && stats.uid !== 0) throw refuse(`user ${stats.uid} owns it`)
  if ((stats.mode & writableByOthers) !== 0 && (stats.mode & sticky) === 0) {
    throw refuse(`others may write to it (mode ${(stats.mode & 0o7777).toString(8)})`)
  }
  return path
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
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new PlimsollError('PLIMSOLL_DIRECTORY_UNREADABLE', { directory, reason: reasonOf(cause) }, { cause })
  }
}
