import { closeSync, readdirSync } from 'node:fs'
import { uptime } from 'node:os'
import { join } from 'node:path'
import { isLocked } from './map.ts'
import { openTrusted } from './trusted-file.ts'

/** A written page is written once a second and has no lock; and a process that is started again soon continues its totals. */
const recentMs = 60_000

/**
 * Whether a process writes to files of a directory, or did within the last minute since the machine was started. Also where that
 * cannot be determined.
 */
export function isInUse(directory: string): boolean {
  const now = Date.now()
  const since = Math.max(now - recentMs, now - uptime() * 1000)
  try {
    return readdirSync(directory).some((name) => isFileInUse(join(directory, name), since))
  } catch {
    return true
  }
}

function isFileInUse(path: string, since: number): boolean {
  let fd: number | undefined
  try {
    const file = openTrusted(path)
    fd = file.fd
    return file.stats.mtimeMs >= since || isLocked(fd) !== false
  } catch {
    // Not a page: readers would not open it either.
    return false
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
