import { closeSync, fstatSync, readSync } from 'node:fs'
import { punchHole } from '../../os/map.ts'
import { openSame, openTrusted } from '../../os/trusted-file.ts'
import { removePage } from '../../page/clean.ts'
import { blockBytes } from '../../page/layout.ts'

/**
 * Makes room on a file system that is full: pages that are in an archive already are removed, and dead ones free the blocks
 * that hold nothing but zeros, which reads the same. Whether there is more room now. A kill at any instant loses nothing.
 */
export function freeSpace(archived: readonly string[], dead: readonly string[]): boolean {
  const removed = archived.filter(removePage).length
  return dead.filter(freeZeros).length + removed > 0
}

/** Whether the file takes less space than before. Throws nothing. */
function freeZeros(file: string): boolean {
  let fd: number | undefined
  try {
    const opened = openTrusted(file)
    closeSync(opened.fd)
    fd = openSame(file, opened.stats)
    const { blocks, size } = fstatSync(fd)
    const block = Buffer.alloc(blockBytes)
    for (let at = 0; at < size; at += blockBytes) {
      const count = readSync(fd, block, 0, blockBytes, at)
      if (count === blockBytes && block.every((byte) => byte === 0)) punchHole(fd, at, blockBytes)
    }
    return fstatSync(fd).blocks < blocks
  } catch {
    // It stays as it is.
    return false
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}
