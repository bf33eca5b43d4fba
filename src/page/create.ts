import { randomBytes } from 'node:crypto'
import { closeSync, constants, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { PlimsollError, reasonOf } from '../errors.ts'
import { prepareDirectory } from './directory.ts'
import {
  formatVersion,
  headerBytes,
  headerBytesOffset,
  magic,
  pageSuffix,
  textBytes,
  textOffset,
  versionOffset,
  writerBytesOffset,
  writerOffset,
} from './layout.ts'
import type { WriterLine } from './log.ts'
import { lockExclusive, mappingUnavailable, mapShared, memoryPageSize, reserve, sweepMappings } from './map.ts'
import { PageFiles } from './page-files.ts'
import { PageWriter } from './writer.ts'

/** Where a page goes, who writes it, and how large it may become. */
export interface PageOptions {
  readonly directory: string
  readonly writer: WriterLine
  /** Bytes; see `publish`. */
  readonly maxBytes: number
  /** The page whose place it is to take when it gets its name. Default: none. */
  readonly replaces?: Replaced
}

/** A page that another one is to replace, and how many cells that needs. */
export interface Replaced {
  readonly page: PageWriter
  readonly cells: number
}

const newFile = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
const longestAppInName = 64

/**
 * Makes a page, locked and without its name, and gives its writer: fill it with what was counted before, then call
 * {@link namePage}, so that readers never meet a half one. Throws PLIMSOLL_MAP_UNAVAILABLE, PLIMSOLL_DIRECTORY_REFUSED, or
 * PLIMSOLL_PAGE_NOT_CREATED with the first failure as cause; then nothing is left behind.
 */
export function createPage({ directory, writer, maxBytes, replaces }: PageOptions): PageWriter {
  const unavailable = mappingUnavailable()
  if (unavailable !== undefined) throw unavailable
  // Where workers come and go, each takes away what the one before it may have left.
  sweepMappings()
  const path = prepareDirectory(directory)
  const app = writer.app.replace(/[^\w.-]/g, '_').slice(0, longestAppInName)
  // Random, so that a new writer with an old process id never meets an old page.
  const name = `${app}-${writer.pid}-${writer.tid}-${randomBytes(4).toString('hex')}${pageSuffix}`
  const file = replaces?.page.file ?? join(path, name)
  const temporary = temporaryName(file)
  const open: number[] = []
  let page: PageWriter | undefined
  try {
    const lockFd = openSync(temporary, newFile, 0o600)
    open.push(lockFd)
    if (!lockExclusive(lockFd)) throw new Error('another process holds its lock')
    // A mapping keeps the lock of the descriptor that it was made from, even past close: so map from another one.
    const mapFd = openSync(temporary, constants.O_RDWR | constants.O_NOFOLLOW)
    open.push(mapFd)
    const files = new PageFiles(lockFd, mapFd)
    page = new PageWriter(file, files, writeHeader(mapFd, writer), writer, maxBytes)
    if (!page.begin(replaces?.page, replaces?.cells)) throw page.failure
    return page
  } catch (cause) {
    if (page === undefined) for (const fd of open) closeSync(fd)
    else page.release()
    if (open.length > 0) rmSync(temporary, { force: true })
    throw new PlimsollError('PLIMSOLL_PAGE_NOT_CREATED', { file, reason: reasonOf(cause) }, { cause })
  }
}

/** Gives a new page its name: now readers meet it. Throws PLIMSOLL_PAGE_NOT_CREATED; its file is gone then. */
export function namePage({ file }: PageWriter): void {
  const temporary = temporaryName(file)
  try {
    renameSync(temporary, file)
  } catch (cause) {
    rmSync(temporary, { force: true })
    throw new PlimsollError('PLIMSOLL_PAGE_NOT_CREATED', { file, reason: reasonOf(cause) }, { cause })
  }
}

function temporaryName(file: string): string {
  return join(dirname(file), `.${basename(file)}`)
}

/** Fills the header and maps it. */
function writeHeader(fd: number, writer: WriterLine): ArrayBuffer {
  const bytes = Math.max(headerBytes, memoryPageSize())
  reserve(fd, 0, bytes)
  const header = Buffer.alloc(headerBytes)
  header.fill(' ', textOffset, textOffset + textBytes)
  header.write(magic, 0, 'latin1')
  const about =
    'The metrics of one thread of a Node process; "plimsoll show FILE" prints them, docs/format.md explains it.\n'
  const line = Buffer.from(JSON.stringify(writer))
  const at = textOffset + header.write(about, textOffset, 'latin1')
  if (line.length >= textOffset + textBytes - at) throw new Error('the names of app and host are too long')
  line.copy(header, at)
  header.write('\n', at + line.length, 'latin1')
  header.write('\n', textOffset + textBytes - 1, 'latin1')
  header.writeUInt32LE(formatVersion, versionOffset)
  header.writeUInt32LE(bytes, headerBytesOffset)
  header.writeUInt32LE(at, writerOffset)
  header.writeUInt32LE(line.length, writerBytesOffset)
  writeSync(fd, header, 0, header.length, 0)
  return mapShared(fd, 0, headerBytes)
}
