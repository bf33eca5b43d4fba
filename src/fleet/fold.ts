import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Clock } from '../clock.ts'
import { PlimsollError, reasonOf } from '../errors.ts'
import { removePage } from '../page/clean.ts'
import { listPages } from '../page/directory.ts'
import { lockExclusive, mappingUnavailable } from '../page/map.ts'
import { openPage } from '../page/reader.ts'
import { Merger } from '../snapshot/merge.ts'
import type { PageInfo, Snapshot } from '../snapshot/snapshot.ts'
import { formatLedger, type Ledger, ledgerFile, ledgerSuffix, listLedgers, OpenLedger } from './ledger.ts'
import { bounded } from './ledger-limits.ts'

/** What a call of `fold` did. */
export interface Folding {
  /** The pages whose numbers went into the ledger. */
  readonly folded: readonly string[]
  /** The pages that were removed, as they had been folded before and had stayed. */
  readonly removed: readonly string[]
  /** Why folding was put off, or what was wrong with the ledger; reading goes on. */
  readonly error: PlimsollError | undefined
}

/** How to fold. */
export interface FoldOptions {
  /** Only pages of this app. Default: all. */
  readonly app?: string | undefined
  readonly clock: Clock
  /** Seconds for which a page stays after it was folded. */
  readonly staySeconds: number
  /** Seconds for which a writer without a lock must have shown no sign of life. */
  readonly silentSeconds: number
  /** Whether to wait up to a second while another is at it. @default false */
  readonly wait?: boolean
}

/** So many folded pages stay at most, the youngest. */
export const mostStaying = 100

/**
 * Seconds of silence before a page is folded. A writer beats each second: one whose lock an app closed by mistake is not gone.
 */
export const usualSilence = 3

/** In attempts: a second. */
const longestWait = 200
const pauseMs = 5
const pause = new Int32Array(new SharedArrayBuffer(4))
const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
const noFolding: Folding = { folded: [], removed: [], error: undefined }

/**
 * Folds the pages of writers that are gone into the ledgers of their apps, and removes those that have stayed. At each
 * instant the ledger is the whole old one or the whole new one, and says which pages are in it; so this may be killed
 * between any two steps, and the next call goes on. One process or thread at a time: nothing is done, and no error, while
 * another is at it. Throws nothing.
 */
export function foldDirectory(directory: string, options: FoldOptions): Folding {
  let lock: FoldingLock | undefined
  try {
    const unavailable = mappingUnavailable()
    if (unavailable !== undefined) throw unavailable
    if (statSync(directory, { throwIfNoEntry: false }) === undefined) return noFolding
    lock = lockFolding(directory, options.wait === true ? longestWait : 1)
    return lock === undefined ? noFolding : foldLocked(directory, lock.fd, options)
  } catch (cause) {
    return { ...noFolding, error: notWritten(directory, cause) }
  } finally {
    lock?.release()
  }
}

/** Keeps everybody from folding while it is held: by the kernel's lock of the directory itself, which ends with its holder. */
export interface FoldingLock {
  readonly fd: number
  release(): void
}

/** Takes the lock, trying every 5 ms for so many times; `undefined` where another holds it. Throws what the kernel says. */
export function lockFolding(directory: string, attempts: number = longestWait): FoldingLock | undefined {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY)
  const lock = { fd, release: () => closeSync(fd) }
  try {
    for (let attempt = 1; ; attempt++) {
      if (lockExclusive(fd)) return lock
      if (attempt === attempts) break
      Atomics.wait(pause, 0, 0, pauseMs)
    }
  } catch (error) {
    lock.release()
    throw error
  }
  lock.release()
  return undefined
}

function notWritten(directory: string, cause: unknown): PlimsollError {
  return new PlimsollError('PLIMSOLL_LEDGER_NOT_WRITTEN', { directory, reason: reasonOf(cause) }, { cause })
}

function foldLocked(directory: string, lock: number, options: FoldOptions): Folding {
  const { app, clock } = options
  removeUnfinished(directory)
  const files = app === undefined ? listLedgers(directory) : [ledgerFile(directory, app)]
  const errors: PlimsollError[] = []
  const ledgers = new Map<string, Ledger>()
  for (const file of files) {
    const ledger = readOrSetAside(file, errors)
    if (ledger !== undefined) ledgers.set(ledger.app, ledger)
  }
  const pages = listPages(directory)
  const known = new Set([...ledgers.values()].flatMap((ledger) => [...ledger.pages.keys()]))
  const dead = new Map<string, Additions>()
  for (const file of pages) {
    if (known.has(basename(file))) continue
    const snapshot = readDead(file, options)
    if (snapshot === undefined) continue
    const { app: its } = snapshot.pages[0] as PageInfo
    let additions = dead.get(its)
    if (additions === undefined) {
      additions = new Additions(ledgers.get(its))
      dead.set(its, additions)
    }
    additions.add(file, snapshot)
  }
  const there = new Set(pages.map((file) => basename(file)))
  const folded: string[] = []
  for (const [its, additions] of dead) {
    const ledger = additions.end(directory, its, clock.unixTime(), there)
    writeLedger(lock, ledgerFile(directory, its), ledger)
    ledgers.set(its, ledger)
    folded.push(...additions.files)
  }
  return { folded, removed: removeStayed(directory, [...ledgers.values()], options), error: errors[0] }
}

