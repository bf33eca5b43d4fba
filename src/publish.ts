import { unlinkSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { systemClock } from './clock.ts'
import { PlimsollError } from './errors.ts'
import { defaultRegistry } from './metrics/registry/default-registry.ts'
import type { Metric, RegistryPage } from './metrics/registry/metric.ts'
import type { Registry } from './metrics/registry/registry.ts'
import { onProcessEnd } from './os/process-end.ts'
import { notCreated, type OnWarning, warn } from './os/warning.ts'
import { defaultDirectory } from './page/directory.ts'
import { ClosedPage } from './page/write/closed-page.ts'
import { createPage, dropPage, namePage, type Replaced } from './page/write/create.ts'
import { appName, writerLine } from './page/write/identity.ts'
import type { PageWriter } from './page/write/writer.ts'
import { defaultMaxBytes } from './page/write/writer-options.ts'
import { checkOptions, differingOptions, type PublishOptions } from './publish-options.ts'
import { Schedule } from './schedule.ts'

/** A registry that readers outside can see; or not, and why. */
export interface Publication {
  /**
   * Path of the page; `undefined` where there is none: metrics are on the heap then, and all else works. Another one once
   * the page was lost: a new one is made within a minute.
   */
  readonly file: string | undefined
  /** Why there is no page, or what went wrong with it since. */
  readonly error: PlimsollError | undefined
  /**
   * Takes the metrics back to the heap and leaves the page behind, as one that has ended. Published again, the registry gets a
   * new page that takes the place of this one: what it counted is never counted twice, nor missing for an instant. A second
   * call does nothing.
   */
  close(): void
}

const heartbeatMs = 1000
const renewalMs = 60_000

/** By registry, and found by every copy of this package in the process. */
const key = Symbol.for('plimsoll.publications.1')
const shared = globalThis as { [key]?: WeakMap<Registry, LivePublication> }

/**
 * Moves the metrics of a registry into a page, where anyone who may read the file sees them live, and after the death of
 * the process. Call it once in each process and thread; a further call gives the same publication back, and warns
 * (PLIMSOLL_PUBLISHED_ALREADY) where its options want something else.
 *
 * Throws PLIMSOLL_OPTION_INVALID for a wrong option, and nothing else: where no page can be had (no Linux, a read-only
 * or unsafe directory, a full disk), the metrics stay on the heap, one warning says so, and `error` has it.
 */
export function publish(options: PublishOptions = {}): Publication {
  checkOptions(options)
  const { registry = defaultRegistry, dir, onWarning } = options
  shared[key] ??= new WeakMap()
  const publications = shared[key]
  const known = publications.get(registry)
  if (known?.isOpen) {
    known.compare(options, onWarning)
    return known
  }
  try {
    const publication = new LivePublication(options, known)
    publication.appear(known)
    publications.set(registry, publication)
    return publication
  } catch (cause) {
    const error = notCreated(dir ?? 'in the default directory', cause)
    warn(error, onWarning)
    return { file: undefined, error, close: () => {} }
  }
}

/** Makes a page without its name; the one that it is to replace keeps who writes it. */
type MakePage = (replaces?: Replaced) => PageWriter

/** `closed`: the page whose numbers go on in what is made. */
function pageMaker(options: PublishOptions, startedAt: number, closed: ClosedPage | undefined): MakePage {
  const { maxBytes = defaultMaxBytes, dir, app, labels } = options
  return (replaces) => {
    const directory = replaces === undefined ? (dir ?? defaultDirectory()) : dirname(replaces.page.file)
    try {
      const writer = replaces?.page.writer ?? writerLine(app ?? appName(), startedAt, labels)
      const file = closed?.placeFor(resolve(directory), writer.app)
      return createPage({ directory, writer, maxBytes, ...(file && { file }), ...(replaces && { replaces }) })
    } catch (cause) {
      throw notCreated(directory, cause)
    }
  }
}

class LivePublication implements Publication {
  error: PlimsollError | undefined
  /** The page that was left when this was closed. */
  closed: ClosedPage | undefined
  readonly #registry: Registry
  readonly #options: PublishOptions
  readonly #makePage: MakePage
  readonly #onWarning: OnWarning | undefined
  readonly #heartbeat: Schedule
  readonly #forgetEnd: () => void
  /** The page; after a loss the lost one, until there is a new one. */
  #page: PageWriter
  #open = true
  #lost = false
  #hasCompared = false
  #triedAt = 0
  readonly #registryPage: RegistryPage = {
    describe: () => this.#page.describe(systemClock.unixTime()),
    renew: () => this.#replaceWorn(),
  }
  /** No page is made in place of a worn one before this time, in milliseconds. */
  #worn = 0

  constructor(options: PublishOptions, before?: LivePublication) {
    const { registry = defaultRegistry, onWarning } = options
    this.#registry = registry
    this.#options = options
    // What counts goes on, and so does the time since which it counts.
    this.#makePage = pageMaker(options, before?.startedAt ?? systemClock.unixTime(), before?.closed)
    this.#onWarning = onWarning
    this.#page = this.#makePage()
    try {
      this.#useMade()
    } catch (error) {
      this.#leavePage()
      dropPage(this.#page)
      throw error
    }
    this.#heartbeat = new Schedule(() => this.#tick(), {
      intervalMs: heartbeatMs,
      onChange: (cause) => cause !== undefined && this.#report(notCreated(this.#page.file, cause)),
    })
    this.#forgetEnd = onProcessEnd((crashed) => this.#endWithProcess(crashed))
  }

  get file(): string | undefined {
    return this.#lost ? undefined : this.#page.file
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** When the first page of the registry was made, in Unix seconds. */
  get startedAt(): number {
    return this.#page.writer.startedAt
  }

  /** Warns, once, where options want something else than there is. */
  compare(options: PublishOptions, onWarning: OnWarning | undefined): void {
    const { file, writer } = this.#page
    const { maxBytes = defaultMaxBytes } = this.#options
    const names = differingOptions(options, { file, writer, maxBytes })
    if (names.length === 0 || this.#hasCompared) return
    this.#hasCompared = true
    const values = { app: writer.app, directory: dirname(file), options: names.join(', ') }
    warn(new PlimsollError('PLIMSOLL_PUBLISHED_ALREADY', values), onWarning)
  }

  /**
   * Shows readers the page, with all that was counted before, in place of that of `before`: in one step where it has the same
   * name. Else this one comes first, as a process may be killed in between. Throws PLIMSOLL_PAGE_NOT_CREATED, and is closed then.
   */
  appear(before?: LivePublication): void {
    try {
      namePage(this.#page)
    } catch (error) {
      this.#leave()
      throw error
    }
    before?.closed?.giveWay(this.#page.file)
  }

  removePage(): void {
    try {
      unlinkSync(this.#page.file)
    } catch {
      // Somebody else has removed it.
    }
  }

  close(): void {
    if (!this.#open) return
    if (!this.#lost) {
      // What was overwritten must not be taken along.
      this.#page.checkFile(true)
      this.#page.end(systemClock.unixTime())
      this.closed = new ClosedPage(this.#page, this.#registry)
    }
    this.#leave()
  }

  /** Without telling readers that all was in order. */
  #leave(): void {
    this.#open = false
    void this.#heartbeat.stop()
    this.#forgetEnd()
    if (!this.#lost) this.#leavePage()
  }

  #leavePage(): void {
    this.#registry.useStore()
    this.#page.release()
  }

  #useMade(): void {
    this.#triedAt = systemClock.now()
    this.#page.beat(systemClock.unixTime())
    if (!this.#registry.useStore(this.#page, this.#registryPage)) throw this.#page.failure
  }

  /**
   * A smaller page in place of one that is mostly about series that are gone. It gets the same name when all is in it, so
   * readers meet the one or the other; the old one is let go afterwards, when they can see that it has no name any more.
   */
  #replaceWorn(): void {
    const worn = this.#page
    if (this.#lost || !worn.isWorn || systemClock.now() < this.#worn) return
    const shown = new Set<Metric>()
    try {
      this.#page = this.#makePage({ page: worn, cells: this.#registry.collectShown(shown) })
    } catch {
      // All goes on in the old one.
      this.#worn = systemClock.now() + renewalMs
      return
    }
    const page = this.#page
    try {
      page.beat(systemClock.unixTime())
      if (!this.#registry.useSuccessor(page, this.#registryPage, shown)) throw page.failure
      namePage(page)
    } catch (error) {
      this.#leavePage()
      dropPage(page)
      this.removePage()
      this.#lost = true
      this.#report(notCreated(page.file, error))
    }
    worn.release()
  }

  #endWithProcess(crashed: boolean): void {
    if (!crashed && !this.#lost) this.#page.end(systemClock.unixTime())
    // A thread gives its memory back to the process that goes on; a process leaves all that to the kernel.
    if (!isMainThread) this.#leave()
  }

  #tick(): void {
    if (this.#lost) {
      this.#renew()
      return
    }
    // First: a sign of life by the new time would tell readers that what was noted by the old one has lasted until then.
    if (this.#registry.ticks.hasJumped) this.#registry.tick()
    this.#page.beat(systemClock.unixTime())
    const lost = this.#page.checkFile()
    if (lost !== undefined) {
      this.#leavePage()
      this.removePage()
      this.#lost = true
      // Whoever is warned may close this publication, or publish anew.
      this.#report(lost)
      if (this.#open) this.#renew()
    } else if (this.#page.failure !== undefined) {
      this.#report(this.#page.failure)
    }
  }

  /** A new page in place of a lost one, no more than one attempt a minute: whoever takes pages away may go on with it. */
  #renew(): void {
    if (systemClock.now() - this.#triedAt < renewalMs) return
    this.#triedAt = systemClock.now()
    let page: PageWriter | undefined
    try {
      page = this.#makePage()
      this.#page = page
      this.#useMade()
      namePage(page)
      this.#lost = false
    } catch (error) {
      if (page !== undefined) {
        this.#leavePage()
        dropPage(page)
      }
      this.#report(notCreated(this.#page.file, error))
    }
  }

  #report(error: PlimsollError): void {
    if (this.error?.code === error.code) return
    this.error = error
    warn(error, this.#onWarning)
  }
}
