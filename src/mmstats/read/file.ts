import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { PlimsollError } from '../../errors.ts'

/** A link would let somebody else choose the file; a FIFO must not make its reader wait. */
const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Opens a regular file for reading. Throws PLIMSOLL_PAGE_UNREADABLE for anything else. */
export function openFile(file: string): number {
  let fd: number
  try {
    fd = openSync(file, readOnly)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw unreadable(file, code === 'ELOOP' ? 'it is a link' : message, cause)
  }
  if (fstatSync(fd).isFile()) return fd
  closeSync(fd)
  throw unreadable(file, 'it is no regular file')
}

/** The first bytes of a file, `most` or as many as there are. Throws PLIMSOLL_PAGE_UNREADABLE. */
export function readHead(file: string, fd: number, most: number): Buffer {
  const buffer = Buffer.allocUnsafe(most)
  let done = 0
  try {
    while (done < most) {
      const count = readSync(fd, buffer, done, most - done, done)
      if (count === 0) break
      done += count
    }
  } catch (cause) {
    throw unreadable(file, (cause as Error).message, cause)
  }
  return buffer.subarray(0, done)
}

function unreadable(file: string, reason: string, cause?: unknown): PlimsollError {
  return new PlimsollError('PLIMSOLL_PAGE_UNREADABLE', { file, reason }, { cause })
}
