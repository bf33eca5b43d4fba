import { type Clock, systemClock } from '../../clock.ts'
import { checkOptions } from '../../options.ts'
import type { ColumnSnapshot } from '../../snapshot/columns.ts'
import { freeBuckets } from '../../snapshot/kinds/cells.ts'
import { rowOf } from '../../snapshot/kinds/rows.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import type { Selection } from '../../snapshot/selector-type.ts'
import type { PageInfo, Snapshot, Source } from '../../snapshot/snapshot.ts'
import type { Cleared } from '../../snapshot/store.ts'
import { headerBytes, maxLineBytes, maxPageBytes } from '../layout.ts'
import { damaged, lineFeed, parseLine, type WriterLine } from '../log.ts'
import { flushOwn } from '../own-pages.ts'
import type { ReadableBytes } from '../storage.ts'
import { describePage, type FirstBlock, fillFrom, maxTurns, readFirstBlock } from './about.ts'
import type { Fill } from './cell-copies.ts'
import { Chunks } from './chunks.ts'
import { Descriptors } from './descriptors.ts'
import type { FamilyReaders } from './family-reader.ts'
import { guarded } from './guarded.ts'
import { type Header, readTimeOf, readWriter } from './header.ts'
import { Plans, type ReadPlan } from './plan.ts'
import { ReadableFile } from './readable-file.ts'
import { type ReaderOptions, readerRules } from './reader-options.ts'
import { type LabelSets, type RawSeries, readSeriesLine } from './series-line.ts'

/** How often a text or state is copied again that was changed meanwhile, and how often all of a page together in one read. */
const maxCopies = 100
const maxCopiesInAll = 1000
/** How often a reader looks again at a page in which series are removed without a pause. */
const maxLooks = 1000

type PageSnapshot<F> = Omit<Snapshot, 'families'> & { readonly families: readonly F[] }
type ReadFamilies<F> = (families: FamilyReaders, ...reading: Parameters<FamilyReaders['read']>) => readonly F[]

/** What is parsed of a log at once, unless a line is longer: one for all, as no page is parsed while another one is. */
const logPiece = Buffer.alloc(2 ** 16)

/**
 * A page, open for reading, live or left behind. Each `read` parses only what is new in the log and copies the cells;
 * the writer notices nothing. Reads with `pread`, so a file cut short under it is an error and never a signal.
 */
export class PageReader implements Source {
  /** Path of the page. */
  readonly file: string
  /** @internal */
  bytes: ReadableBytes
  private readonly clock: Clock
  private readonly onDefect: ReaderOptions['onDefect']
  private readonly labelSets: LabelSets | undefined
  private chunks: Chunks
  private descriptors: Descriptors
  private readonly raw: RawSeries = { of: 0, at: 0, labelsFrom: 0, end: 0, hash: 0 }
  private parsed = 0
  /** How many copies may still be made again in the read under way. */
  private copiesLeft = 0
  private writer: WriterLine | undefined
  /** Whether its writer was gone when the page was last looked at: what is copied from then on is final. */
  private isOver = false
  private plans = new Plans()

  /** Made by {@link openPage}. */
  constructor(file: string, bytes: ReadableBytes, options: ReaderOptions) {
    const { clock = systemClock, onDefect, labelSets } = options
    this.file = file
    this.bytes = bytes
    this.clock = clock
    this.onDefect = onDefect
    this.labelSets = labelSets
    this.chunks = new Chunks(file)
    this.descriptors = new Descriptors(file, this.chunks, labelSets)
  }

  /**
   * The page now. Throws PLIMSOLL_PAGE_DAMAGED, PLIMSOLL_PAGE_UNKNOWN, PLIMSOLL_PAGE_VERSION or PLIMSOLL_PAGE_UNREADABLE;
   * memory is bounded by the size of the file. Of a selection, only the cells that it names are copied.
   */
  read(selection?: Selection): Snapshot {
    return this.readAs(selection, (families, ...reading) => families.read(...reading))
  }

  /** @internal The same in columns, for sums; valid until the next read. */
  readColumns(selection?: Selection): ColumnSnapshot {
    return this.readAs(selection, (families, ...reading) => families.readColumns(...reading))
  }

