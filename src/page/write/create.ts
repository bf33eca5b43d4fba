import { openSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { PlimsollError, reasonOf } from '../../errors.ts'
import { mappingUnavailable, sweepMappings } from '../../os/map.ts'
import { replaceFile } from '../../os/replace-file.ts'
import { prepareDirectory } from '../../os/trusted-directory.ts'
import { codeOf, createLocked, newFile } from '../../os/trusted-file.ts'
import { nameInFile } from '../directory.ts'
import { pageSuffix } from '../layout.ts'
import type { WriterLine } from '../log.ts'
import { PageFiles } from './page-files.ts'
import { writeHeader } from './write-header.ts'
import { PageWriter } from './writer.ts'
import { WrittenFile } from './written-file.ts'

/** Where a page goes, who writes it, and how large it may become. */
export interface PageOptions {
  /** Default: that of `publish`. */
  readonly directory: string | undefined
  readonly writer: WriterLine
  /** Bytes; see `publish`. */
  readonly maxBytes: number
  /** How it is to be kept. Default: mapped where that works, else written. */
  readonly page?: 'mapped' | 'written' | undefined
  /** Path of a page in this directory whose place it is to take when it gets its name. Default: none, and a name of its own. */
  readonly file?: string
  /** The same, where that page is in use. */
  readonly replaces?: Replaced
}

/** Why a page is written that could have been mapped. */
export const chosen = 'chosen'
/** Characters, so that the text of the header has room for it. */
const maxReasonLength = 200

/** A page that another one is to replace, and how many cells that needs. */
export interface Replaced {
  readonly page: PageWriter
  readonly cells: number
}

/**
 * Makes a page without its name, and gives its writer: fill it with what was counted before, then call {@link namePage}, so
 * that readers never meet a half one. Throws PLIMSOLL_MAP_UNAVAILABLE, PLIMSOLL_DIRECTORY_REFUSED, or
 * PLIMSOLL_PAGE_NOT_CREATED with the first failure as cause; then nothing is left behind.
 */
export function createPage(options: PageOptions): PageWriter {
  if (options.page === 'written') return create(options, options.replaces?.page.writer.written ?? chosen)
  const unavailable = mappingUnavailable()
  try {
    if (unavailable !== undefined) throw unavailable
    return create(options)
  } catch (cause) {
    const failure = [cause, (cause as Error).cause].find((each) => isOfMapping(each))
    if (failure === undefined || options.page === 'mapped') throw cause
    return create(options, reasonOf(failure).slice(0, maxReasonLength))
  }
}

/** Whether memory cannot be mapped here, or not in files of that directory. */
function isOfMapping(cause: unknown): boolean {
  const code = codeOf(cause)
  return code === 'PLIMSOLL_MAP_UNAVAILABLE' || code === 'PLIMSOLL_MAP_FAILED'
}

/** `written`: why the page is not mapped. */
function create(
  { directory, writer: about, maxBytes, file: given, replaces }: PageOptions,
  written?: string,
): PageWriter {
  // Where workers come and go, each takes away what the one before it may have left.
  if (written === undefined) sweepMappings()
  const writer = written === undefined ? about : { ...about, written }
  const path = prepareDirectory(directory)
  // Random, so that a new writer with an old process id never meets an old page.
  const name = `${nameInFile(writer.app)}-${writer.pid}-${writer.tid}-${uniqueHex()}${pageSuffix}`
  const file = replaces?.page.file ?? given ?? join(path, name)
  const temporary = temporaryName(file)
  let files: PageFiles | WrittenFile | undefined
  let page: PageWriter | undefined
  try {
    files =
      written === undefined
        ? new PageFiles(createLocked(temporary, 0o600))
        : new WrittenFile(file, openSync(temporary, newFile, 0o600))
    page = new PageWriter(file, files, writeHeader(files, writer), writer, maxBytes)
    if (!page.begin(replaces?.page, replaces?.cells)) throw page.failure
    return page
  } catch (cause) {
    if (page === undefined) files?.release([])
    else page.release()
    if (files !== undefined) rmSync(temporary, { force: true })
    throw new PlimsollError('PLIMSOLL_PAGE_NOT_CREATED', { file, reason: reasonOf(cause) }, { cause })
  }
}

/** Removes what was made of a page that gets no name. Throws nothing. */
export function dropPage({ file }: PageWriter): void {
  try {
    rmSync(temporaryName(file), { force: true })
  } catch {
    // It goes with the next cleaning.
  }
}

/** Gives a new page its name: now readers meet it. Throws PLIMSOLL_PAGE_NOT_CREATED; its file is gone then. */
export function namePage(page: PageWriter): void {
  const { file } = page
  try {
    const loss = page.flush()
    if (loss !== undefined) throw new Error(`it was ${loss}`)
    if (page.failure?.code === 'PLIMSOLL_PAGE_NOT_WRITTEN') throw page.failure
    replaceFile(temporaryName(file), file)
  } catch (cause) {
    dropPage(page)
    throw new PlimsollError('PLIMSOLL_PAGE_NOT_CREATED', { file, reason: reasonOf(cause) }, { cause })
  }
}

/** 8 hexadecimal digits; not of node:crypto, which takes 5 ms to load. */
function uniqueHex(): string {
  // Where `--random-seed` makes `Math.random` the same in all processes, the clock differs.
  const bits = Math.floor(Math.random() * 2 ** 32) ^ process.hrtime()[1]
  return (bits >>> 0).toString(16).padStart(8, '0')
}

function temporaryName(file: string): string {
  return join(dirname(file), `.${basename(file)}`)
}
