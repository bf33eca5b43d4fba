import { closeSync, readSync, writeSync } from 'node:fs'
import { isLocked, lockExclusive } from '../os/map.ts'
import { isRunning, ownThread } from '../os/thread-life.ts'
import { openSame, type TrustedFile } from '../os/trusted-file.ts'
import {
  headerBytes,
  keptOffset,
  machineBytes,
  machineOffset,
  namespaceOffset,
  releasedOffset,
  threadOffset,
  threadStartOffset,
  writtenPage,
} from './layout.ts'

/** Seconds without a sign of life after which the writer of a written page is dead where its thread cannot be looked up. */
const silentWritten = 60
/** The same for a mapped page where locks cannot be asked for. */
const silentMapped = 10

/** Readers take the shared lock for an instant to see whether a writer holds the exclusive one. */
const lockAttempts = 5
const pauseMs = 2
const pause = new Int32Array(new SharedArrayBuffer(4))

/** Seconds of silence after which the writer of a page counts as dead, where nothing else can be determined. */
export function maxSilenceSeconds(isWritten: boolean): number {
  return isWritten ? silentWritten : silentMapped
}

/** Notes in the header of a page that it is written, and by this thread. */
export function noteWritten(header: Buffer): void {
  const { machine, thread, namespace, start } = ownThread()
  header.writeUInt32LE(writtenPage, keptOffset)
  header.writeUInt32LE(thread, threadOffset)
  header.writeUInt32LE(namespace, namespaceOffset)
  header.writeDoubleLE(start, threadStartOffset)
  machine.copy(header, machineOffset)
}

/** Whether a writer has a page that is open; `undefined` where that cannot be determined, and only its silence can show it. */
export function hasWriter(fd: number): boolean | undefined {
  const block = firstBlock(fd)
  return isWritten(block) ? hasThread(block) : isLocked(fd)
}

/** Whether a page is mapped, not written. That does not change. */
export function isMapped(fd: number): boolean {
  return !isWritten(firstBlock(fd))
}

/**
 * Whether the writer of a page is gone that has been silent for so many seconds. The lock of a mapped page is taken then, until
 * `fd` is closed; a written one is to be retired before anything is done with it. Throws what `lockExclusive` throws.
 */
export function isAbandoned(fd: number, silence: number): boolean {
  const block = firstBlock(fd)
  if (!isWritten(block)) return lockPatiently(fd)
  return !(hasThread(block) ?? silence < silentWritten)
}

/**
 * Makes a written page unwritable: a writer that is alive after all starts a new page. Throws where this process may not do that.
 */
export function retire(file: string, { fd, stats }: TrustedFile): void {
  if (isMapped(fd)) return
  const writable = openSame(file, stats)
  try {
    release(writable)
  } finally {
    closeSync(writable)
  }
}

/** Whether the writer of a written page has released it, or another process has archived it; not where it was overwritten. */
export function isReleased(fd: number): boolean {
  const word = Buffer.alloc(4)
  readSync(fd, word, 0, word.length, releasedOffset)
  return word.readUInt32LE() === 1
}

/** Says so. */
export function release(fd: number): void {
  writeSync(fd, Uint8Array.of(1, 0, 0, 0), 0, 4, releasedOffset)
}

function isWritten(block: Buffer): boolean {
  return block.readUInt32LE(keptOffset) === writtenPage
}

function hasThread(block: Buffer): boolean | undefined {
  if (block.readUInt32LE(releasedOffset) !== 0) return false
  const start = block.readDoubleLE(threadStartOffset)
  return isRunning({
    machine: block.subarray(machineOffset, machineOffset + machineBytes),
    thread: block.readUInt32LE(threadOffset),
    namespace: block.readUInt32LE(namespaceOffset),
    start: Number.isFinite(start) ? start : 0,
  })
}

/** Zeros where the file is shorter. */
function firstBlock(fd: number): Buffer {
  const block = Buffer.alloc(headerBytes)
  readSync(fd, block, 0, headerBytes, 0)
  return block
}

/** Takes the exclusive lock where no writer has it, also when readers look at it just now. Throws what `lockExclusive` throws. */
export function lockPatiently(fd: number): boolean {
  for (let attempt = 1; ; attempt++) {
    if (isLocked(fd) === true) return false
    if (lockExclusive(fd)) return true
    if (attempt === lockAttempts) return false
    Atomics.wait(pause, 0, 0, pauseMs)
  }
}
