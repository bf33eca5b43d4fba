import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { PlimsollError, reasonOf } from '../../errors.ts'
import { isLocked } from '../../os/map.ts'
import type { ReadableBytes } from '../storage.ts'

const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** The file of a page, open for reading. */
export class ReadableFile implements ReadableBytes {
  private readonly file: string
  private fd: number

  /** Throws as `openPage` does. */
  constructor(file: string) {
    this.file = file
    this.fd = openChecked(file)
  }

  size(): number {
    return fstatSync(this.fd).size
  }

  /** Throws PLIMSOLL_PAGE_UNREADABLE. */
  read(target: NodeJS.ArrayBufferView, offset: number, position: number): number {
    try {
      return readSync(this.fd, target, offset, target.byteLength - offset, position)
    } catch (cause) {
      throw new PlimsollError('PLIMSOLL_PAGE_UNREADABLE', { file: this.file, reason: reasonOf(cause) }, { cause })
    }
  }

  isHeld(): boolean | undefined {
    return isLocked(this.fd)
  }

  /** A file that was replaced is known by having no name any more. */
  successor(): ReadableFile | undefined {
    if (fstatSync(this.fd).nlink > 0) return undefined
    try {
      return new ReadableFile(this.file)
    } catch {
      // It was removed, and this is the last that is known of it.
      return undefined
    }
  }

  close(): void {
    const { fd } = this
    // Another file may get the number.
    this.fd = -1
    if (fd !== -1) closeSync(fd)
  }
}

function openChecked(file: string): number {
  const unreadable = (reason: string, cause?: unknown): PlimsollError =>
    new PlimsollError('PLIMSOLL_PAGE_UNREADABLE', { file, reason }, { cause })
  let fd: number
  try {
    fd = openSync(file, readOnly)
  } catch (cause) {
    throw unreadable((cause as NodeJS.ErrnoException).code === 'ELOOP' ? 'it is a link' : reasonOf(cause), cause)
  }
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) throw unreadable('it is no regular file')
    refuseForeign(file, stats)
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** Where several users may write, a page counts only when it is this user's, root's, or the directory owner's. */
function refuseForeign(file: string, { uid }: Stats): void {
  const user = process.geteuid?.()
  if (user === undefined || uid === user || uid === 0) return
  if (uid === statSync(dirname(file), { throwIfNoEntry: false })?.uid) return
  throw new PlimsollError('PLIMSOLL_PAGE_FOREIGN', { file, owner: uid })
}
