import { PlimsollError } from '../../errors.ts'
import type { PageFailure } from '../../page/read/open-pages.ts'
import { type Archive, archiveFile, listArchives, OpenArchive, statsOf } from './archive.ts'

/** So many archives stay open between reads: what is above goes by size and time alone, so descriptors never run out. */
const maxOpen = 64

/** The archives of an app, or all of a directory, for reading and compaction. Each is parsed when it is a new one. */
export class Archives {
  readonly directory: string
  readonly app: string | undefined
  private readonly opened = new Map<string, OpenArchive>()
  private files: readonly string[] = []
  private failed: ReadonlySet<string> = new Set()

  constructor(directory: string, app: string | undefined) {
    this.directory = directory
    this.app = app
  }

  /** The archives now. Those that cannot be read are among the failures, as is the directory where it cannot be listed. */
  read(failures: PageFailure[]): Archive[] {
    const mine: PageFailure[] = []
    const attempt = <T>(file: string, look: () => T): T | undefined => {
      try {
        return look()
      } catch (error) {
        if (!(error instanceof PlimsollError)) throw error
        mine.push({ file, error })
        return undefined
      }
    }
    this.files = attempt(this.directory, () => this.list()) ?? this.files
    for (const [file, open] of this.opened) if (!this.files.includes(file) || !open.isCurrent()) this.drop(file)
    for (const file of this.files) {
      const open = this.opened.has(file) ? undefined : attempt(file, () => OpenArchive.open(file))
      if (open !== undefined) this.keep(open)
    }
    this.failed = new Set(mine.map(({ file }) => file))
    failures.push(...mine)
    return this.known()
  }

  /** What the last {@link read} gave, and what was written since; in the order of their names. */
  known(): Archive[] {
    const files = [...this.opened.keys()].sort()
    return files.map((file) => (this.opened.get(file) as OpenArchive).archive)
  }

  /** The one of these that pages of an app are archived into. */
  of(app: string): Archive | undefined {
    return this.opened.get(archiveFile(this.directory, app))?.archive
  }

  /** Whether they are still those of the last {@link read}: then no page went into one of them meanwhile. */
  areCurrent(): boolean {
    let now = this.files
    try {
      // That of an app has one name, which changes only with the owner of the directory.
      if (this.app === undefined) now = this.list()
    } catch {
      // Nor could it be listed then, or each archive that was there reports its own error.
    }
    return now.length === this.files.length && now.every((file, i) => file === this.files[i] && this.isCurrent(file))
  }

  /** Takes one that was written just now in place of what was there. */
  replace(written: OpenArchive): void {
    this.drop(written.file)
    this.keep(written)
  }

  close(): void {
    for (const file of this.opened.keys()) this.drop(file)
  }

  private isCurrent(file: string): boolean {
    const open = this.opened.get(file)
    return open === undefined ? this.failed.has(file) || statsOf(file) === undefined : open.isCurrent()
  }

  private list(): readonly string[] {
    return this.app === undefined ? listArchives(this.directory) : [archiveFile(this.directory, this.app)]
  }

  private keep(open: OpenArchive): void {
    this.opened.set(open.file, open)
    if (this.opened.size > maxOpen) open.close()
  }

  private drop(file: string): void {
    this.opened.get(file)?.close()
    this.opened.delete(file)
  }
}
