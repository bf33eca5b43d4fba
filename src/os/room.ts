import { existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'

/** Bytes of a file system. */
export interface Room {
  readonly free: number
  readonly total: number
}

/** What users other than root may use in the file system of a directory, or of where it would be; `undefined` where unknown. */
export function roomIn(directory: string): Room | undefined {
  const parent = dirname(directory)
  if (!existsSync(directory)) return parent === directory ? undefined : roomIn(parent)
  try {
    const { bsize, bavail, blocks } = statfsSync(directory)
    // Some file systems do not count.
    return blocks > 0 ? { free: bavail * bsize, total: blocks * bsize } : undefined
  } catch {
    return undefined
  }
}
