import { closeSync, fstatSync, lstatSync, type Stats, unlinkSync, writeSync } from 'node:fs'
import { keepLock, lostPages, mapShared, memoryPageSize, reserve, unmapShared } from '../../os/map.ts'
import { type LockedFile, openSame } from '../../os/trusted-file.ts'
import { lockPatiently } from '../clean.ts'
import type { KeptLock, Loss, WrittenBytes } from '../storage.ts'

/**
 * The two descriptors of a page that is being written: one holds the lock, the mappings are made from the other. Both
 * are numbers in a process that is not ours: an app that closes one by mistake may get its number for a file of its own.
 */
export class PageFiles implements WrittenBytes {
  readonly granularity: number = memoryPageSize()
  private readonly lock: number
  private readonly mapped: number
  private readonly device: number
  private readonly inode: number
  private seenFaults = lostPages()

  constructor({ lock, mapped }: LockedFile) {
    const { dev, ino } = fstatSync(lock)
    this.lock = lock
    this.mapped = mapped
    this.device = dev
    this.inode = ino
  }

  extend(start: number, bytes: number): void {
    for (const fd of [this.lock, this.mapped]) this.check(fd)
    reserve(this.lock, start, bytes)
  }

  map(start: number, bytes: number): ArrayBuffer {
    return mapShared(this.mapped, start, bytes)
  }

  write(bytes: Uint8Array, from: number, count: number, position: number): number {
    // As long as a write, and worth it: else the lines could go into a file of the app.
    this.check(this.lock)
    return writeSync(this.lock, bytes, from, count, position)
  }

  loss(file: string, bytes: number, isDue: boolean): Loss | undefined {
    const faults = lostPages()
    const faulted = faults !== this.seenFaults
    this.seenFaults = faults
    if (!faulted && !isDue) return undefined
    let stats: Stats
    try {
      stats = this.check(this.lock)
    } catch {
      return 'closed'
    }
    if (stats.nlink === 0) return 'removed'
    const there = this.statsAt(file)
    if (there === undefined) return 'moved, or its directory was'
    if (!this.isSame(there)) return 'replaced by another file'
    // After a fault the log may have made the file long again, but not given its space back.
    return stats.size < bytes || (faulted && stats.blocks * 512 < bytes) ? 'cut short' : undefined
  }

  remove(file: string): void {
    try {
      if (this.isSame(lstatSync(file))) unlinkSync(file)
    } catch {
      // Somebody else has removed it, or its directory.
    }
  }

  keepLock(file: string): KeptLock | undefined {
    try {
      this.check(this.lock)
      return this.keep(file, this.lock, true)
    } catch {
      return this.lockAnew(file)
    }
  }

  release(buffers: Iterable<ArrayBuffer>): void {
    for (const buffer of buffers) {
      try {
        unmapShared(buffer)
      } catch {
        // The kernel keeps it until the process ends; a timer that closes a lost page must not end it.
      }
    }
    for (const fd of [this.mapped, this.lock]) {
      try {
        this.check(fd)
        closeSync(fd)
      } catch {
        // The app closed what was not its own; that is no reason to end it, nor to close its file in return.
      }
    }
  }

  /** The app has closed the descriptor that had it. */
  private lockAnew(file: string): KeptLock | undefined {
    let fd: number | undefined
    try {
      fd = openSame(file, { dev: this.device, ino: this.inode })
      return lockPatiently(fd) ? this.keep(file, fd, false) : undefined
    } catch {
      // It was removed, or there is no descriptor left: then the page is one of a writer that is gone.
      return undefined
    } finally {
      if (fd !== undefined) closeSync(fd)
    }
  }

  private keep(file: string, fd: number, isUnbroken: boolean): KeptLock {
    const release = keepLock(fd)
    // What has the lock has the inode, too: it is not used again meanwhile.
    const isThere = (): boolean => {
      try {
        return this.isSame(lstatSync(file))
      } catch {
        return false
      }
    }
    return { isUnbroken, isThere, release }
  }

  /** What the kernel says of the page by one of its descriptors; throws when that is closed, or another file by now. */
  private check(fd: number): Stats {
    const stats = fstatSync(fd)
    if (!this.isSame(stats)) throw new Error('it was replaced by another file')
    return stats
  }

  /** What a path leads to; where that cannot be determined, the page may be there still. */
  private statsAt(file: string): Stats | undefined {
    try {
      return lstatSync(file, { throwIfNoEntry: false })
    } catch {
      return fstatSync(this.lock)
    }
  }

  private isSame({ dev, ino }: Stats): boolean {
    return dev === this.device && ino === this.inode
  }
}