/** What dead pages add to a ledger. */
class Additions {
  readonly files: string[] = []
  private readonly before: Ledger | undefined
  private readonly merger = new Merger()
  /** When the first of all writers began that are in it: the time since which the sum counts must never move on. */
  private startedAt: number

  constructor(before: Ledger | undefined) {
    this.before = before
    this.startedAt = before?.snapshot.pages[0]?.startedAt ?? Infinity
    if (before !== undefined) this.merger.add(before.snapshot)
  }

  add(file: string, snapshot: Snapshot): void {
    this.files.push(file)
    this.startedAt = Math.min(this.startedAt, ...snapshot.pages.map((page) => page.startedAt))
    this.merger.add(snapshot)
  }

  /** The new ledger. Pages that are not there any more need not be known to it. */
  end(directory: string, app: string, now: number, there: ReadonlySet<string>): Ledger {
    const { before, files } = this
    const stayed = [...(before?.pages ?? [])].filter(([name]) => there.has(name))
    const page: PageInfo = {
      file: ledgerFile(directory, app),
      pid: 0,
      tid: 0,
      app,
      host: hostname(),
      startedAt: this.startedAt,
      state: 'folded',
      heartbeatAge: null,
      endedAt: now,
    }
    const empty: Snapshot = { version: 1, takenAt: now, pages: [], families: [] }
    const snapshot = bounded(before?.snapshot ?? empty, { ...this.merger.end(), takenAt: now, pages: [page] })
    const pages = new Map([...stayed, ...files.map((file): [string, number] => [basename(file), now])])
    return { app, pages, snapshot }
  }
}

/** A page whose writer is gone and was silent for long enough; `undefined` for any other, and for what cannot be read. */
function readDead(file: string, { app, clock, silentSeconds }: FoldOptions): Snapshot | undefined {
  let fd: number | undefined
  try {
    fd = openSync(file, readOnly)
    const { ino, dev } = fstatSync(fd)
    const page = openPage(file, { clock })
    try {
      const about = page.about()
      if (about.state === 'live' || (app !== undefined && about.app !== app)) return undefined
      if (silence(about, clock.unixTime()) < silentSeconds) return undefined
      const snapshot = page.read()
      // A named page is locked until its writer is gone, or has given the name to a page that took its place and is locked:
      // whoever finds the lock free, and the name still leading here, has a page that nobody will ever write to again.
      const there = lstatSync(file)
      return there.ino === ino && there.dev === dev ? snapshot : undefined
    } finally {
      page.close()
    }
  } catch {
    // Damaged, somebody else's, or gone: whoever reads is told.
    return undefined
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function silence({ heartbeatAge, endedAt, startedAt }: PageInfo, now: number): number {
  return Math.min(heartbeatAge ?? now - startedAt, endedAt == null ? Infinity : now - endedAt)
}

/** Sets a damaged ledger aside under one name, so that many do not fill the directory. */
function readOrSetAside(file: string, errors: PlimsollError[]): Ledger | undefined {
  try {
    const open = OpenLedger.open(file)
    open?.close()
    return open?.ledger
  } catch (error) {
    if (!(error instanceof PlimsollError) || error.code !== 'PLIMSOLL_LEDGER_DAMAGED') throw error
    renameSync(file, `${file}.damaged`)
    errors.push(error)
    return undefined
  }
}

/** Replaces a ledger in one step; the disk has the new one before the name leads to it. Needs the lock of its directory. */
export function writeLedger(directory: number, file: string, ledger: Ledger): void {
  const temporary = join(dirname(file), `.${basename(file)}`)
  let fd: number | undefined
  try {
    fd = openSync(temporary, newFile, 0o600)
    // Root folds for others: their own processes must be able to read it.
    const { uid, gid } = statSync(dirname(file))
    if (process.geteuid?.() === 0 && uid !== 0) fchownSync(fd, uid, gid)
    writeFileSync(fd, formatLedger(ledger))
    fsyncSync(fd)
    renameSync(temporary, file)
    // Pages go only when the disk knows the name, too.
    fsyncSync(directory)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** Left over by a folder that was killed: nobody else writes one while the lock is held. */
function removeUnfinished(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.startsWith('.') && name.endsWith(ledgerSuffix)) rmSync(join(directory, name), { force: true })
  }
}

/** Removes folded pages that have stayed, or are too many. */
function removeStayed(directory: string, ledgers: readonly Ledger[], { clock, staySeconds }: FoldOptions): string[] {
  const now = clock.unixTime()
  const staying = ledgers.flatMap(({ pages }) => [...pages]).filter(([name]) => existsSync(join(directory, name)))
  staying.sort(([, a], [, b]) => b - a)
  const gone = staying.filter(([, foldedAt], i) => i >= mostStaying || now - foldedAt >= staySeconds)
  return gone.map(([name]) => join(directory, name)).filter((file) => removePage(file))
}
