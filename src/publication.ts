import { dirname } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { systemClock } from './clock.ts'
import { compactAtStart } from './compact-at-start.ts'
import { PlimsollError } from './errors.ts'
import { defaultRegistry } from './metrics/registry/default-registry.ts'
import type { Metric, RegistryPage } from './metrics/registry/metric.ts'
import type { Registry } from './metrics/registry/registry.ts'
import { noteUnpublished, type Unpublished } from './metrics/registry/unpublished.ts'
import { onProcessEnd } from './os/process-end.ts'
import { findDirectory } from './os/trusted-directory.ts'
import { isFull } from './os/trusted-file.ts'
import { notCreated, warn } from './os/warning.ts'
import { type WriterLine, whoOf } from './page/log.ts'
import { ClosedPage } from './page/write/closed-page.ts'
import { chosen, createPage, dropPage, namePage, type Replaced } from './page/write/create.ts'
import { appName, writerLine } from './page/write/identity.ts'
import { ThreadPages } from './page/write/thread-pages.ts'
import type { PageWriter } from './page/write/writer.ts'
import { defaultMaxBytes } from './page/write/writer-options.ts'
import {
  compactsByDefault,
  differingOptions,
  type Keeping,
  keepingFromEnvironment,
  type Publication,
  type Published,
  type PublishOptions,
} from './publish-options.ts'
import { Schedule, sharedFirstMs } from './schedule.ts'

const heartbeatMs = 1000
const renewalMs = 60_000

