import { closeSync, constants, openSync } from 'node:fs'
import { lockExclusive } from '../../os/map.ts'

/** Keeps everybody from compaction while it is held: by the kernel's lock of the directory itself, which ends with its holder. */
export interface CompactionLock {
  /** The directory, open. */
  readonly fd: number
  release(): void
}

/** In attempts: a second. */
export const longestWait = 200
const pauseMs = 5
const pause = new Int32Array(new SharedArrayBuffer(4))

/** Takes the lock, trying every 5 ms for so many times; `undefined` where another holds it. Throws what the kernel says. */
export function lockCompaction(directory: string, attempts: number = longestWait): CompactionLock | undefined {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY)
  const lock = { fd, release: () => closeSync(fd) }
  try {
    for (let attempt = 1; ; attempt++) {
      if (lockExclusive(fd)) return lock
      if (attempt === attempts) break
      Atomics.wait(pause, 0, 0, pauseMs)
    }
  } catch (error) {
    lock.release()
    throw error
  }
  lock.release()
  return undefined
}
