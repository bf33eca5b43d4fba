import type { Clock } from '../../clock.ts'
import type { Mutable } from '../../snapshot/kinds/row.ts'
import { isAlive, stateOfLiving } from '../../snapshot/page-state.ts'
import type { PageInfo } from '../../snapshot/snapshot.ts'
import { headerBytes, magic } from '../layout.ts'
import { maxSilenceSeconds } from '../life.ts'
import { damaged, type WriterLine, whoOf } from '../log.ts'
import type { ReadableBytes } from '../storage.ts'
import { guarded } from './guarded.ts'
import { checkHeader, type Header, hasClockOf, readWriter, silenceOf } from './header.ts'
import { ReadableFile } from './readable-file.ts'

/** How often a reader turns to the page that has taken the place of the one it has read. */
export const maxTurns = 10

/** The first block of the page that is read: one for all, as each read ends before the next. What is kept of it is a copy. */
const headerBlock = Buffer.alloc(headerBytes)

/** The first block of a page, until another one is read. */
export interface FirstBlock {
  readonly header: Header
  readonly block: Buffer
}

/** Reads the first block. A file that is too short for one is a damaged page only if it begins like one. */
export function readFirstBlock(file: string, bytes: ReadableBytes): FirstBlock {
  const block = headerBlock
  const count = bytes.read(block, 0, 0)
  // Behind a short file is what another page had there.
  block.fill(0, count)
  const begins = block.toString('latin1', 0, Math.min(count, magic.length))
  if (count < headerBytes && magic.startsWith(begins)) fillFrom(file, bytes, block, 0)
  return { header: checkHeader(file, block), block }
}

/** Fills a buffer with the bytes from `position` on. Throws PLIMSOLL_PAGE_DAMAGED where the file ends before. */
export function fillFrom(file: string, bytes: ReadableBytes, buffer: NodeJS.ArrayBufferView, position: number): void {
  let done = 0
  while (done < buffer.byteLength) {
    const count = bytes.read(buffer, done, position + done)
    if (count === 0) throw damaged(file, `byte ${position + done}`, 'the end of the file', 'more bytes')
    done += count
  }
}

/** What snapshots say of a page. */
export function describePage(
  file: string,
  bytes: ReadableBytes,
  writer: WriterLine,
  header: Header,
  clock: Clock,
): PageInfo {
  const heartbeatAge = silenceOf(header, clock)
  const endedAt = endOf(file, bytes, heartbeatAge, header)
  const page = whoOf(writer) as Mutable<PageInfo>
  page.file = file
  page.state = endedAt === undefined ? stateOfLiving(heartbeatAge) : endedAt === null ? 'killed' : 'exited'
  page.heartbeatAge = heartbeatAge
  page.endedAt = endedAt ?? null
  if (bytes.owner !== undefined) page.owner = bytes.owner
  // Until now, or the last sign of life of a writer that is gone.
  if (hasClockOf(header, clock))
    page.uptime = Math.max(0, (isAlive(page) ? clock.now() / 1000 : header.beat) - header.start)
  return page
}

/** When the writer closed the page, `null` if it went without that; `undefined` while it lives. */
function endOf(
  file: string,
  bytes: ReadableBytes,
  heartbeatAge: number | null,
  { ended, isWritten }: Header,
): number | null | undefined {
  // It may be locked all the same, by a process that may publish it again.
  if (ended > 0) return ended
  const beats = heartbeatAge !== null && heartbeatAge < maxSilenceSeconds(isWritten)
  if (bytes.isHeld() ?? beats) return undefined
  // It may have closed the page since the header was read, and released the lock then.
  const { ended: endedSince } = readFirstBlock(file, bytes).header
  return endedSince > 0 ? endedSince : null
}

/**
 * Who writes a page, from its header alone, without what it takes to read metrics; `undefined` for a writer that is not
 * wanted. Throws what `openPage` and `read` throw.
 */
export function readAbout(file: string, clock: Clock, isWanted: (writer: WriterLine) => boolean): PageInfo | undefined {
  return guarded(file, () => {
    let bytes = new ReadableFile(file)
    try {
      for (let more = maxTurns; ; more--) {
        const { header, block } = readFirstBlock(file, bytes)
        const writer = readWriter(file, block)
        if (!isWanted(writer)) return undefined
        const page = describePage(file, bytes, writer, header, clock)
        const next = more > 0 ? bytes.successor() : undefined
        if (next === undefined) return page
        bytes.close()
        bytes = next
      }
    } finally {
      bytes.close()
    }
  })
}
