import { readSync } from 'node:fs'
import { unreadable } from '../../os/trusted-file.ts'

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
    throw unreadable(file, cause)
  }
  return buffer.subarray(0, done)
}
