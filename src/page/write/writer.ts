import { PlimsollError, reasonOf } from '../../errors.ts'
import { FreeCells } from '../../snapshot/free-cells.ts'
import { maxFamilies } from '../../snapshot/limits.ts'
import type { PageInfo } from '../../snapshot/snapshot.ts'
import type { Cleared, Extension, FamilyDescription, SeriesKey, Slot, Store } from '../../snapshot/store.ts'
import {
  cellBytes,
  cellChunk,
  chunkCountOffset,
  clearedOffset,
  formatVersion,
  logChunk,
  logEndOffset,
  versionOffset,
} from '../layout.ts'
import { encodeExtension, removalLines, type WriterLine, whoOf } from '../log.ts'
import type { KeptLock, Loss, WrittenBytes } from '../storage.ts'
import { ChunkWriter } from './chunk-writer.ts'
import { type LogHost, LogWriter } from './log-writer.ts'
import { PageTimes } from './page-times.ts'

/** Not before the log has so many bytes is it worth a new page, however little of it still counts. */
const minCompactLogBytes = 2 ** 18
/** A line about a series with a label or two. */
const shortLineBytes = 128

/** The writing side of a page: a store whose cells are mapped memory, or written from the heap. One thread owns it. */
export class PageWriter implements Store, LogHost {
  readonly file: string
  readonly writer: WriterLine
  /** @internal */
  readonly storage: WrittenBytes
  private readonly maxBytes: number
  private readonly headerBuffer: ArrayBuffer
  private readonly words: Uint32Array
  private readonly times: PageTimes
  /** Number of the first cell of each cell chunk in the file. */
  private readonly firstCells = new Map<Float64Array, number>()
  private readonly chunks: ChunkWriter
  private readonly log: LogWriter
  private readonly freeCells = new FreeCells()
  /** How many lines of the log are about what is gone. */
  private deadLines = 0
  private families = 0
  /** While series are got rid of. */
  private isUrgent = false
  /** There was not even room for that. */
  private isStuck = false
  private current = new Float64Array(0)
  private used = 0
  private cellBytes = 0
  private beats = 0
  private unwritten: PlimsollError | undefined

  /** Begins a page in a file of that name, or elsewhere, whose header is there. */
  constructor(file: string, storage: WrittenBytes, header: ArrayBuffer, writer: WriterLine, maxBytes: number) {
    this.file = file
    this.storage = storage
    this.writer = writer
    this.maxBytes = maxBytes
    this.headerBuffer = header
    this.words = new Uint32Array(header)
    this.times = new PageTimes(header)
    this.chunks = new ChunkWriter(file, storage, this.words, maxBytes)
    this.log = new LogWriter(this)
  }

  /** Why there was no room the last time, or the page is not up to date; a reason to warn once. */
  get failure(): PlimsollError | undefined {
    return this.unwritten ?? this.chunks.failure
  }

  allocate(count: number): Slot | undefined {
    const again = this.freeCells.take(count)
    if (again !== undefined) return again
    if (this.used + count + this.slack / cellBytes > this.current.length && !this.grow(cellChunk, count * cellBytes)) {
      return this.isUrgent ? this.freeCells.cut(count) : undefined
    }
    const slot = { cells: this.current, index: this.used }
    this.used += count
    return slot
  }

  freeAnnounced(slot: Slot, count: number): void {
    // It had one line.
    this.deadLines++
    // Of what is written, readers learn that it is gone at the next flush.
    this.freeCells[this.storage.flush === undefined ? 'add' : 'hold'](slot, count)
  }

  free(slot: Slot, count: number): void {
    this.freeCells.add(slot, count)
  }

  holds(cells: Float64Array): boolean {
    return this.firstCells.has(cells)
  }

