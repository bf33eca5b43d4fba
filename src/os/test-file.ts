import { readFileSync } from 'node:fs'

/** Whether `node --test` runs this process for one of its files. What a test starts is an app. */
export function isTestFile(): boolean {
  if (process.env.NODE_TEST_CONTEXT === undefined) return false
  try {
    return readFileSync(`/proc/${process.ppid}/cmdline`, 'latin1').split('\0').includes('--test')
  } catch {
    return false
  }
}
