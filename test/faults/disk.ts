import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/**
 * A small disk in memory for one test, with mode 0700 and further mount options. Mounting needs root:
 * without it the test is skipped; with root and `CI=true` a mount that fails is an error.
 */
export function mountDisk(t: TestContext, kib: number, options: readonly string[] = []): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    t.skip('only root can mount a small disk')
    return undefined
  }
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-disk-'))
  t.after(() => {
    // Lazily, as a process of the test may still be there.
    spawnSync('umount', ['--lazy', folder])
    rmdirSync(folder)
  })
  const wanted = [`size=${kib}k`, 'mode=0700', ...options].join()
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', wanted, 'plimsoll', folder], { encoding: 'utf8' })
  if (status !== 0) {
    if (process.env['CI'] === 'true') throw new Error(`cannot mount a disk of ${kib} KiB: ${stderr}`)
    t.skip(`cannot mount: ${stderr.trim()}`)
    return undefined
  }
  return folder
}

/** As much of a file of that size as there is room for. */
export function fillFile(file: string, bytes: number): void {
  const fd = openSync(file, 'w')
  try {
    for (let done = 0; done < bytes; done += 4096) writeSync(fd, Buffer.alloc(4096, 1))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(fd)
  }
}
