import { type Clock, systemClock } from '../../clock.ts'
import { optionInvalid, type PlimsollError } from '../../errors.ts'
import { checkOptions } from '../../options.ts'
import { codeOf } from '../../os/trusted-file.ts'
import { type ColumnSnapshot, plainSnapshot } from '../../snapshot/columns.ts'
import { isAlive, stateOfLiving } from '../../snapshot/page-state.ts'
import type { Selection } from '../../snapshot/selector-type.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import { guarded } from './guarded.ts'
import { openPage } from './reader.ts'
import { type ReaderOptions, readerRules } from './reader-options.ts'
import { LabelSets } from './series-line.ts'

/** A file of metrics that is open for reading. */
export interface OpenFile {
  /** The metrics now, or at least what is selected. Throws a PlimsollError. */
  read(selection?: Selection): Snapshot
  /** The same in columns where it has them, for sums; valid until the next read. */
  readColumns?(selection?: Selection): ColumnSnapshot
  /** Who writes it, where that costs less than to read it. Throws a PlimsollError. */
  about?(): PageInfo
  /** Closes the file; it is of no more use. */
  close(): void
}

/** What several pages gave: those that could be read, and what could not be read of them or of others. */
export interface PagesRead {
  /** One snapshot a page, in the order of the files. */
  readonly snapshots: readonly Snapshot[]
  /** In the order of the files: pages that could not be read, and why, and what was left out of others. */
  readonly failures: readonly PageFailure[]
}

/** A page that could not be read, or of which something was left out. */
export interface PageFailure {
  /** Path of the page. */
  readonly file: string
  /** As `openPage` and `PageReader.read` throw it. */
  readonly error: PlimsollError
}

/** What is read of the page with that path: of many pages, what costs most may be read in turns. */
export type SelectionOf = (file: string) => Selection

interface EachOptions {
  readonly selection?: Selection | undefined
  /** What is read of a page in place of that. */
  readonly selectionOf?: SelectionOf | undefined
  readonly isWanted?: (page: PageInfo) => boolean
  /** Whether snapshots are in columns where pages have them: each is valid until the page is read again. */
  readonly inColumns?: boolean
}

interface Kept {
  readonly snapshot: ColumnSnapshot
  readonly at: number
}

/** So many sets of labels are known from read to read: pages that stay may have other ones each day. */
const maxLabelSets = 100_000
/** So many pages stay open between reads, fewer where the process has no descriptors left; others are opened again each time. */
const maxOpen = 512

/**
 * Pages that are read again and again. Each stays open and only what is new in it is parsed; one that fails is reported and
 * tried afresh at the next read, and never hides the others.
 */
export class OpenPages {
  private readonly options: ReaderOptions
  /** Of the read under way. */
  private failures: PageFailure[] = []
  private readonly open: (file: string, options: ReaderOptions) => OpenFile
  private readonly readers = new Map<string, OpenFile>()
  /** Pages that nobody wanted; whose they are never changes. */
  private unwanted = new Set<string>()
  private readonly labelSets = new LabelSets()
  /** What was last read of each page, as a whole, and when by the monotonic clock; absent where it is not kept. */
  private readonly kept: Map<string, Kept> | undefined
  private maxOpen = maxOpen
  /** How many pages were closed since labels were last forgotten. */
  private dropped = 0

  /**
   * @param open may support more kinds of files than pages.
   * @param keepsUnreadable whether the last values of a page count for as long as it is there and cannot be read, where pages
   * are read as a whole: a total that fell and rose again would look like a restart, and count twice.
   */
  constructor(
    options: ReaderOptions = {},
    open: (file: string, options: ReaderOptions) => OpenFile = openPage,
    keepsUnreadable = false,
  ) {
    this.options = { ...options, labelSets: this.labelSets }
    this.open = open
    this.kept = keepsUnreadable ? new Map() : undefined
  }

  /** Reads these pages, and closes those of the last read that are not among them. Throws nothing of its own. */
  read(files: readonly string[], selection?: Selection, how: Omit<EachOptions, 'selection'> = {}): PagesRead {
    const snapshots: Snapshot[] = []
    const take = (snapshot: ColumnSnapshot): unknown => snapshots.push(plainSnapshot(snapshot))
    const failures = this.each(files, take, { selection, ...how })
    return { snapshots, failures }
  }

