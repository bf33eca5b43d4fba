import { type Clock, systemClock } from '../../clock.ts'
import { PlimsollError } from '../../errors.ts'
import { bootId } from '../../os/boot.ts'
import { isLabelName } from '../../snapshot/names.ts'
import { minClockChange, type ReadTime } from '../../snapshot/read-time.ts'
import {
  bootBytes,
  bootOffset,
  chunkCountOffset,
  clearedOffset,
  clockOffsetOffset,
  endedOffset,
  formatVersion,
  headerBytes,
  headerBytesOffset,
  heartbeatOffset,
  keptOffset,
  logEndOffset,
  magic,
  maxChunks,
  monotonicBeatOffset,
  monotonicStartOffset,
  textBytes,
  textOffset,
  versionOffset,
  writerBytesOffset,
  writerOffset,
  writtenPage,
} from '../layout.ts'
import { damaged, type WriterLine } from '../log.ts'

/** What the first block of a page says, checked. */
export interface Header {
  /** Where the first chunk may begin. */
  readonly bytes: number
  readonly chunkCount: number
  readonly logEnd: number
  /** Unix time in seconds; 0 without a ticker. */
  readonly heartbeat: number
  /** Unix time in seconds; 0 when the writer did not close the page. */
  readonly ended: number
  /** Unix time in whole seconds at which something was last removed that archives are to forget; 0 for never. */
  readonly cleared: number
  /** Whether its writer stores what changed once a second, else at once. */
  readonly isWritten: boolean
  /** When the page was made, and the last heartbeat, by the clock of the cells; 0 without one. */
  readonly start: number
  readonly beat: number
  /** What makes a time of that clock a Unix time. */
  readonly offset: number
  /** Tells the machine's starts apart, whose clock that is; zeros for a clock of its own. */
  readonly boot: Buffer
}

/** A clock that shows the times of a machine between two of its starts, such as those at which something was recorded. */
export interface MachineClock extends Clock {
  readonly boot: Buffer
}

/**
 * Whether a reader with this clock has the very clock of the writer. One of a test has nothing to do with that of the
 * machine.
 */
export function hasClockOf({ boot, beat }: Header, clock: Clock): boolean {
  const own = clock === systemClock ? bootId() : (clock as Partial<MachineClock>).boot
  return own !== undefined && beat > 0 && boot.some((byte) => byte !== 0) && boot.equals(own)
}

/** Seconds for which a writer has given no sign of life, `null` where it gives none. Never negative. */
export function silenceOf(header: Header, clock: Clock): number | null {
  if (hasClockOf(header, clock)) return Math.max(0, clock.now() / 1000 - header.beat)
  return header.heartbeat > 0 ? Math.max(0, clock.unixTime() - header.heartbeat) : null
}

/** When a page is read, by the clock of its cells. */
export function readTimeOf(header: Header, isAlive: boolean, clock: Clock): ReadTime {
  const { beat, ended } = header
  const unixTime = clock.unixTime()
  const own = hasClockOf(header, clock) ? clock.now() / 1000 : undefined
  // A clock set since the last heartbeat, or since the writer ended, has other times than those that live writers recorded.
  const isSet = own !== undefined && Math.abs(unixTime - own - header.offset) > minClockChange
  const offset = isSet ? unixTime - own : header.offset
  // The clock of another machine may be behind.
  const now = Math.max(own ?? unixTime - offset, beat)
  if (isAlive) return { now, end: now, seenAt: beat || now, offset }
  return { now, end: beat || (ended > 0 ? ended - offset : now), offset }
}

