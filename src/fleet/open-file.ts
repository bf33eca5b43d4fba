import { closeSync, constants, openSync, readSync } from 'node:fs'
import { fileSuffix } from '../mmstats/layout.ts'
import { type MmstatsReaderOptions, openMmstats } from '../mmstats/read/reader.ts'
import { isMmstats } from '../mmstats/read/walk.ts'
import { magic } from '../page/layout.ts'
import type { OpenFile } from '../page/read/open-pages.ts'
import { openPage } from '../page/read/reader.ts'

const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
const headBytes = 1024

/**
 * Opens a file of metrics, a page or one of mmstats, for reading: by its first bytes, and by its name only where these say
 * neither. Throws PLIMSOLL_PAGE_UNREADABLE or PLIMSOLL_PAGE_FOREIGN.
 */
export function openFile(file: string, options: MmstatsReaderOptions = {}): OpenFile {
  const head = readHead(file)
  const isOld = isMmstats(head) || (file.endsWith(fileSuffix) && head[0] !== magic.charCodeAt(0))
  return isOld ? openMmstats(file, options) : openPage(file, options)
}

/** Nothing where it cannot be read: opening it will say why. */
function readHead(file: string): Uint8Array {
  let fd: number | undefined
  try {
    fd = openSync(file, readOnly)
    const head = new Uint8Array(headBytes)
    return head.subarray(0, readSync(fd, head, 0, headBytes, 0))
  } catch {
    return new Uint8Array(0)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