  /**
   * As {@link read}, but gives each snapshot away before the next page is read, and passes over pages that are not wanted.
   * Returns what could not be read.
   */
  each(
    files: readonly string[],
    take: (snapshot: ColumnSnapshot) => void,
    { selection, selectionOf, isWanted = () => true, inColumns = false }: EachOptions = {},
  ): PageFailure[] {
    let chosen = selection
    const read = (reader: OpenFile): ColumnSnapshot =>
      (inColumns ? reader.readColumns?.(chosen) : undefined) ?? reader.read(chosen)
    const wanted = new Set(files)
    for (const file of this.readers.keys()) if (!wanted.has(file)) this.drop(file)
    for (const file of this.kept?.keys() ?? []) if (!wanted.has(file)) this.kept?.delete(file)
    this.unwanted = new Set([...this.unwanted].filter((file) => wanted.has(file)))
    const failures: PageFailure[] = []
    this.failures = failures
    for (const file of wanted) {
      if (this.unwanted.has(file)) continue
      if (selectionOf !== undefined) chosen = selectionOf(file)
      let snapshot: ColumnSnapshot | undefined
      try {
        snapshot = guarded(file, () => this.readOne(file, read, isWanted))
        if (chosen === undefined && snapshot !== undefined) this.kept?.set(file, { snapshot, at: this.clock.now() })
      } catch (error) {
        // A reader that failed may have stopped half-way through a log.
        this.drop(file)
        failures.push({ file, error: error as PlimsollError })
        if (isGone(error as PlimsollError)) this.kept?.delete(file)
        else if (chosen === undefined) snapshot = this.lastOf(file)
      }
      if (snapshot !== undefined) take(snapshot)
    }
    if (this.labelSets.size > maxLabelSets) this.labelSets.forget()
    return failures
  }

  /** Closes all pages; a later read opens them again. */
  close(): void {
    this.kept?.clear()
    for (const file of this.readers.keys()) this.drop(file)
  }

  /** `undefined` for a page that nobody wants. */
  private readOne(
    file: string,
    read: (file: OpenFile) => ColumnSnapshot,
    isWanted: (page: PageInfo) => boolean,
  ): ColumnSnapshot | undefined {
    let reader = this.readers.get(file)
    if (reader === undefined) {
      reader = this.openPatiently(file)
      this.readers.set(file, reader)
      if (reader.about !== undefined && !isWanted(reader.about())) {
        this.unwanted.add(file)
        this.drop(file)
        return undefined
      }
    }
    const snapshot = read(reader)
    if (this.readers.size > this.maxOpen) this.drop(file)
    return snapshot
  }

  private get clock(): Clock {
    return this.options.clock ?? systemClock
  }

  /** What was last read of a page, as old as it is by now. */
  private lastOf(file: string): ColumnSnapshot | undefined {
    const kept = this.kept?.get(file)
    if (kept === undefined) return undefined
    const { snapshot: last, at } = kept
    const seconds = (this.clock.now() - at) / 1000
    const pages = last.pages.map((page): PageInfo => {
      if (page.heartbeatAge === null) return page
      const heartbeatAge = page.heartbeatAge + seconds
      return { ...page, heartbeatAge, ...(isAlive(page) && { state: stateOfLiving(heartbeatAge) }) }
    })
    return { ...last, takenAt: this.clock.unixTime(), pages }
  }

  /** Where descriptors have run out, half of those that stay open go back: the app needs some as well. */
  private openPatiently(file: string): OpenFile {
    const onDefect = (error: PlimsollError) => this.failures.push({ file, error })
    for (;;) {
      try {
        return this.open(file, { ...this.options, onDefect })
      } catch (error) {
        const code = codeOf((error as Error).cause)
        if ((code !== 'EMFILE' && code !== 'ENFILE') || this.readers.size === 0) throw error
        this.maxOpen = Math.floor(this.readers.size / 2)
        for (const open of [...this.readers.keys()].slice(this.maxOpen)) this.drop(open)
      }
    }
  }

  private drop(file: string): void {
    if (!this.readers.has(file)) return
    this.readers.get(file)?.close()
    this.readers.delete(file)
    this.dropped++
    if (this.dropped <= this.readers.size) return
    this.dropped = 0
    this.labelSets.forget()
  }
}

/** Whether a page was removed since it was listed. */
export function isGone({ cause }: PlimsollError): boolean {
  return codeOf(cause) === 'ENOENT'
}

/** Reads each of these pages once; a page that fails is among the failures and hides no other. */
export function readPages(files: readonly string[], options: ReaderOptions = {}): PagesRead {
  if (!Array.isArray(files)) throw optionInvalid('files', 'readPages()', files, 'an array of paths')
  checkOptions('readPages()', options, readerRules)
  const pages = new OpenPages(options)
  try {
    return pages.read(files)
  } finally {
    pages.close()
  }
}
