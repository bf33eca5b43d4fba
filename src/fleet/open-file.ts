import { closeSync } from 'node:fs'
import { fileSuffix } from '../mmstats/layout.ts'
import { readHead } from '../mmstats/read/file.ts'
import { MmstatsReader, type MmstatsReaderOptions } from '../mmstats/read/reader.ts'
import { isMmstats } from '../mmstats/read/walk.ts'
import { openReadable } from '../os/trusted-file.ts'
import { magic } from '../page/layout.ts'
import type { OpenFile } from '../page/read/open-pages.ts'
import { ReadableFile } from '../page/read/readable-file.ts'
import { PageReader } from '../page/read/reader.ts'

const headBytes = 1024

/**
 * Opens a file of metrics, a page or one of mmstats, for reading: by its first bytes, and by its name only where these say
 * neither. Throws PLIMSOLL_PAGE_UNREADABLE or PLIMSOLL_PAGE_FOREIGN.
 */
export function openFile(file: string, options: MmstatsReaderOptions = {}): OpenFile {
  const { fd } = openReadable(file)
  try {
    const head = readHead(file, fd, headBytes)
    const isOld = isMmstats(head) || (file.endsWith(fileSuffix) && head[0] !== magic.charCodeAt(0))
    return isOld ? new MmstatsReader(file, fd, options) : new PageReader(file, new ReadableFile(file, fd), options)
  } catch (error) {
    closeSync(fd)
    throw error
  }
}
