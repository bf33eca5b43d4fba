import { createHash } from 'node:crypto'
import { closeSync, lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { PlimsollError, reasonOf } from '../../errors.ts'
import { formatJson } from '../../formats/json/json.ts'
import { parseJson } from '../../formats/json/json-parse.ts'
import { codeOf, currentUser, openTrusted, ownerOf, type TrustedFile, UntrustedFile } from '../../os/trusted-file.ts'
import { nameInFile } from '../../page/directory.ts'
import { maxPageBytes } from '../../page/layout.ts'
import type { Labels, Snapshot } from '../../snapshot/snapshot.ts'
import { type LastSeen, visitSeries } from './last-seen.ts'

/** What a directory keeps of the processes of an app that are gone. */
export interface Archive {
  readonly app: string
  /** Names of the pages whose numbers are in it and that were there when it was written, and when each was archived. */
  readonly pages: ReadonlyMap<string, number>
  /** All that adds up, with one {@link PageInfo} of state `archived`. */
  readonly snapshot: Snapshot
  readonly lastSeen: LastSeen
}

/** End of the names of archives. */
export const archiveSuffix = '.archive'

const formatVersion = 1
/** A longer one is none: reading it would only take memory. */
export const maxArchiveBytes: number = maxPageBytes
/** UTF-8 for a line feed, which JSON without indent has none of. */
const lineFeed = 10

/**
 * Path of the archive of an app. The hash distinguishes names that become equal once special characters are replaced. In the
 * directory of somebody else, where several users may write, it is that of this user: no other one's can be read there, nor
 * replaced.
 */
export function archiveFile(directory: string, app: string): string {
  return join(directory, archiveName(app, currentUser() ?? 0, ownerOf(directory)))
}

function archiveName(app: string, user: number, owner: number | undefined): string {
  const hash = createHash('sha256').update(app).digest('hex').slice(0, 8)
  // What root compacts belongs to the owner.
  const whose = user === 0 || user === owner ? '' : `-${user}`
  return `${nameInFile(app)}-${hash}${whose}${archiveSuffix}`
}

/** Paths of all archives of a directory, sorted; none where there is no directory. Throws PLIMSOLL_DIRECTORY_UNREADABLE. */
export function listArchives(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith(archiveSuffix) && !name.startsWith('.'))
    return names.sort().map((name) => join(directory, name))
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return []
    throw new PlimsollError('PLIMSOLL_DIRECTORY_UNREADABLE', { directory, reason: reasonOf(cause) }, { cause })
  }
}

/** An archive as the text of its file: a line about itself, and a line of JSON as `formatJson` writes it. */
export function formatArchive({ app, pages, snapshot, lastSeen }: Archive): string {
  const seen: number[] = []
  visitSeries(snapshot, (labels) => seen.push(toMs(lastSeen.get(labels) ?? snapshot.takenAt)))
  const head = { plimsollArchive: formatVersion, app, pages: Object.fromEntries(pages), lastSeen: seen }
  return `${JSON.stringify(head)}\n${formatJson(snapshot)}\n`
}

/** As exact as the times of what was removed are compared with it. */
function toMs(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}

/** An archive that was read. As long as it is open, no other file can get its inode number. */
export class OpenArchive {
  readonly file: string
  readonly archive: Archive
  private fd: number
  private readonly stats: Stats

  private constructor(file: string, fd: number, stats: Stats, archive: Archive) {
    this.file = file
    this.fd = fd
    this.stats = stats
    this.archive = archive
  }

