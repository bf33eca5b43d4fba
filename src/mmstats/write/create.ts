import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { lockExclusive, mapShared, memoryPageSize, reserve, unmapShared } from '../../os/map.ts'
import { unfinishedSuffix } from '../layout.ts'
import { openMmstats } from '../read/reader.ts'

/** A file that this thread writes. */
export interface MappedFile {
  /** Open and locked as long as the file is written. */
  readonly fd: number
  /** All of the file, and zeros up to its end. */
  readonly buffer: ArrayBuffer
}

const newFile = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/**
 * Makes a file with these bytes, locks and maps it. It has its name only when it is complete, so readers never meet a half one.
 * Takes the place of a file whose writer is gone; with `replace`, of any. Throws whatever went wrong, and leaves nothing
 * behind then.
 */
export function createFile(file: string, bytes: Uint8Array, mode: number, replace: boolean): MappedFile {
  const directory = dirname(file)
  mkdirSync(directory, { recursive: true })
  // Patterns like *.mmstats do not find it, for its dot and for its end.
  const temporary = join(directory, `.${process.pid}-${randomBytes(4).toString('hex')}${unfinishedSuffix}`)
  const fd = openSync(temporary, newFile, mode)
  let buffer: ArrayBuffer | undefined
  try {
    const page = memoryPageSize()
    const length = Math.ceil(bytes.length / page) * page
    reserve(fd, 0, length)
    if (!lockExclusive(fd)) throw new Error('another process holds its lock')
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, done)
    buffer = mapFile(temporary, fd, length)
    giveName(temporary, file, replace)
    return { fd, buffer }
  } catch (error) {
    if (buffer !== undefined) unmapShared(buffer)
    closeSync(fd)
    unlinkSync(temporary)
    throw error
  }
}

/** A mapping keeps the lock of the descriptor that it was made from, even past close: so it is made from another one. */
function mapFile(file: string, lockFd: number, length: number): ArrayBuffer {
  const fd = openSync(file, constants.O_RDWR | constants.O_NOFOLLOW)
  try {
    if (fstatSync(fd).ino !== fstatSync(lockFd).ino) throw new Error('another file has taken its place')
    return mapShared(fd, 0, length)
  } finally {
    closeSync(fd)
  }
}

function giveName(temporary: string, file: string, replace: boolean): void {
  if (!replace) {
    try {
      linkSync(temporary, file)
      unlinkSync(temporary)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') refuseLive(file)
      // Some file systems have no links; there the name is taken as it is.
    }
  }
  renameSync(temporary, file)
}

function refuseLive(file: string): void {
  const reader = openMmstats(file)
  try {
    if (reader.life() === 'live') throw new Error('a writer that runs has a file of that name')
  } finally {
    reader.close()
  }
}