  private readAs<F>(selection: Selection | undefined, readFamilies: ReadFamilies<F>): PageSnapshot<F> {
    flushOwn(this.file)
    return guarded(this.file, () => {
      const { page, header } = this.copy(selection)
      const takenAt = this.clock.unixTime()
      const at = readTimeOf(header, isAlive(page), this.clock)
      const { parts, families } = this.planFor(selection)
      const read = readFamilies(families, this.chunks, at, parts, { buckets: freeBuckets })
      const defect = this.descriptors.leftOut.errorFor(this.file)
      if (defect !== undefined) this.onDefect?.(defect)
      return { version: 1, takenAt, pages: [page], families: read }
    })
  }

  /**
   * @internal Copies all of the page with the same care, but makes no snapshot of it: for those who take the bytes as they are
   * read. Returns how many bytes of the log are among them. Throws as {@link read} does.
   */
  copyAll(): number {
    flushOwn(this.file)
    return guarded(this.file, () => {
      this.copy(undefined)
      return this.parsed
    })
  }

  /**
   * Copies what the selection needs: again where its writer has gone meanwhile, which may have changed it until then, and of a
   * page that was replaced, from its successor.
   */
  private copy(selection: Selection | undefined): { page: PageInfo; header: Header } {
    for (let more = maxTurns; ; more--) {
      const { header, block } = this.copyOnce(selection)
      this.writer ??= readWriter(this.file, block)
      const page = describePage(this.file, this.bytes, this.writer, header, this.clock)
      const wasOver = this.isOver || this.bytes.isStill === true
      this.isOver = !isAlive(page)
      // A writer that replaces its page releases the lock at once: a live page whose lock is held was not replaced.
      const isLocked = page.state === 'live' && !header.isWritten && this.bytes.isUncertain !== true
      if (more === 0 || isLocked || !(this.turnToSuccessor() || (this.isOver && !wasOver))) return { page, header }
    }
  }

  /**
   * Copies the cells, then the first block, which says what came to the log meanwhile; only of a page of which nothing is known
   * yet, it is read before as well. Returns the first block.
   */
  private copyOnce(selection: Selection | undefined): FirstBlock {
    this.copiesLeft = maxCopiesInAll
    const { isStill = false } = this.bytes
    const first = this.parsed === 0 || isStill ? this.readLog() : undefined
    if (first !== undefined && first.header.ended > 0) this.isOver = true
    this.planFor(selection).copy(this.bytes, this.fill, this.clock.now())
    if (first !== undefined && isStill) return first
    this.settle(selection)
    return this.catchUp(selection)
  }

  private planFor(selection: Selection | undefined): ReadPlan {
    return this.plans.of(selection, this.parsed, this.descriptors, this.chunks)
  }

  /** Who writes the page, from its header alone. Throws as {@link read} does. */
  about(): PageInfo {
    return guarded(this.file, () => {
      const { header, block } = readFirstBlock(this.file, this.bytes)
      this.writer ??= readWriter(this.file, block)
      return describePage(this.file, this.bytes, this.writer, header, this.clock)
    })
  }

  /** @internal What archives are to forget, as of the last {@link read}. */
  get cleared(): readonly Cleared[] {
    return this.descriptors.cleared
  }

  /** Closes the file; the reader is of no more use. */
  close(): void {
    this.bytes.close()
  }

  private readLog(): FirstBlock {
    const read = readFirstBlock(this.file, this.bytes)
    if (!this.chunks.haveAll(read.header)) {
      // First what counts, then what is counted: whatever comes in between is whole but not looked at. So the size comes
      // after the chunks that must lie within it, which a writer may be adding right now.
      const block = this.fetch(0, headerBytes)
      const size = this.bytes.size()
      if (size > maxPageBytes) throw damaged(this.file, 'its size', `${size} bytes`, `at most ${maxPageBytes}`)
      this.chunks.update(block, read.header, size)
    }
    this.parseLog(read.header)
    return read
  }

