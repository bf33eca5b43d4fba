import { existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, rmdirSync, type Stats, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { PlimsollError, reasonOf } from '../errors.ts'
import { isInUse } from './directory-use.ts'
import { codeOf, currentUser, isTrustedOwner, ownDirectoryName, ownerOf } from './trusted-file.ts'

const sharedMemory = '/dev/shm'
const writableByOthers = 0o022
const writableByAll = 0o002
const sticky = 0o1000
/** Of processes that make a directory in the same instant, all but one remove theirs and look again. */
const maxAttempts = 10

/**
 * Where pages are unless `publish` is given another directory: `$PLIMSOLL_DIR`, else `/dev/shm/plimsoll-<uid>`. Where
 * another user has taken that name, or there is no `/dev/shm`: `<tmpdir>/plimsoll-<uid>`, and where that is taken as well, the
 * first name with a random end that belongs to this user. Readers and writers come to the same one: one that is there already
 * goes first, but where no process uses it any more, a writer makes the directory in `/dev/shm` if it can.
 */
export function defaultDirectory(): string {
  return findDirectory()
}

/**
 * The directory that `prepareDirectory` uses for the one that was given, by default that of `$PLIMSOLL_DIR`; nothing is made.
 * The answer may change when a writer makes it, so ask for each look.
 */
export function findDirectory(given: string | undefined = process.env.PLIMSOLL_DIR || undefined): string {
  if (given === undefined) return ownDefault() ?? defaultPlaces().find((path) => !existsSync(path)) ?? firstPlace()
  const path = resolve(given)
  const stats = statsOf(path)
  const isShared = stats?.isDirectory() === true && flawOf(path, stats) !== undefined
  return (isShared ? ownDirectoryIn(path) : undefined) ?? path
}

/**
 * Makes a directory of pages fit for writing: creates it with mode 0700 where it is missing. Where others could change what
 * is in it, or put another one in its place, it is a directory `plimsoll-<uid>` of this user's own in it. Throws
 * PLIMSOLL_DIRECTORY_REFUSED where neither can be had. Returns the absolute path; `..` takes away the name before it, whatever
 * that leads to, as it does for readers.
 */
export function prepareDirectory(given: string | undefined = process.env.PLIMSOLL_DIR || undefined): string {
  // Also takes a last slash away, with which a link would look like the directory that it leads to.
  const path = given === undefined ? firstPlace() : resolve(given)
  let flaw: string | undefined
  try {
    if (given === undefined) return prepareDefault()
    makeDirectory(path)
    const stats = lstatSync(path)
    if (!stats.isDirectory()) throw refused(path, 'it is a link or not a directory')
    flaw = flawOf(path, stats)
    if (flaw !== undefined) return makeOwnDirectory(path)
    if (!isTrustedOwner(stats.uid)) throw refused(path, `user ${stats.uid} owns it`)
    return path
  } catch (cause) {
    if (cause instanceof PlimsollError) throw cause
    throw refused(path, `${flaw ?? 'it cannot be created'} (${reasonOf(cause)})`, cause)
  }
}

/** Without `$PLIMSOLL_DIR`: the first default directory that another user has made or may write to, and why it is not used. */
export function refusedDefault(): { readonly path: string; readonly error: PlimsollError } | undefined {
  if (process.env.PLIMSOLL_DIR) return undefined
  const path = defaultPlaces().find((each) => statsOf(each) !== undefined && !isOwn(each))
  if (path === undefined) return undefined
  return { path, error: refused(path, `user ${lstatSync(path).uid} owns it, or others may write to it`) }
}

/** A directory of pages that a user has. */
export interface DirectoryOfUser {
  readonly path: string
  readonly owner: number | undefined
}

/** The directories that users have of their own in a directory that they share, and whose they are. */
export function directoriesOfUsers(directory: string): DirectoryOfUser[] {
  const paths = namesIn(directory, 'plimsoll-').map((name) => join(directory, name))
  return paths.filter((path) => statsOf(path)?.isDirectory()).map((path) => ({ path, owner: ownerOf(path) }))
}

/** The default directories of other users. */
export function defaultsOfOthers(): DirectoryOfUser[] {
  const all = defaultPlaces().flatMap((path) => directoriesOfUsers(dirname(path)))
  // Others have names that begin like these, for something else.
  return all.filter(({ path, owner }) => {
    return owner !== undefined && owner !== currentUser() && /^plimsoll-\d+(-[0-9a-f]{8})?$/.test(basename(path))
  })
}

/**
 * Makes a directory and what is missing above it. Not with Node's `recursive`, which tries for ever where the kernel
 * says ENOENT although the parent is there, as below /proc.
 */
export function makeDirectory(path: string, mode = 0o700): void {
  if (existsSync(path)) return
  const parent = dirname(path)
  if (parent !== path) makeDirectory(parent, mode)
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    // Another process was faster.
    if (codeOf(error) !== 'EEXIST') throw error
  }
}

