import { existsSync, renameSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import type { Clock } from '../clock.ts'
import { PlimsollError, reasonOf } from '../errors.ts'
import { removePage } from '../page/clean.ts'
import { listPages } from '../page/directory.ts'
import { mappingUnavailable } from '../page/map.ts'
import type { PageFailure } from '../page/open-pages.ts'
import { Merger } from '../snapshot/merge.ts'
import type { PageInfo, Snapshot } from '../snapshot/snapshot.ts'
import { readDeadPage } from './dead-page.ts'
import { type FoldingLock, lockFolding, longestWait } from './folding-lock.ts'
import { foldedPages, type Ledger, ledgerFile } from './ledger.ts'
import { bounded } from './ledger-limits.ts'
import type { Ledgers } from './ledgers.ts'
import { removeUnfinishedLedgers, writeLedger } from './write-ledger.ts'

/** What a call of `fold` did. */
export interface Folding {
  /** The pages whose numbers went into the ledger. */
  readonly folded: readonly string[]
  /** The pages that were removed, as they had been folded before and had stayed. */
  readonly removed: readonly string[]
  /** Why folding was put off, or what was wrong with the ledger; reading goes on. Of several apps, that of the first one. */
  readonly error: PlimsollError | undefined
}

/** How to fold. */
export interface FoldOptions {
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

const noFolding: Folding = { folded: [], removed: [], error: undefined }

/**
 * Folds the pages of writers that are gone into these ledgers, and removes those that have stayed. At each instant a ledger
 * is the whole old one or the whole new one, and says which pages are in it; so this may be killed between any two steps,
 * and the next call goes on. One process or thread at a time: nothing is done, and no error, while another is at it. What is
 * wrong with the ledger of one app keeps no other from being folded. Throws nothing.
 */
export function foldDirectory(ledgers: Ledgers, options: FoldOptions): Folding {
  const { directory } = ledgers
  let lock: FoldingLock | undefined
  try {
    const unavailable = mappingUnavailable()
    if (unavailable !== undefined) throw unavailable
    if (statSync(directory, { throwIfNoEntry: false }) === undefined) return noFolding
    lock = lockFolding(directory, options.wait === true ? longestWait : 1)
    return lock === undefined ? noFolding : foldLocked(ledgers, lock, options)
  } catch (cause) {
    return { ...noFolding, error: notWritten(directory, cause) }
  } finally {
    lock?.release()
  }
}

function notWritten(directory: string, cause: unknown): PlimsollError {
  return new PlimsollError('PLIMSOLL_LEDGER_NOT_WRITTEN', { directory, reason: reasonOf(cause) }, { cause })
}

function foldLocked(ledgers: Ledgers, lock: FoldingLock, options: FoldOptions): Folding {
  const { directory } = ledgers
  const { clock } = options
  removeUnfinishedLedgers(directory)
  const failures: PageFailure[] = []
  ledgers.read(failures)
  const errors: PlimsollError[] = []
  const unusable = unusableLedgers(directory, failures, errors)
  const pages = listPages(directory)
  const there = new Set(pages.map((file) => basename(file)))
  const folded: string[] = []
  for (const [app, additions] of deadPages(pages, ledgers, options)) {
    const file = ledgerFile(directory, app)
    const failure = unusable.get(file)
    if (failure !== undefined) {
      errors.push(failure)
      continue
    }
    try {
      ledgers.replace(writeLedger(lock.fd, file, additions.ledger(file, clock.unixTime(), there)))
      folded.push(...additions.files)
    } catch (cause) {
      errors.push(notWritten(directory, cause))
    }
  }
  return { folded, removed: removeStayed(directory, ledgers.known(), options), error: errors[0] }
}

/**
 * Why a ledger that is there can be neither read nor replaced, by its file. A damaged one is set aside, under one name, so
 * that many do not fill the directory.
 */
function unusableLedgers(
  directory: string,
  failures: readonly PageFailure[],
  errors: PlimsollError[],
): ReadonlyMap<string, PlimsollError> {
  const unusable = new Map<string, PlimsollError>()
  for (const { file, error } of failures) {
    // Nobody knows which ledgers there are.
    if (file === directory) throw error
    if (error.code !== 'PLIMSOLL_LEDGER_DAMAGED') {
      unusable.set(file, error)
      continue
    }
    errors.push(error)
    try {
      renameSync(file, `${file}.damaged`)
    } catch {
      unusable.set(file, error)
    }
  }
  return unusable
}

/** The pages of the dead that are in no ledger, by app. */
function deadPages(files: readonly string[], ledgers: Ledgers, options: FoldOptions): ReadonlyMap<string, Additions> {
  const { app } = ledgers
  const folded = foldedPages(ledgers.known())
  const dead = new Map<string, Additions>()
  for (const file of files) {
    const snapshot = folded.has(basename(file)) ? undefined : readDeadPage(file, { ...options, app })
    if (snapshot === undefined) continue
    const { app: its } = snapshot.pages[0] as PageInfo
    let additions = dead.get(its)
    if (additions === undefined) {
      additions = new Additions(its, ledgers.of(its))
      dead.set(its, additions)
    }
    additions.add(file, snapshot)
  }
  return dead
}

/** What dead pages add to a ledger. */
class Additions {
  readonly files: string[] = []
  private readonly app: string
  private readonly before: Ledger | undefined
  private readonly merger = new Merger()
  /** When the first of all writers began that are in it: the time since which the sum counts must never move on. */
  private startedAt: number

  constructor(app: string, before: Ledger | undefined) {
    this.app = app
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
  ledger(file: string, now: number, there: ReadonlySet<string>): Ledger {
    const { app, before, files } = this
    const stayed = [...(before?.pages ?? [])].filter(([name]) => there.has(name))
    const page: PageInfo = {
      file,
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
    const pages = new Map([...stayed, ...files.map((each): [string, number] => [basename(each), now])])
    return { app, pages, snapshot }
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
