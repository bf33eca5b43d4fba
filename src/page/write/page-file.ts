import { fstatSync, lstatSync, type Stats, unlinkSync } from 'node:fs'
import type { Loss } from '../storage.ts'

/**
 * A page that is being written, as the file that it was made as. Descriptors are numbers in a process that is not ours: an
 * app that closes one by mistake may get its number for a file of its own.
 */
export class PageFile {
  protected readonly fd: number
  protected readonly device: number
  protected readonly inode: number

  constructor(fd: number) {
    const { dev, ino } = fstatSync(fd)
    this.fd = fd
    this.device = dev
    this.inode = ino
  }

  /** What the kernel says of the page by one of its descriptors; throws when that is closed, or another file by now. */
  check(fd: number = this.fd): Stats {
    const stats = fstatSync(fd)
    if (!this.isSame(stats)) throw new Error('it was replaced by another file')
    return stats
  }

  /**
   * What has become of a page of that path. `isSparse`: the file was cut short, and has got its length again but not its
   * space.
   */
  lossOf(file: string, bytes: number, isSparse: (stats: Stats) => boolean): Loss | undefined {
    let stats: Stats
    try {
      stats = this.check()
    } catch {
      return 'closed'
    }
    if (stats.nlink === 0) return 'removed'
    const there = this.statsAt(file)
    if (there === undefined) return 'moved, or its directory was'
    if (!this.isSame(there)) return 'replaced by another file'
    return stats.size < bytes || isSparse(stats) ? 'cut short' : undefined
  }

  /** Whether the path leads to it. */
  isAt(file: string): boolean {
    try {
      return this.isSame(lstatSync(file))
    } catch {
      return false
    }
  }

  /** Removes the page where the path still leads to it. Throws nothing. */
  remove(file: string): void {
    try {
      if (this.isAt(file)) unlinkSync(file)
    } catch {
      // Somebody else has removed it, or its directory.
    }
  }

  /** What a path leads to; where that cannot be determined, the page may be there still. */
  private statsAt(file: string): Stats | undefined {
    try {
      return lstatSync(file, { throwIfNoEntry: false })
    } catch {
      return fstatSync(this.fd)
    }
  }

  private isSame({ dev, ino }: Stats): boolean {
    return dev === this.device && ino === this.inode
  }
}