function defaultPlaces(): string[] {
  // Not `existsSync`, which throws where the permission model of Node 20 refuses it.
  const places = statsOf(sharedMemory) ? [sharedMemory, tmpdir()] : [tmpdir()]
  return places.map((place) => join(place, ownDirectoryName()))
}

function firstPlace(): string {
  return defaultPlaces()[0] as string
}

function ownDefault(): string | undefined {
  return defaultPlaces().find(isOwn) ?? ownDirectoryIn(dirname(firstPlace()))
}

/**
 * A directory below `tmpdir()` may be there since `/dev/shm` could not be used, in an image of a container or before the machine
 * was started. Processes with another `tmpdir()` do not find it, so it is used only as long as others do.
 */
function prepareDefault(): string {
  const own = ownDefault()
  const isFirst = own !== undefined && dirname(own) === dirname(firstPlace())
  return own !== undefined && (isFirst || isInUse(own)) ? own : makeDefault()
}

function makeDefault(): string {
  for (const path of defaultPlaces()) if (isMadeOwn(path)) return path
  return makeOwnDirectory(dirname(firstPlace()))
}

/** This user's directory in one that others may write to. */
function ownDirectoryIn(place: string): string | undefined {
  const path = join(place, ownDirectoryName())
  return isOwn(path) ? path : ownRandomDirectories(place)[0]
}

function ownRandomDirectories(place: string): string[] {
  return namesIn(place, `${ownDirectoryName()}-`)
    .map((name) => join(place, name))
    .filter(isOwn)
}

function makeOwnDirectory(place: string): string {
  const path = join(place, ownDirectoryName())
  if (ownDirectoryIn(place) === undefined && isMadeOwn(path)) return path
  for (let attempt = 1; ; attempt++) {
    const known = ownDirectoryIn(place)
    if (known !== undefined) return known
    // Somebody else has the usual name, and cannot guess this one. The module takes 5 ms to load, and is rarely needed.
    const { randomBytes } = process.getBuiltinModule('node:crypto')
    const made = `${path}-${randomBytes(4).toString('hex')}`
    mkdirSync(made, { mode: 0o700 })
    if (ownRandomDirectories(place).length === 1 || attempt === maxAttempts) continue
    rmdirSync(made)
  }
}

/** Whether the directory is this user's now; false where it cannot be made, or is somebody else's. */
function isMadeOwn(path: string): boolean {
  try {
    makeDirectory(path)
  } catch {
    return false
  }
  return isOwn(path)
}

/** Whether that is a directory with the name of this user's own to which only this user and root may write. */
function isOwn(path: string): boolean {
  const name = basename(path)
  // A user id takes a system call, and readers ask for a directory of any name at each look.
  if (!name.startsWith('plimsoll-')) return false
  const own = ownDirectoryName()
  if (name !== own && !name.startsWith(`${own}-`)) return false
  const stats = statsOf(path)
  return stats?.isDirectory() === true && isTrustedOwner(stats.uid) && (modeOf(stats) & writableByOthers) === 0
}

/** Why others could change what is in a directory, or put another one in its place; nothing of this user's own. */
function flawOf(path: string, stats: Stats): string | undefined {
  if (isOwn(path)) return undefined
  const { uid } = stats
  const mode = modeOf(stats)
  const user = currentUser()
  const isTrusted = isTrustedOwner(uid, user)
  const isSafelyShared = (mode & sticky) !== 0 && isTrusted
  if ((mode & writableByOthers) !== 0 && !isSafelyShared) {
    return `others may write to it (mode ${(mode & 0o7777).toString(8)})`
  }
  if (!isTrusted) return undefined
  const ancestors = new Set([...ancestorsOf(path), ...ancestorsOf(realpathSync.native(path))])
  const above = [...ancestors].find((each) => isUnsafe(each, user))
  return above ? `others may rename what is in ${above}` : undefined
}

function ancestorsOf(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [] : [parent, ...ancestorsOf(parent)]
}

function isUnsafe(path: string, user: number | undefined): boolean {
  const stats = statSync(path)
  return !isTrustedOwner(stats.uid, user) || ((modeOf(stats) & writableByAll) !== 0 && (modeOf(stats) & sticky) === 0)
}

/** On Windows, lists of access rights decide, of which the mode says nothing: it is 0666 there for whatever is not read-only. */
function modeOf({ mode }: Stats): number {
  return process.platform === 'win32' ? 0 : mode
}

function namesIn(directory: string, start: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.startsWith(start))
      .sort()
  } catch {
    return []
  }
}

function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function refused(directory: string, reason: string, cause?: unknown): PlimsollError {
  return new PlimsollError('PLIMSOLL_DIRECTORY_REFUSED', { directory, reason }, { cause })
}