  announceFamily(family: FamilyDescription): boolean {
    const { id, name, kind, unit, help, labelNames, aggregation, type, ...others } = family
    if (this.families >= maxFamilies) {
      this.fail(`it has the maximum of ${maxFamilies} families`)
      return false
    }
    const isShown = this.log.append({
      family: id,
      name,
      kind,
      ...(unit && { unit }),
      ...(help && { help }),
      ...(labelNames.length > 0 && { labels: labelNames }),
      ...(aggregation && { aggregation }),
      ...(type && type !== 'float' && { type }),
      ...others,
    })
    if (isShown) this.families++
    return isShown
  }

  announceSeries(family: FamilyDescription, slot: Slot, key: SeriesKey): boolean {
    const place = { of: family.id, at: this.cellNumber(slot) }
    if (key === 'overflow' || key === 'evicted') return this.log.append({ ...place, [key]: true })
    return this.log.append(key.length === 0 ? place : { ...place, labels: key })
  }

  announceExtension(series: Slot, extension: Extension, cells: Slot): boolean {
    return this.log.append(encodeExtension(this.cellNumber(series), extension, this.cellNumber(cells)))
  }

  announceRemoval(series: readonly Slot[], families: readonly number[] = [], repeated = 0): boolean {
    const isShown = this.transaction(() => this.appendRemoval(series, families, repeated), true)
    this.families -= isShown ? families.length : 0
    return isShown
  }

  announceCleared(cleared: Cleared): boolean {
    this.deadLines++
    Atomics.store(this.words, clearedOffset / 4, Math.ceil(cleared.time))
    return this.log.append(cleared)
  }

  private appendRemoval(series: readonly Slot[], families: readonly number[], repeated: number): boolean {
    const cells = series.map((slot) => this.cellNumber(slot))
    const lines = removalLines(cells, families)
    this.deadLines += families.length + lines.length + repeated
    return lines.every((line) => this.log.append(line))
  }

  transaction(announce: () => boolean, isUrgent = false): boolean {
    const wasUrgent = this.isUrgent
    this.isUrgent ||= isUrgent
    try {
      const isShown = this.log.transaction(announce)
      this.isStuck ||= isUrgent && !isShown
      return isShown
    } finally {
      this.isUrgent = wasUrgent
    }
  }

  /** Whether most of the log is about what is gone: a new page in place of this one would be much smaller. */
  get shouldCompact(): boolean {
    if (this.isStuck) return this.deadLines > 0
    // Without room for another line, free cells are useless: they could not be announced to readers.
    const isFull = this.chunks.isAtLimit && this.log.room - this.log.bytes < this.slack + shortLineBytes
    const min = isFull ? 0 : Math.min(minCompactLogBytes, this.maxBytes / 8)
    return this.log.bytes > min && this.deadLines > this.log.lineCount / 2
  }

  /**
   * @internal The first chunks; where the page is to replace another one, with room for so many cells, and for what counts of
   * its log: that is an estimate, and so on the safe side. False where there is no room.
   */
  begin(replaces?: PageWriter, cells = 0): boolean {
    let [logBytes, bytes] = [1, 1]
    if (replaces !== undefined) {
      const { log, deadLines } = replaces
      const live = 1 - deadLines / Math.max(1, log.lineCount)
      logBytes = Math.ceil(log.bytes * Math.min(1, 1.2 * live)) + this.chunks.slack
      bytes = cells * cellBytes + this.chunks.slack
    }
    return this.transaction(() => this.grow(logChunk, logBytes) && this.grow(cellChunk, bytes), true)
  }

  /** Shows readers that the event loop runs; see {@link PageTimes.beat}. */
  beat(...sign: Parameters<PageTimes['beat']>): void {
    this.times.beat(...sign)
    this.chunks.wake()
    this.beats++
  }

  /** What a reader would say of the page at that time, in Unix seconds. */
  describe(now: number): PageInfo {
    const life = { state: 'live', heartbeatAge: this.times.age(now), endedAt: null } as const
    return { ...whoOf(this.writer), file: this.file, ...life }
  }

