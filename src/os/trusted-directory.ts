import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf } from './trusted-file.ts'

/**
 * Makes a directory and what is missing above it. Not with Node's `recursive`, which tries for ever where the kernel
 * says ENOENT although the parent is there, as below /proc.
 */
export function makeDirectory(path: string, mode = 0o700): void {
  if (existsSync(path)) return
  const parent = dirname(path)
  if (parent !== path) makeDirectory(parent, mode)
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    // Another process was faster.
    if (codeOf(error) !== 'EEXIST') throw error
  }
}
