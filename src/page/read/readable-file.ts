import { closeSync, fstatSync, readSync, readvSync } from 'node:fs'
import { isLocked } from '../../os/map.ts'
import { currentUser, openReadable, unreadable } from '../../os/trusted-file.ts'
import { hasWriter, isMapped } from '../life.ts'
import type { ReadableBytes } from '../storage.ts'

/** The file of a page, open for reading. */
export class ReadableFile implements ReadableBytes {
  readonly owner: number | undefined
  isUncertain = false
  private readonly file: string
  private fd: number
  /** Known from the first question on, so that all others are for the lock alone. */
  private isMapped: boolean | undefined

  /** `fd`: the file, open already. Throws as `openPage` does. */
  constructor(file: string, fd: number = openReadable(file).fd) {
    this.file = file
    this.fd = fd
    const user = currentUser()
    const { uid } = fstatSync(fd)
    this.owner = user === undefined || uid === user ? undefined : uid
  }

  size(): number {
    return fstatSync(this.fd).size
  }

  /** Throws PLIMSOLL_PAGE_UNREADABLE. */
  read(target: NodeJS.ArrayBufferView, offset: number, position: number): number {
    try {
      return readSync(this.fd, target, offset, target.byteLength - offset, position)
    } catch (cause) {
      throw unreadable(this.file, cause)
    }
  }

  /** Throws PLIMSOLL_PAGE_UNREADABLE. */
  readAll(targets: readonly NodeJS.ArrayBufferView[], position: number): number {
    try {
      return readvSync(this.fd, targets, position)
    } catch (cause) {
      throw unreadable(this.file, cause)
    }
  }

  isHeld(): boolean | undefined {
    this.isMapped ??= isMapped(this.fd)
    const isHeld = this.isMapped ? isLocked(this.fd) : hasWriter(this.fd)
    this.isUncertain = isHeld === undefined
    return isHeld
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
