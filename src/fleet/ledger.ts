import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  type Stats,
  statSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { PlimsollError, reasonOf } from '../errors.ts'
import { formatJson } from '../formats/json.ts'
import { parseJson } from '../formats/json-parse.ts'
import { largestPageBytes } from '../page/layout.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** What a directory keeps of the processes of an app that are gone. */
export interface Ledger {
  readonly app: string
  /** Names of the pages whose numbers are in it and that were there when it was written, and when each was folded. */
  readonly pages: ReadonlyMap<string, number>
  /** All that adds up, with one {@link PageInfo} of state `folded`. */
  readonly snapshot: Snapshot
}

/** End of the names of ledgers. */
export const ledgerSuffix = '.ledger'

const formatVersion = 1
const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
const longestAppInName = 64
/** UTF-8 for a line feed, which JSON without indent has none of. */
const lineFeed = 10

/** Path of the ledger of an app. The name tells apart what looks alike once odd characters are replaced. */
export function ledgerFile(directory: string, app: string): string {
  const readable = app.replace(/[^\w.-]/g, '_').slice(0, longestAppInName)
  const hash = createHash('sha256').update(app).digest('hex').slice(0, 8)
  return join(directory, `${readable}-${hash}${ledgerSuffix}`)
}

/** Paths of all ledgers of a directory, sorted; none where it cannot be listed. */
export function listLedgers(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith(ledgerSuffix) && !name.startsWith('.'))
    return names.sort().map((name) => join(directory, name))
  } catch {
    return []
  }
}

/** A ledger as the text of its file: a line about itself, and a line of JSON as `formatJson` writes it. */
export function formatLedger({ app, pages, snapshot }: Ledger): string {
  const head = { plimsollLedger: formatVersion, app, pages: Object.fromEntries(pages) }
  return `${JSON.stringify(head)}\n${formatJson(snapshot)}\n`
}

/** An open ledger: as long as it is, no other file can get its inode number. */
export class OpenLedger {
  readonly file: string
  readonly ledger: Ledger
  private readonly fd: number
  private readonly stats: Stats

  private constructor(file: string, fd: number, stats: Stats, ledger: Ledger) {
    this.file = file
    this.fd = fd
    this.stats = stats
    this.ledger = ledger
  }

  /**
   * Opens a ledger; `undefined` where there is none. Throws PLIMSOLL_LEDGER_DAMAGED for what cannot be read, and
   * PLIMSOLL_PAGE_FOREIGN for one of somebody who owns neither this process nor the directory.
   */
  static open(file: string): OpenLedger | undefined {
    let fd: number
    try {
      fd = openSync(file, readOnly)
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (code === 'ENOENT') return undefined
      throw damaged(file, code === 'ELOOP' ? 'it is a link' : reasonOf(cause), cause)
    }
    try {
      const stats = fstatSync(fd)
      refuseForeign(file, stats)
      return new OpenLedger(file, fd, stats, parseLedger(file, fd, stats))
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  /** Whether the name still leads to this file, and nobody has written into it. */
  isCurrent(): boolean {
    const { ino, dev, size, mtimeMs } = this.stats
    const there = lstatSync(this.file, { throwIfNoEntry: false })
    if (there === undefined || there.ino !== ino || there.dev !== dev) return false
    return there.size === size && there.mtimeMs === mtimeMs
  }

  close(): void {
    closeSync(this.fd)
  }
}

function parseLedger(file: string, fd: number, { size }: Stats): Ledger {
  if (size > largestPageBytes) throw damaged(file, `it has ${size} bytes`)
  const bytes = readFileSync(fd)
  const end = bytes.indexOf(lineFeed)
  if (end === -1 || bytes.at(-1) !== lineFeed) throw damaged(file, 'its end is missing')
  try {
    const head = JSON.parse(bytes.toString('utf8', 0, end))
    const pages = Object.entries(head.pages ?? 0)
    if (head.plimsollLedger !== formatVersion) throw new Error(`its version is ${head.plimsollLedger}`)
    if (typeof head.app !== 'string' || !pages.every(([, time]) => Number.isFinite(time))) {
      throw new Error('its first line is no line of a ledger')
    }
    const snapshot = parseJson(bytes.toString('utf8', end + 1))
    const [page] = snapshot.pages
    if (page?.state !== 'folded') throw new Error('it does not say since when it is kept')
    // The directory may have moved.
    return {
      app: head.app,
      pages: new Map(pages as [string, number][]),
      snapshot: { ...snapshot, pages: [{ ...page, file }] },
    }
  } catch (cause) {
    throw damaged(file, reasonOf(cause), cause)
  }
}

function damaged(file: string, reason: string, cause?: unknown): PlimsollError {
  return new PlimsollError('PLIMSOLL_LEDGER_DAMAGED', { file, reason }, { cause })
}

/** As for pages: where several users may write, a ledger counts only when it is this user's, root's, or the directory owner's. */
function refuseForeign(file: string, stats: Stats): void {
  if (!stats.isFile()) throw damaged(file, 'it is no regular file')
  const user = process.geteuid?.()
  if (user === undefined || stats.uid === user || stats.uid === 0) return
  if (stats.uid === statSync(dirname(file), { throwIfNoEntry: false })?.uid) return
  throw new PlimsollError('PLIMSOLL_PAGE_FOREIGN', { file, owner: stats.uid })
}

/** Whether the numbers of a page are in one of these ledgers. */
export function isFolded(ledgers: readonly Ledger[], file: string): boolean {
  const name = basename(file)
  return ledgers.some(({ pages }) => pages.has(name))
}
