import { hostname } from 'node:os'
import { threadId } from 'node:worker_threads'
import { systemClock } from '../clock.ts'
import type { PlimsollError } from '../errors.ts'
import { DirectoryFleet } from '../fleet/directory-fleet.ts'
import { openFile } from '../fleet/open-file.ts'
import { Registry } from '../metrics/registry/registry.ts'
import { ReadableFile } from '../page/read/readable-file.ts'
import { PageReader } from '../page/read/reader.ts'
import { writerLine } from '../page/write/identity.ts'
import { MemoryPage } from '../page/write/memory-page.ts'
import { defaultMaxBytes } from '../page/write/writer-options.ts'
import type { PageInfo, Snapshot, Source } from '../snapshot/snapshot.ts'
import type { FileCopies } from './file-copies.ts'
import { wordBytes } from './file-copy.ts'
import type { EndedProcess, SentFile } from './message.ts'
import { PageSource } from './page-source.ts'
import { plainJson } from './state.ts'

/** A source as files that can be sent. */
export interface FileSource {
  /** Whether its pages go on without this process and thread. */
  readonly isOfOthers: boolean
  /** Why series are missing in its page: PLIMSOLL_PAGE_FULL. */
  readonly error: PlimsollError | undefined
  /** Processes whose pages are in an archive among the files. */
  readonly ended?: readonly EndedProcess[]
  /** All files that there are now, with what changed since `sent`. Throws or rejects where the source cannot be read. */
  files(sent: FileCopies): readonly SentFile[] | Promise<readonly SentFile[]>
  close(): void
}

/** A source as files: pages as they are, what is in no page as a snapshot. `app` names the process where no page does. */
export function fileSource(source: Source, app: string): FileSource {
  let numbers = 0
  const newNumber = (): number => ++numbers
  if (source instanceof Registry) return new RegistryFiles(source, app, newNumber)
  if (source instanceof DirectoryFleet) return new FleetFiles(source, newNumber)
  return new OtherFiles(source, app, newNumber)
}

/** The page of a registry: that of `publish()`, or else one in memory. */
class RegistryFiles implements FileSource {
  readonly isOfOthers = false
  private readonly registry: Registry
  private readonly app: string
  private readonly newNumber: () => number
  private readonly others: OtherFiles
  private source: PageSource | undefined
  /** The page that `source` is of: the file, or the page in memory. */
  private page: string | MemoryPage | undefined

  constructor(registry: Registry, app: string, newNumber: () => number) {
    this.registry = registry
    this.app = app
    this.newNumber = newNumber
    this.others = new OtherFiles(registry, app, newNumber)
  }

  get error(): PlimsollError | undefined {
    return this.page instanceof MemoryPage ? this.page.error : undefined
  }

  files(sent: FileCopies): readonly SentFile[] | Promise<readonly SentFile[]> {
    const current = this.registry.currentPage ?? this.newPage()
    const page = current instanceof MemoryPage ? current : current.describe().file
    // Another copy of plimsoll in this process has it in memory.
    if (page === null) return this.others.files(sent)
    if (page instanceof MemoryPage) page.beat()
    if (this.source === undefined || page !== this.page) {
      this.source?.close()
      const [name, bytes] = page instanceof MemoryPage ? ['', page.memory] : [page, new ReadableFile(page)]
      this.source = new PageSource(name, bytes, this.newNumber)
      this.page = page
    }
    return [this.source.changes(sent)]
  }

  close(): void {
    this.source?.close()
    this.source = undefined
  }

  private newPage(): MemoryPage {
    const writer = writerLine(this.app, systemClock.unixTime())
    return new MemoryPage(this.registry, { clock: systemClock, writer, maxBytes: defaultMaxBytes })
  }
}

/** The files of a fleet: its pages, and its archives and all other files as snapshots. */
class FleetFiles implements FileSource {
  readonly isOfOthers = true
  readonly error: undefined
  private readonly fleet: DirectoryFleet
  private readonly newNumber: () => number
  /** By path; `undefined` for those of other apps. */
  private readonly pages = new Map<string, FleetPage | undefined>()
  /** Those of them that could not be read the last time. */
  private readonly failed = new Set<string>()
  private readonly archives = new WeakMap<Snapshot, SnapshotFile>()

  constructor(fleet: DirectoryFleet, newNumber: () => number) {
    this.fleet = fleet
    this.newNumber = newNumber
  }

  get ended(): readonly EndedProcess[] {
    return this.fleet.ended.map(({ app, state }) => ({ app, state }))
  }