  /**
   * Opens an archive; `undefined` where there is none. It may have another name yet, `at`. Throws PLIMSOLL_ARCHIVE_DAMAGED for
   * what nobody can read, and PLIMSOLL_ARCHIVE_UNREADABLE for what only this process cannot, or not now.
   */
  static open(file: string, at: string = file): OpenArchive | undefined {
    let opened: TrustedFile
    try {
      opened = openTrusted(at)
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return undefined
      const isOdd = cause instanceof UntrustedFile && cause.owner === undefined
      throw isOdd ? damaged(file, reasonOf(cause), cause) : unreadable(file, reasonOf(cause), cause)
    }
    const { fd, stats } = opened
    try {
      if (stats.size > maxArchiveBytes) throw damaged(file, `it has ${stats.size} bytes`)
      const open = new OpenArchive(file, fd, stats, parseArchive(file, stats, readFileSync(fd)))
      // There, nobody could replace it while it is open.
      if (process.platform === 'win32') open.close()
      return open
    } catch (error) {
      closeSync(fd)
      throw error instanceof PlimsollError ? error : unreadable(file, reasonOf(error), error)
    }
  }

  /** Whether the name still leads to this file, and nobody has written into it. */
  isCurrent(): boolean {
    const { ino, dev, size, mtimeMs } = this.stats
    const there = statsOf(this.file)
    if (there === undefined || there.ino !== ino || there.dev !== dev) return false
    return there.size === size && there.mtimeMs === mtimeMs
  }

  /** Closes the file; its size and time also show whether it is still the same. */
  close(): void {
    const { fd } = this
    // Another file may get the number.
    this.fd = -1
    if (fd !== -1) closeSync(fd)
  }
}

/** What the kernel says of a file; `undefined` where there is none, or where it says nothing. */
export function statsOf(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function parseArchive(file: string, { uid }: Stats, bytes: Buffer): Archive {
  const end = bytes.indexOf(lineFeed)
  if (end === -1 || bytes.at(-1) !== lineFeed) throw damaged(file, 'its end is missing')
  try {
    const head = JSON.parse(bytes.toString('utf8', 0, end))
    if (head.plimsollArchive > formatVersion) {
      throw unreadable(file, `a later plimsoll wrote it: its version is ${head.plimsollArchive}, not ${formatVersion}`)
    }
    const pages = Object.entries(head.pages ?? 0)
    if (head.plimsollArchive !== formatVersion) throw new Error(`its version is ${head.plimsollArchive}`)
    if (typeof head.app !== 'string' || !pages.every(([, time]) => Number.isFinite(time))) {
      throw new Error('its first line is not that of an archive')
    }
    // A copy under another name would count twice.
    const name = archiveName(head.app, uid, ownerOf(dirname(file)))
    if (basename(file) !== name) throw new Error(`it was copied or renamed: its original name is ${name}`)
    const snapshot = parseJson(bytes.toString('utf8', end + 1))
    const [page] = snapshot.pages
    if (page?.state !== 'archived') throw new Error('its start time is missing')
    // The directory may have moved.
    return {
      app: head.app,
      pages: new Map(pages as [string, number][]),
      snapshot: { ...snapshot, pages: [{ ...page, file }] },
      lastSeen: lastSeenOf(head.lastSeen, snapshot),
    }
  } catch (cause) {
    throw cause instanceof PlimsollError && cause.code === 'PLIMSOLL_ARCHIVE_UNREADABLE'
      ? cause
      : damaged(file, reasonOf(cause), cause)
  }
}

/** One time for each series, in their order. */
function lastSeenOf(times: unknown, snapshot: Snapshot): LastSeen {
  const seen = new Map<Labels, number>()
  let at = 0
  visitSeries(snapshot, (labels) => {
    const time = Array.isArray(times) ? times[at++] : undefined
    seen.set(labels, Number.isFinite(time) ? time : snapshot.takenAt)
  })
  return seen
}

function damaged(file: string, reason: string, cause?: unknown): PlimsollError {
  return new PlimsollError('PLIMSOLL_ARCHIVE_DAMAGED', { file, reason }, { cause })
}

function unreadable(file: string, reason: string, cause?: unknown): PlimsollError {
  return new PlimsollError('PLIMSOLL_ARCHIVE_UNREADABLE', { file, reason }, { cause })
}

/** Names of the pages whose numbers are in one of these archives. */
export function archivedPages(archives: Iterable<Archive>): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { pages } of archives) for (const name of pages.keys()) names.add(name)
  return names
}