/** @internal A registry in its page, made by `publish`. */
export class LivePublication implements Publication {
  error: PlimsollError | undefined
  /** When the first page of the registry was made, in Unix seconds: what counts goes on, and the time since which it counts. */
  readonly startedAt: number
  /** The same in seconds of the clock of the cells. */
  readonly start: number
  readonly #registry: Registry
  readonly #options: PublishOptions
  readonly #heartbeat: Schedule
  readonly #forgetEnd: () => void
  readonly #threads: ThreadPages = new ThreadPages(
    () => this.#file && dirname(this.#file),
    (directory) => {
      this.#stopCompacting?.()
      this.#stopCompacting = undefined
      this.#compactDirectory(directory)
    },
  )
  /** The page, where there is one. */
  #page: PageWriter | undefined
  #file: string | undefined
  /** What the last page was; `undefined` where there was none. */
  #published: Published | undefined
  /** The page that was left when this, or the publication before it, was closed. */
  #closed: ClosedPage | undefined
  #open = true
  readonly #keeping: Keeping | undefined
  #hasCompared = false
  #triedAt = 0
  readonly #registryPage: RegistryPage = {
    describe: () => (this.#page as PageWriter).describe(systemClock.unixTime()),
    renew: () => this.#compact(),
  }
  /** The error that fleets of this process report when there should be a page but is none. */
  #unpublished: Unpublished | undefined
  #stopCompacting: (() => void) | undefined
  /** The page is not compacted again before this time, in milliseconds. */
  #nextCompactionAt = 0

  constructor(options: PublishOptions, before?: LivePublication) {
    this.#registry = options.registry ?? defaultRegistry
    this.#options = options
    this.#closed = before?.closed
    const keeping = options.page ?? keepingFromEnvironment()
    if (keeping instanceof PlimsollError) this.#report(keeping)
    else this.#keeping = keeping
    this.startedAt = before?.startedAt ?? systemClock.unixTime()
    this.start = before?.start ?? this.#registry.ticks.presentTime().now
    this.#heartbeat = new Schedule(() => this.#tick(), {
      intervalMs: heartbeatMs,
      firstMs: sharedFirstMs(heartbeatMs),
      onChange: (cause) => cause !== undefined && this.#report(notCreated(this.#where, cause)),
    })
    this.#forgetEnd = onProcessEnd(
      (crashed) => this.#endWithProcess(crashed),
      () => this.#page?.flush(),
    )
    if (this.#keeping !== 'off') this.#appear()
    // That never changes.
    if (this.#keeping === 'off' || this.error?.code === 'PLIMSOLL_MAP_UNAVAILABLE') this.#leave()
  }

  get file(): string | undefined {
    return this.#file
  }

  get isOpen(): boolean {
    return this.#open
  }

  get hasAppeared(): boolean {
    return this.#published !== undefined
  }

  get closed(): ClosedPage | undefined {
    return this.#closed
  }

  /** Warns, once, where options want something else than there is. */
  compare(options: PublishOptions): void {
    const published = this.#published as Published
    const names = differingOptions(options, published)
    if (names.length === 0 || this.#hasCompared) return
    this.#hasCompared = true
    const values = { app: published.writer.app, directory: dirname(published.file), options: names.join(', ') }
    warn(new PlimsollError('PLIMSOLL_PUBLISHED_ALREADY', values), options.onWarning)
  }

  close(): void {
    if (!this.#open) return
    if (this.#page !== undefined) {
      // What was overwritten must not be taken along.
      this.#page.checkFile(true)
      this.#end(this.#page)
      this.#closed = new ClosedPage(this.#page, this.#registry)
    }
    this.#leave()
    this.#unpublished?.forget()
  }

  get #writer(): WriterLine {
    const { app = appName(), labels } = this.#options
    return writerLine(app, this.startedAt, labels)
  }

  get #where(): string {
    return this.#published?.file ?? this.#options.dir ?? 'in the default directory'
  }

  /** Without marking the page as closed. */
  #leave(): void {
    this.#open = false
    void this.#heartbeat.stop()
    this.#stopCompacting?.()
    this.#threads.stop()
    this.#forgetEnd()
    this.#leavePage()
  }

  #leavePage(): void {
    if (this.#page === undefined) return
    this.#registry.useStore()
    this.#page.release()
    this.#page = undefined
  }

  /** Makes a page without its name; the one that it is to replace keeps who writes it. */
  #makePage(replaces?: Replaced): PageWriter {
    const { maxBytes = defaultMaxBytes, dir } = this.#options
    const writer = replaces?.page.writer ?? this.#writer
    const file = this.#closed?.pathFor(findDirectory(dir), writer.app)
    const directory = replaces === undefined ? dir : dirname(replaces.page.file)
    const wanted = this.#keeping === 'off' ? undefined : this.#keeping
    const page = replaces === undefined ? wanted : replaces.page.writer.written ? 'written' : 'mapped'
    return createPage({ directory, writer, maxBytes, page, ...(file && { file }), ...(replaces && { replaces }) })
  }

  /**
   * Shows readers a page with all that was counted before, in place of that of the publication before: in one step where it
   * has the same name. Else this one comes first, as a process may be killed in between.
   */
  #appear(): void {
    this.#triedAt = systemClock.now()
    let page: PageWriter | undefined
    try {
      page = this.#makePage()
      this.#page = page
      this.#beat(page)
      if (!this.#registry.useStore(page, this.#registryPage)) throw page.failure
      namePage(page)
    } catch (cause) {
      this.#leavePage()
      if (page !== undefined) dropPage(page)
      this.#lack(notCreated(this.#where, cause))
      return
    }
    this.#unpublished?.forget()
    this.#published = { file: page.file, writer: page.writer, maxBytes: this.#options.maxBytes ?? defaultMaxBytes }
    this.#file = page.file
    this.#compactDirectory(dirname(page.file))
    this.#closed?.replaceBy(page.file)
    this.#closed = undefined
    const { written } = page.writer
    if (written && written !== chosen)
      this.#report(new PlimsollError('PLIMSOLL_PAGE_WRITTEN', { file: page.file, reason: written }))
  }

  /**
   * A smaller page in place of one that is mostly about series that are gone. It gets the same name when all is in it, so
   * readers meet the one or the other; the old one is released afterwards, when they can see that it has no name any more.
   */
  #compact(): void {
    const worn = this.#page
    if (!worn?.shouldCompact || systemClock.now() < this.#nextCompactionAt) return
    const shown = new Set<Metric>()
    let page: PageWriter
    try {
      page = this.#makePage({ page: worn, cells: this.#registry.collectShown(shown) })
    } catch {
      // All goes on in the old one.
      this.#nextCompactionAt = systemClock.now() + renewalMs
      return
    }
    this.#page = page
    try {
      this.#beat(page)
      if (!this.#registry.useSuccessor(page, this.#registryPage, shown)) throw page.failure
      namePage(page)
      worn.release()
    } catch (error) {
      this.#leavePage()
      this.#file = undefined
      dropPage(page)
      worn.discard()
      this.#lack(notCreated(page.file, error))
    }
  }

  /** Once at a time: what earlier processes of the app have left over, which may be why there is no room. */
  #compactDirectory(directory: string): void {
    const { app = appName(), onWarning, compact = compactsByDefault(onWarning) } = this.#options
    if (compact) this.#stopCompacting ??= compactAtStart(directory, app, this.#file, (error) => warn(error, onWarning))
  }

  /** There is no page for now. */
  #lack(error: PlimsollError): void {
    this.#report(error)
    if (isFull(error)) this.#compactDirectory(findDirectory(this.#options.dir))
    // Readers have what the publication before counted, in its closed page.
    if (this.#closed !== undefined) return
    const page = { ...whoOf(this.#writer), file: null, state: 'live', heartbeatAge: null, endedAt: null } as const
    const { dir } = this.#options
    this.#unpublished?.forget()
    this.#unpublished = noteUnpublished(this.#registry, { page, directory: () => findDirectory(dir), error })
  }

  #endWithProcess(crashed: boolean): void {
    if (crashed) this.#page?.flush()
    else if (this.#page !== undefined) {
      this.#threads.closeAll()
      this.#end(this.#page)
    }
    // A thread frees its memory, because the process continues; at the end of a process the kernel does that.
    if (!isMainThread) this.#leave()
  }

  #tick(): void {
    const page = this.#page
    if (page === undefined) {
      // No more than one attempt a minute: what removes pages may continue to do so.
      if (systemClock.now() - this.#triedAt >= renewalMs) this.#appear()
      return
    }
    this.#beat(page)
    const lost = page.checkFile()
    if (lost !== undefined) {
      this.#registry.useStore()
      this.#page = undefined
      this.#file = undefined
      page.discard()
      // The handler of a warning may close this publication, or publish again.
      this.#report(lost)
      if (this.#open) this.#tick()
    } else if (page.failure !== undefined) {
      this.#report(page.failure)
    }
  }

  #beat(page: PageWriter): void {
    const { ticks } = this.#registry
    page.beat(systemClock.unixTime(), ticks.presentTime(), ticks.clock === systemClock, this.start)
  }

  /** With a last sign of life: until then, what depends on time goes on. */
  #end(page: PageWriter): void {
    this.#beat(page)
    page.end(systemClock.unixTime())
  }

  #report(error: PlimsollError): void {
    if (this.error?.code === error.code) return
    this.error = error
    // Elsewhere, nothing is missing.
    if (error.code !== 'PLIMSOLL_PAGE_WRITTEN' || process.platform === 'linux') warn(error, this.#options.onWarning)
  }
}