  /**
   * The cells of series that were removed while they were copied may have been those of others by then. So what was removed
   * meanwhile is taken out, and what was added is copied, until nothing more was removed. Returns the first block as of then.
   */
  private catchUp(selection: Selection | undefined): FirstBlock {
    for (let more = maxLooks; ; more--) {
      const { parsed } = this
      const { removals } = this.descriptors
      const read = this.chunks.readClaimed(() => this.readLog(), this.fill)
      if (this.parsed === parsed) return read
      const copied = this.planFor(selection).copyStale(this.bytes, this.fill, this.clock.now())
      this.settle(selection)
      if (more === 0 || (copied === 0 && this.descriptors.removals === removals)) return read
    }
  }

  /**
   * When the writer has replaced the page by another one, reads that from now on. The writer releases the old one, which
   * would look like its end.
   */
  private turnToSuccessor(): boolean {
    const successor = this.bytes.successor()
    if (successor === undefined) return false
    this.close()
    this.bytes = successor
    this.chunks = new Chunks(this.file)
    this.descriptors = new Descriptors(this.file, this.chunks, this.labelSets)
    this.parsed = 0
    this.isOver = false
    this.plans = new Plans()
    this.writer = undefined
    return true
  }

  private parseLog({ logEnd }: Header): void {
    if (logEnd < this.parsed || logEnd > this.chunks.logBytes) {
      throw damaged(this.file, 'the end of its log', `${logEnd}`, `${this.parsed} to ${this.chunks.logBytes}`)
    }
    while (this.parsed < logEnd) {
      const left = Math.min(logEnd - this.parsed, maxLineBytes)
      const isTaken = this.takeLines(logPiece.subarray(0, left)) || this.takeLines(Buffer.allocUnsafe(left))
      if (isTaken) continue
      const found = `no line feed in ${left} bytes`
      throw damaged(this.file, `byte ${this.parsed} of the log`, found, 'a complete line')
    }
    this.descriptors.settle()
  }

  /** Fills a buffer with what is next in the log, and takes the complete lines in it; false where there is none. */
  private takeLines(bytes: Buffer): boolean {
    const first = this.parsed
    for (const { from, to, position } of this.chunks.logChunks(first, first + bytes.length)) {
      this.fill(bytes.subarray(from - first, to - first), position)
    }
    for (let from = 0; from < bytes.length; from = this.parsed - first) {
      const end = this.takeLine(bytes, from)
      if (end === -1) break
      this.parsed = first + end + 1
    }
    return this.parsed > first
  }

  /** Gives the place of the line feed; -1 where there is none, and nothing was taken. */
  private takeLine(bytes: Buffer, from: number): number {
    const { raw } = this
    if (readSeriesLine(bytes, from, raw) && this.descriptors.addRaw(bytes, raw)) return raw.end
    const end = bytes.indexOf(lineFeed, from)
    if (end !== -1) this.descriptors.add(parseLine(bytes.subarray(from, end), this.file, this.parsed))
    return end
  }

  /** Copies again what its writer was changing in that instant; one that changes it without a pause is not waited for. */
  private settle(selection: Selection | undefined): void {
    for (const family of this.planFor(selection).unsettled) {
      const row = rowOf(family.layout.kind)
      const { headCells: count } = family
      for (const series of family.series) {
        for (let more = maxCopies; more > 0 && this.copiesLeft > 0; more--) {
          if (row.isConsistent?.(family.layout, series) !== false) break
          this.copiesLeft--
          this.chunks.readAgain(series, count, this.fill)
        }
      }
    }
  }

  private fetch(position: number, length: number): Buffer {
    const buffer = Buffer.alloc(length)
    this.fill(buffer, position)
    return buffer
  }

  private readonly fill: Fill = (buffer, position) => {
    fillFrom(this.file, this.bytes, buffer, position)
  }
}

/**
 * Opens a page for reading. Throws PLIMSOLL_PAGE_UNREADABLE for what is missing, not a regular file (links too) or not
 * readable by this user, and PLIMSOLL_PAGE_FOREIGN for a page of somebody who owns neither this process nor the directory.
 */
export function openPage(file: string, options: ReaderOptions = {}): PageReader {
  checkOptions('openPage()', options, readerRules)
  return new PageReader(file, new ReadableFile(file), options)
}

/** Reads a page once. Throws what {@link openPage} and `read` throw. */
export function readPage(file: string, options: ReaderOptions = {}): Snapshot {
  const page = openPage(file, options)
  try {
    return page.read()
  } finally {
    page.close()
  }
}
