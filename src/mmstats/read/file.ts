import { readSync } from 'node:fs'
import { unreadable } from '../../os/trusted-file.ts'

/** The first bytes of a file, `most` or as many as there are. Throws PLIMSOLL_PAGE_UNREADABLE. */
export function readHead(file: string, fd: number, max: number): Buffer {
  const buffer = Buffer.allocUnsafe(max)
  let done = 0
  try {
    while (done < max) {
      const count = readSync(fd, buffer, done, max - done, done)
      if (count === 0) break
      done += count
    }
  } catch (cause) {
    throw unreadable(file, cause)
  }
  return buffer.subarray(0, done)
}
