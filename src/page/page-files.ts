import { closeSync, fstatSync, type Stats } from 'node:fs'

/**
 * The two descriptors of a page that is being written: one holds the lock, the mappings are made from the other. Both
 * are numbers in a process that is not ours: an app that closes one by mistake may get its number for a file of its own.
 */
export class PageFiles {
  readonly lock: number
  readonly map: number
  private readonly device: number
  private readonly inode: number

  /** Takes over two descriptors; throws when they do not lead to the same file. */
  constructor(lock: number, map: number) {
    const { dev, ino } = fstatSync(lock)
    this.lock = lock
    this.map = map
    this.device = dev
    this.inode = ino
    this.check(map)
  }

  /** What the kernel says of the page by one of its descriptors; throws when that is closed, or another file by now. */
  check(fd: number): Stats {
    const stats = fstatSync(fd)
    if (stats.ino !== this.inode || stats.dev !== this.device) throw new Error('another file has taken its place')
    return stats
  }

  /** Closes what is still the page's. */
  close(): void {
    for (const fd of [this.map, this.lock]) {
      try {
        this.check(fd)
        closeSync(fd)
      } catch {
        // The app closed what was not its own; that is no reason to end it, nor to close its file in return.
      }
    }
  }
}
