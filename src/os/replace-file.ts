import { renameSync, unlinkSync } from 'node:fs'
import { codeOf } from './trusted-file.ts'

const attempts = 4
const pauseMs = 5
const pause = new Int32Array(new SharedArrayBuffer(4))

/**
 * Renames a file over another one, in one step. Windows refuses that while anybody has the other one open: there it is tried
 * a few times, and then the other one is removed first. Throws what the system reports.
 */
export function replaceFile(from: string, to: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(from, to)
      return
    } catch (error) {
      if (process.platform !== 'win32' || !['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error) ?? '')) throw error
      if (attempt === attempts) break
    }
    Atomics.wait(pause, 0, 0, pauseMs)
  }
  // Who has it open keeps it, without a name.
  unlinkSync(to)
  renameSync(from, to)
}