/** Reads the first block. Throws PLIMSOLL_PAGE_UNKNOWN, PLIMSOLL_PAGE_VERSION or PLIMSOLL_PAGE_DAMAGED. */
export function checkHeader(file: string, block: Buffer): Header {
  const found = block.toString('latin1', 0, magic.length)
  const withoutVersion = magic.slice(0, magic.length - 2)
  if (!found.startsWith(withoutVersion)) {
    throw new PlimsollError('PLIMSOLL_PAGE_UNKNOWN', { file, found: found.replace(/\0+$/, '') })
  }
  const version = block.readUInt32LE(versionOffset)
  if (found !== magic || version !== formatVersion) {
    const said = found === magic ? version : found.slice(withoutVersion.length).trim()
    throw new PlimsollError('PLIMSOLL_PAGE_VERSION', { file, found: String(said), expected: formatVersion })
  }
  const bytes = block.readUInt32LE(headerBytesOffset)
  if (bytes < headerBytes || bytes % headerBytes !== 0) {
    throw damaged(file, `byte ${headerBytesOffset}`, `${bytes}`, `a header of a multiple of ${headerBytes} bytes`)
  }
  const chunkCount = block.readUInt32LE(chunkCountOffset)
  if (chunkCount > maxChunks)
    throw damaged(file, `byte ${chunkCountOffset}`, `${chunkCount}`, `at most ${maxChunks} chunks`)
  return {
    bytes,
    chunkCount,
    logEnd: block.readUInt32LE(logEndOffset),
    heartbeat: timeAt(block, heartbeatOffset),
    ended: timeAt(block, endedOffset),
    cleared: block.readUInt32LE(clearedOffset),
    isWritten: block.readUInt32LE(keptOffset) === writtenPage,
    start: timeAt(block, monotonicStartOffset),
    beat: timeAt(block, monotonicBeatOffset),
    offset: offsetIn(block),
    boot: bootIn(block),
  }
}

let latestBoot = Buffer.alloc(bootBytes)

/** The same object for pages of the same start of the machine, which are most of those that are read. */
function bootIn(block: Buffer): Buffer {
  if (block.compare(latestBoot, 0, bootBytes, bootOffset, bootOffset + bootBytes) !== 0) {
    latestBoot = Buffer.from(block.subarray(bootOffset, bootOffset + bootBytes))
  }
  return latestBoot
}

/** A time; 0 for what no writer stores. */
function timeAt(block: Buffer, offset: number): number {
  const time = block.readDoubleLE(offset)
  return time > 0 && time < Number.POSITIVE_INFINITY ? time : 0
}

/** 0 for what no clock can have; beyond 2^53 not even seconds differ. */
function offsetIn(block: Buffer): number {
  const offset = block.readDoubleLE(clockOffsetOffset)
  return Math.abs(offset) < 2 ** 53 ? offset : 0
}

/** Reads the JSON line about the writer. Throws PLIMSOLL_PAGE_DAMAGED. */
export function readWriter(file: string, block: Buffer): WriterLine {
  const from = block.readUInt32LE(writerOffset)
  const length = block.readUInt32LE(writerBytesOffset)
  const where = `byte ${from}`
  if (from < textOffset || from + length > textOffset + textBytes) {
    throw damaged(file, `byte ${writerOffset}`, `${from}, ${length} bytes`, 'a place in the text of the header')
  }
  const text = block.toString('utf8', from, from + length)
  let line: Partial<WriterLine>
  try {
    line = JSON.parse(text) ?? {}
  } catch {
    throw damaged(file, where, text, 'a line of JSON')
  }
  const { pid, tid, app, host, startedAt, plimsoll = '', node = '', container, worker, written, labels } = line
  const numbers =
    [pid, tid].every((id) => Number.isSafeInteger(id) && (id as number) >= 0) && Number.isFinite(startedAt)
  const texts = [app, host, plimsoll, node].every((name) => typeof name === 'string')
  if (!numbers || !texts) throw damaged(file, where, text, 'pid, tid, app, host and startedAt')
  if (container !== undefined && typeof container !== 'string')
    throw damaged(file, where, text, 'a container that is text')
  if (worker !== undefined && typeof worker !== 'string') throw damaged(file, where, text, 'a worker that is text')
  if (written !== undefined && typeof written !== 'string') throw damaged(file, where, text, 'a reason that is text')
  if (labels !== undefined && !areLabels(labels)) throw damaged(file, where, text, 'labels that are text')
  return {
    pid,
    tid,
    app,
    host,
    ...(container && { container }),
    startedAt,
    plimsoll,
    node,
    ...(worker && { worker }),
    ...(written && { written }),
    ...(labels && { labels }),
  } as WriterLine
}

function areLabels(labels: unknown): boolean {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) return false
  return Object.entries(labels).every(([name, value]) => isLabelName(name) && typeof value === 'string')
}
