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
  /** What was last read of those that are there and cannot be read any more. */
  private readonly kept = new Map<string, Archive>()
  private files: readonly string[] = []
  private failed: ReadonlySet<string> = new Set()

  constructor(directory: string, app: string | undefined) {
    this.directory = directory
    this.app = app
  }

  /**
   * The archives now. Those that cannot be read are among the failures, as is the directory where it cannot be listed. Where one
   * could be read before, its last values count: a total that fell and rose again would look like a restart, and count twice.
   */
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
    for (const [file, open] of this.opened) {
      if (this.files.includes(file) && open.isCurrent()) continue
      this.kept.set(file, open.archive)
      this.drop(file)
    }
    for (const file of this.files) {
      const open = this.opened.has(file) ? undefined : attempt(file, () => OpenArchive.open(file))
      if (open !== undefined) this.keep(open)
    }
    this.failed = new Set(mine.map(({ file }) => file))
    for (const file of this.kept.keys()) if (!this.failed.has(file)) this.kept.delete(file)
    failures.push(...mine)
    return this.known()
  }

  /** What the last {@link read} gave, and what was written since; in the order of their names. */
  known(): Archive[] {
    const all = [...this.readable(), ...this.kept.values()]
    return all.sort((a, b) => (fileOf(a) < fileOf(b) ? -1 : 1))
  }

  /** Those of the {@link known} ones whose files have them. */
  readable(): Archive[] {
    return [...this.opened.values()].map(({ archive }) => archive)
  }

  /** The others of the {@link known} ones. */
  unreadable(): Archive[] {
    return [...this.kept.values()]
  }

  /** The one of these that pages of an app are archived into. */
  of(app: string): Archive | undefined {
    const file = archiveFile(this.directory, app)
    return this.opened.get(file)?.archive ?? this.kept.get(file)
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
    this.kept.clear()
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
    this.kept.delete(open.file)
    this.opened.set(open.file, open)
    if (this.opened.size > maxOpen) open.close()
  }

  private drop(file: string): void {
    this.opened.get(file)?.close()
    this.opened.delete(file)
  }
}

function fileOf({ snapshot }: Archive): string {
  return snapshot.pages[0]?.file ?? ''
}
