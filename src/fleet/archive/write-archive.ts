import { closeSync, fchownSync, fsyncSync, openSync, readdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { reasonOf } from '../../errors.ts'
import { replaceFile } from '../../os/replace-file.ts'
import { currentUser, newFile } from '../../os/trusted-file.ts'
import { type Archive, archiveSuffix, formatArchive, OpenArchive } from './archive.ts'
import type { CompactionLock } from './compaction-lock.ts'

/**
 * Replaces an archive in one step, and gives it back open; the disk has the new one before the name leads to it. It is read
 * before that: what nobody could read never takes the place of one that can be. Throws what the kernel, or its reader, says.
 *
 * @param lock of the directory, held.
 */
export function writeArchive(lock: CompactionLock, file: string, archive: Archive): OpenArchive {
  const temporary = join(dirname(file), `.${basename(file)}`)
  let fd: number | undefined
  let written: OpenArchive | undefined
  try {
    fd = openSync(temporary, newFile, 0o600)
    // Root compacts for others: their own processes must be able to read it.
    const { uid, gid } = statSync(dirname(file))
    if (currentUser() === 0 && uid !== 0) fchownSync(fd, uid, gid)
    writeFileSync(fd, formatArchive(archive))
    fsyncSync(fd)
    written = readBack(file, temporary)
    lock.check()
    replaceFile(temporary, file)
    // Pages go only when the disk has the name, too.
    syncDirectory(dirname(file))
    return written
  } catch (error) {
    written?.close()
    remove(temporary)
    throw error
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** Does nothing on systems that sync no directories, as Windows. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(directory, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function readBack(file: string, temporary: string): OpenArchive {
  let why: unknown = 'somebody else removed it'
  try {
    const written = OpenArchive.open(file, temporary)
    if (written !== undefined) return written
  } catch (error) {
    why = (error as Error).cause ?? error
  }
  throw new Error(`it could not be read back: ${reasonOf(why)}`, { cause: why })
}

/** Removes what interrupted compactions left in a directory: no other process writes an archive while the lock is held. */
export function removeUnfinishedArchives(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.startsWith('.') && name.endsWith(archiveSuffix)) remove(join(directory, name))
  }
}

function remove(file: string): void {
  try {
    unlinkSync(file)
  } catch {
    // It is gone, or owned by another user: the writer that needs the name reports the error.
  }
}
