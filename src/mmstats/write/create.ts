import { randomBytes } from 'node:crypto'
import { closeSync, linkSync, renameSync, unlinkSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { mapShared, memoryPageSize, reserve, unmapShared } from '../../os/map.ts'
import { makeDirectory } from '../../os/trusted-directory.ts'
import { codeOf, createLocked } from '../../os/trusted-file.ts'
import { unfinishedSuffix } from '../layout.ts'
import { openMmstats } from '../read/reader.ts'

/** A file that this thread writes. */
export interface MappedFile {
  /** Open and locked as long as the file is written. */
  readonly fd: number
  /** All of the file, and zeros up to its end. */
  readonly buffer: ArrayBuffer
}

/**
 * Makes a file with these bytes, locks and maps it. It has its name only when it is complete, so readers never meet a half one.
 * Takes the place of a file whose writer is gone; with `replace`, of any. Throws whatever went wrong, and leaves nothing
 * behind then.
 */
export function createFile(file: string, bytes: Uint8Array, mode: number, replace: boolean): MappedFile {
  const directory = dirname(file)
  makeDirectory(directory, 0o777)
  // Patterns like *.mmstats do not find it, for its dot and for its end.
  const temporary = join(directory, `.${process.pid}-${randomBytes(4).toString('hex')}${unfinishedSuffix}`)
  const { lock: fd, mapped } = createLocked(temporary, mode)
  let buffer: ArrayBuffer | undefined
  try {
    const page = memoryPageSize()
    const length = Math.ceil(bytes.length / page) * page
    reserve(fd, 0, length)
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, done)
    buffer = mapShared(mapped, 0, length)
    giveName(temporary, file, replace)
    return { fd, buffer }
  } catch (error) {
    if (buffer !== undefined) unmapShared(buffer)
    closeSync(fd)
    unlinkSync(temporary)
    throw error
  } finally {
    closeSync(mapped)
  }
}

function giveName(temporary: string, file: string, replace: boolean): void {
  if (!replace) {
    try {
      linkSync(temporary, file)
      unlinkSync(temporary)
      return
    } catch (error) {
      if (codeOf(error) === 'EEXIST') refuseLive(file)
      // Some file systems have no links; there the name is taken as it is.
    }
  }
  renameSync(temporary, file)
}

function refuseLive(file: string): void {
  const reader = openMmstats(file)
  try {
    if (reader.life() === 'live') throw new Error('a running process writes to this file')
  } finally {
    reader.close()
  }
}
