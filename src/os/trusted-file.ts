import { closeSync, constants, fstatSync, lstatSync, openSync, rmSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { PlimsollError, reasonOf } from '../errors.ts'
import { lockExclusive } from './map.ts'

/** A link would let somebody else choose the file. Windows has no such flag, nor FIFOs. */
const hasNoFollow = process.platform !== 'win32'
const noFollow = hasNoFollow ? constants.O_NOFOLLOW : 0
/** A FIFO must not make its reader wait. */
const readOnly = constants.O_RDONLY | noFollow | (hasNoFollow ? constants.O_NONBLOCK : 0)
const readAndWrite = constants.O_RDWR | noFollow
/** For a file that must not exist yet. */
export const newFile: number = readAndWrite | constants.O_CREAT | constants.O_EXCL

/** Why a file that can be opened is not read: it is a link, not a regular file, or another user's. */
export class UntrustedFile extends Error {
  /** The user id of its owner, where that is the reason. */
  readonly owner: number | undefined

  constructor(reason: string, owner?: number, options?: ErrorOptions) {
    super(reason, options)
    this.owner = owner
  }
}

/** A regular file that is open for reading. */
export interface TrustedFile {
  readonly fd: number
  readonly stats: Stats
}

/** The user whose rights this process has; `undefined` where the platform has no user ids. */
export function currentUser(): number | undefined {
  return process.geteuid?.()
}

/**
 * Opens a file that others may have written. Only the files of this user, of root and of the owner of the directory are
 * trusted. Throws UntrustedFile, or the error of the system call.
 */
export function openTrusted(file: string): TrustedFile {
  let fd: number
  if (!hasNoFollow && lstatSync(file).isSymbolicLink()) throw new UntrustedFile('it is a link')
  try {
    fd = openSync(file, readOnly)
  } catch (cause) {
    throw codeOf(cause) === 'ELOOP' ? new UntrustedFile('it is a link', undefined, { cause }) : cause
  }
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) throw new UntrustedFile('it is not a regular file')
    if (!isTrusted(file, stats)) {
      throw new UntrustedFile(`user ${stats.uid} owns it, neither you nor the owner of its directory`, stats.uid)
    }
    return { fd, stats }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** Whether a file may be used: it belongs to this user, to root or to the owner of its directory. */
export function isTrusted(file: string, { uid }: Stats): boolean {
  if (isTrustedOwner(uid)) return true
  const directory = resolve(dirname(file))
  // A user who creates another user's directory first must not be taken for that user.
  const named = /^plimsoll-(\d+)(-|$)/.exec(basename(directory))?.[1]
  return uid === ownerOf(directory) && (named === undefined || Number(named) === uid)
}

/** Whether that is this user or root; always where the platform has no user ids. */
export function isTrustedOwner(uid: number, user: number | undefined = currentUser()): boolean {
  return user === undefined || uid === user || uid === 0
}

/** The name of a directory of this user's own within one that several users share. */
export function ownDirectoryName(): string {
  return `plimsoll-${currentUser() ?? 'user'}`
}

/** The user id of the owner of a file or directory; `undefined` where that cannot be determined. */
export function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid
  } catch {
    return undefined
  }
}

/** Why a file of metrics cannot be read: PLIMSOLL_PAGE_FOREIGN or PLIMSOLL_PAGE_UNREADABLE. */
export function unreadable(file: string, cause: unknown): PlimsollError {
  const owner = cause instanceof UntrustedFile ? cause.owner : undefined
  if (owner !== undefined) return new PlimsollError('PLIMSOLL_PAGE_FOREIGN', { file, owner }, { cause })
  return new PlimsollError('PLIMSOLL_PAGE_UNREADABLE', { file, reason: reasonOf(cause) }, { cause })
}

/** As {@link openTrusted}, for a file of metrics. Throws PLIMSOLL_PAGE_FOREIGN or PLIMSOLL_PAGE_UNREADABLE. */
export function openReadable(file: string): TrustedFile {
  try {
    return openTrusted(file)
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

/** The `code` of an error of Node's own: `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code
}

/** A new file of this process: one descriptor has its lock, mappings are made from the other one. */
export interface LockedFile {
  readonly lock: number
  readonly mapped: number
}

/**
 * Creates a file that did not exist, and locks it. It is opened twice: a mapping keeps the lock of the descriptor that it was
 * made from, even after that is closed. Leaves nothing behind when it throws.
 */
export function createLocked(file: string, mode: number): LockedFile {
  const lock = openSync(file, newFile, mode)
  try {
    if (!lockExclusive(lock)) throw new Error('another process holds its lock')
    return { lock, mapped: openSame(file, fstatSync(lock)) }
  } catch (error) {
    closeSync(lock)
    rmSync(file, { force: true })
    throw error
  }
}

/** Opens a file for reading and writing again; throws where the path leads to another file by now. */
export function openSame(file: string, { dev, ino }: Pick<Stats, 'dev' | 'ino'>): number {
  const fd = openSync(file, readAndWrite)
  const there = fstatSync(fd)
  if (there.dev === dev && there.ino === ino) return fd
  closeSync(fd)
  throw new Error('it was replaced by another file')
}

/** Whether an error comes from a file system that has no room left. */
export function isFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'PLIMSOLL_DISK_FULL' || isFull(error.cause)
}