  files(sent: FileCopies): readonly SentFile[] {
    return this.fleet.settled((paths, archives) => {
      for (const path of this.pages.keys()) if (!paths.includes(path)) this.drop(path)
      const pages = paths.flatMap((path) => this.pageFiles(path, sent))
      const others = archives.map(({ snapshot }) => {
        const file = this.archives.get(snapshot) ?? new SnapshotFile(this.newNumber)
        this.archives.set(snapshot, file)
        return file.changes(snapshot, sent)
      })
      return [...pages, ...others]
    })
  }

  close(): void {
    for (const path of this.pages.keys()) this.drop(path)
  }

  /** A page that cannot be read hides no other, and stays as it was sent last: totals that fell would look like a restart. */
  private pageFiles(path: string, sent: FileCopies): readonly SentFile[] {
    try {
      if (!this.pages.has(path) || this.failed.has(path)) {
        const opened = this.open(path)
        this.drop(path)
        this.pages.set(path, opened)
      }
      const page = this.pages.get(path)
      return page === undefined ? [] : [page.changes(sent)]
    } catch {
      this.failed.add(path)
      const last = this.pages.get(path)?.unchanged?.(sent)
      return last === undefined ? [] : [last]
    }
  }

  private open(path: string): FleetPage | undefined {
    const reader = openFile(path)
    const isOwn =
      reader instanceof PageReader
        ? this.fleet.isOwn(reader.about())
        : reader.read().pages.some((page) => this.fleet.isOwn(page))
    if (!isOwn) {
      reader.close()
      return undefined
    }
    if (reader instanceof PageReader) return new PageSource(path, reader.bytes, this.newNumber)
    const file = new SnapshotFile(this.newNumber)
    return { changes: (sent) => file.changes(reader.read(), sent), close: () => reader.close() }
  }

  private drop(path: string): void {
    this.pages.get(path)?.close()
    this.pages.delete(path)
    this.failed.delete(path)
  }
}

interface FleetPage {
  changes(sent: FileCopies): SentFile
  /** As it was sent last; `undefined` where it never was. */
  unchanged?(sent: FileCopies): SentFile | undefined
  close(): void
}

/** Any other source: all of its snapshot, each time. */
class OtherFiles implements FileSource {
  isOfOthers = false
  readonly error: undefined
  private readonly source: Source
  private readonly file: SnapshotFile
  private readonly page: PageInfo

  constructor(source: Source, app: string, newNumber: () => number) {
    this.source = source
    this.file = new SnapshotFile(newNumber)
    const { pid, tid, host, startedAt, app: name } = writerLine(app, systemClock.unixTime())
    this.page = { file: null, pid, tid, app: name, host, startedAt, state: 'live', heartbeatAge: 0, endedAt: null }
  }

  files(sent: FileCopies): readonly SentFile[] | Promise<readonly SentFile[]> {
    const snapshot = this.source.read()
    return 'then' in snapshot ? snapshot.then((one) => this.fileOf(one, sent)) : this.fileOf(snapshot, sent)
  }

  close(): void {}

  private fileOf(snapshot: Snapshot, sent: FileCopies): readonly SentFile[] {
    const pages = snapshot.pages.length > 0 ? snapshot.pages : [this.page]
    this.isOfOthers = pages.some(isOfOther)
    return [this.file.changes({ ...snapshot, pages }, sent)]
  }
}

/** A snapshot as a file, which gets another number when it is another snapshot. */
class SnapshotFile {
  private readonly newNumber: () => number
  private number = 0
  private snapshot: Snapshot | undefined

  constructor(newNumber: () => number) {
    this.newNumber = newNumber
  }

  changes(snapshot: Snapshot, sent: FileCopies): SentFile {
    if (snapshot !== this.snapshot) this.number = this.newNumber()
    this.snapshot = snapshot
    const isSent = sent.get(this.number) !== undefined
    const data = isSent ? Buffer.alloc(0) : inWords(plainJson(snapshot))
    const runs = isSent ? new Uint32Array(0) : Uint32Array.of(0, data.length / wordBytes)
    return { number: this.number, kind: 'snapshot', isHeld: undefined, name: '', runs, data }
  }
}

/** A text in UTF-8 with blanks behind it. */
function inWords(text: string): Buffer {
  const bytes = Buffer.byteLength(text)
  const words = Buffer.alloc(Math.ceil(bytes / wordBytes) * wordBytes, ' ')
  words.write(text)
  return words
}

const ownHost = hostname()

/** Whether a page goes on without this process and thread. */
function isOfOther({ pid, tid, host }: PageInfo): boolean {
  return pid !== process.pid || tid !== threadId || host !== ownHost
}
