import { closeSync, writeSync } from 'node:fs'
import { keepLock, lostPages, mapShared, memoryPageSize, reserve, unmapShared } from '../../os/map.ts'
import { type LockedFile, openSame } from '../../os/trusted-file.ts'
import { lockPatiently } from '../life.ts'
import type { KeptLock, Loss, WrittenBytes } from '../storage.ts'
import { PageFile } from './page-file.ts'

/** A page that is mapped: one descriptor holds the lock, the mappings are made from the other. */
export class PageFiles extends PageFile implements WrittenBytes {
  readonly granularity: number = memoryPageSize()
  private readonly mapped: number
  private seenFaults = lostPages()

  constructor({ lock, mapped }: LockedFile) {
    super(lock)
    this.mapped = mapped
  }

  extend(start: number, bytes: number): void {
    for (const fd of [this.fd, this.mapped]) this.check(fd)
    reserve(this.fd, start, bytes)
  }

  map(start: number, bytes: number): ArrayBuffer {
    return mapShared(this.mapped, start, bytes)
  }

  write(bytes: Uint8Array, from: number, count: number, position: number): number {
    // As long as a write, and worth it: else the lines could go into a file of the app.
    this.check()
    return writeSync(this.fd, bytes, from, count, position)
  }

  loss(file: string, bytes: number, isDue: boolean): Loss | undefined {
    const faults = lostPages()
    const faulted = faults !== this.seenFaults
    this.seenFaults = faults
    if (!faulted && !isDue) return undefined
    // After a fault the log may have made the file long again, but not given its space back.
    return this.lossOf(file, bytes, (stats) => faulted && stats.blocks * 512 < bytes)
  }

  keepLock(file: string): KeptLock | undefined {
    try {
      this.check()
      return this.keep(file, this.fd, true)
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
    for (const fd of [this.mapped, this.fd]) {
      try {
        this.check(fd)
        closeSync(fd)
      } catch {
        // The app closed a descriptor that was not its own: neither end the app for that, nor close a file of the app.
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
      // It was removed, or there is no descriptor left: then the page counts as that of a dead writer.
      return undefined
    } finally {
      if (fd !== undefined) closeSync(fd)
    }
  }

  private keep(file: string, fd: number, isUnbroken: boolean): KeptLock {
    // What has the lock has the inode, too: it is not used again meanwhile.
    return { isUnbroken, isThere: () => this.isAt(file), release: keepLock(fd) }
  }
}