  /**
   * Whether the file is still the one that was made: PLIMSOLL_PAGE_LOST when it was removed, moved, cut short, overwritten or
   * closed.
   * To be called with each heartbeat; a memory read, and a system call where it is due, every tenth time, or after a fault.
   */
  checkFile(isDue: boolean = this.beats % 10 === 0): PlimsollError | undefined {
    if (this.words[versionOffset / 4] !== formatVersion) {
      // Whatever the cells are now, nobody counted it: better begin at zero, as after a restart.
      this.zero()
      return this.lost('overwritten or truncated')
    }
    const loss = this.flush() ?? this.storage.loss(this.file, this.chunks.fileEnd, isDue)
    // Somebody else has counted it.
    if (loss === 'archived, as its process seemed to be dead,') this.zero()
    // Where the log made it long again, readers would take the gap for values of zero: no page has so many chunks.
    if (loss === 'cut short') Atomics.store(this.words, chunkCountOffset / 4, 0xffff_ffff)
    return loss && this.lost(loss)
  }

  /** Marks the page as closed in good order; readers see it, and stores go on to work. */
  end(unixTime: number): void {
    this.times.end(unixTime)
    this.flush()
  }

  /** Writes what was stored since the last time, where that is not in the page at once. Gives what has become of the page. */
  flush(): Loss | undefined {
    try {
      const loss = this.storage.flush?.()
      if (loss !== undefined) return loss
      this.unwritten = undefined
      this.freeCells.releaseHeld()
    } catch (cause) {
      this.unwritten = new PlimsollError(
        'PLIMSOLL_PAGE_NOT_WRITTEN',
        { file: this.file, reason: reasonOf(cause) },
        { cause },
      )
    }
    return undefined
  }

  /** @internal How many bytes of the last chunk of each kind are kept for what is urgent. */
  get slack(): number {
    return this.chunks.isAtLimit && !this.isUrgent ? this.chunks.slack : 0
  }

  /** @internal */
  growLog(bytes: number): boolean {
    return this.grow(logChunk, bytes)
  }

  /** @internal */
  showLog(bytes: number): void {
    Atomics.store(this.words, logEndOffset / 4, bytes)
  }

  /** @internal Keeps the lock of the page past {@link release}; `undefined` where it cannot. */
  keepLock(): KeptLock | undefined {
    return this.storage.keepLock?.(this.file)
  }

  /**
   * Gives up a page that was lost, as {@link release} does. What it counted is in another page soon; if this one comes back, as
   * with a directory that was only moved, it must not count twice, so no metric is in it from now on.
   */
  discard(): void {
    this.storage.remove?.(this.file)
    if (this.words[versionOffset / 4] === formatVersion) Atomics.store(this.words, logEndOffset / 4, 0)
    this.flush()
    this.release()
  }

  /** Gives lock, files and mappings back. Nobody may hold a cell of this page any more. */
  release(): void {
    const buffers = [this.headerBuffer, ...[...this.firstCells.keys()].map((cells) => cells.buffer as ArrayBuffer)]
    this.firstCells.clear()
    this.storage.release(buffers)
  }

  /** One more chunk with room for `bytes`; false, with a `failure`, where there is none. */
  private grow(kind: number, bytes: number): boolean {
    const before = kind === logChunk ? this.log.room : this.cellBytes
    return this.chunks.grow(kind, bytes, before, this.isUrgent, (start, size) => {
      if (kind === logChunk) this.log.addChunk(start, size)
      else this.mapCells(start, size)
    })
  }

  private mapCells(start: number, bytes: number): void {
    this.current = new Float64Array(this.storage.map(start, bytes))
    this.used = 0
    this.cellBytes += bytes
    this.firstCells.set(this.current, start / cellBytes)
  }

  private zero(): void {
    for (const cells of this.firstCells.keys()) cells.fill(0)
  }

  private cellNumber({ cells, index }: Slot): number {
    return (this.firstCells.get(cells) as number) + index
  }

  private lost(what: string): PlimsollError {
    return new PlimsollError('PLIMSOLL_PAGE_LOST', { file: this.file, what })
  }

  /** @internal */
  fail(reason: string, cause?: unknown): void {
    this.chunks.fail(reason, cause)
  }
}
