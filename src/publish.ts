import { unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { systemClock } from './clock.ts'
import { PlimsollError } from './errors.ts'
import { takeBackPage } from './fleet/take-back.ts'
import { defaultRegistry } from './metrics/default-registry.ts'
import type { Metric, RegistryPage } from './metrics/metric.ts'
import type { Registry } from './metrics/registry.ts'
import { createPage, namePage, type Replaced } from './page/create.ts'
import { defaultDirectory } from './page/directory.ts'
import { appName, areWriterLabels, writerLine } from './page/identity.ts'
import { largestPageBytes } from './page/layout.ts'
import { onProcessEnd } from './page/process-end.ts'
import { emitWarning, notCreated, tell } from './page/warning.ts'
import type { PageWriter } from './page/writer.ts'
import type { Labels } from './snapshot/snapshot.ts'

/** What `publish` may be told. */
export interface PublishOptions {
  /** Default: the registry behind `counter()`, `timer()` and so on. */
  readonly registry?: Registry
  /**
   * Where the page goes. Default: `$PLIMSOLL_DIR`, else `/dev/shm/plimsoll-<uid>` where `/dev/shm` exists, else
   * `<tmpdir>/plimsoll-<uid>`. Made with mode 0700 where it is missing.
   */
  readonly dir?: string
  /** Processes with the same name belong together. Default: `$PLIMSOLL_APP`, else the package name of the main script. */
  readonly app?: string
  /**
   * Size in bytes at which the page stops to grow, 65,536 to 2^28; further series are seen in the app only, and
   * `plimsoll.dropped` counts them. A sixty-fourth of it, at least 16,384 bytes, is kept for removing series.
   * @default 67108864
   */
  readonly maxBytes?: number
  /**
   * Says more of this writer wherever the parts of a fleet are kept, as labels on all its series; costs no label in the app.
   * At most 800 bytes of JSON; the names `worker`, `pid` and `tid` are taken.
   */
  readonly labels?: Labels
  /** Takes each kind of trouble once. Default: `process.emitWarning`. What it throws is dropped, and what it rejects with. */
  readonly onWarning?: (warning: PlimsollError) => void
}

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
   * Takes the metrics back to the heap and leaves the page behind as one of a writer that is gone, until the registry is
   * published again.
   */
  close(): void
}

const defaultMaxBytes = 2 ** 26
const heartbeatMs = 1000
const renewalMs = 60_000

/** By registry, and found by every copy of this package in the process. */
const key = Symbol.for('plimsoll.publications.1')
const shared = globalThis as { [key]?: WeakMap<Registry, LivePublication> }

/**
 * Moves the metrics of a registry into a page, where anyone who may read the file sees them live, and after the death of
 * the process. Call it once in each process and thread; a further call gives the same publication back.
 *
 * Throws PLIMSOLL_OPTION_INVALID for a wrong option, and nothing else: where no page can be had (no Linux, a read-only
 * or unsafe directory, a full disk), the metrics stay on the heap, one warning says so, and `error` has it.
 */
export function publish(options: PublishOptions = {}): Publication {
  checkOptions(options)
  const { registry = defaultRegistry, maxBytes = defaultMaxBytes, dir, app, labels } = options
  shared[key] ??= new WeakMap()
  const publications = shared[key]
  const known = publications.get(registry)
  if (known?.isOpen) return known
  const warn = options.onWarning ?? emitWarning
  const makePage: MakePage = (replaces) => {
    const directory = replaces === undefined ? (dir ?? defaultDirectory()) : dirname(replaces.page.file)
    try {
      const writer = replaces?.page.writer ?? writerLine(app ?? appName(), systemClock.unixTime(), labels)
      return createPage({ directory, writer, maxBytes, ...(replaces && { replaces }) })
    } catch (cause) {
      throw cause instanceof PlimsollError ? cause : notCreated(directory, cause)
    }
  }
  try {
    const publication = new LivePublication(registry, makePage, warn)
    // An earlier page has values that the new one took along: both together would be counted twice.
    known?.takeBack()
    publication.appear()
    publications.set(registry, publication)
    return publication
  } catch (cause) {
    const error = cause instanceof PlimsollError ? cause : notCreated(dir ?? 'in the default directory', cause)
    tell(warn, error)
    return { file: undefined, error, close: () => {} }
  }
}

function checkOptions({ registry, maxBytes, dir, app, labels, onWarning, ...others }: PublishOptions): void {
  const known = 'no other options than registry, dir, app, labels, maxBytes and onWarning'
  for (const [option, given] of Object.entries(others)) check(option, given, false, known)
  const sizeFits = typeof maxBytes === 'number' && maxBytes >= 65_536 && maxBytes <= largestPageBytes
  // Not by its class: another copy of this package has one of its own.
  check('registry', registry, typeof registry?.useStore === 'function', 'a Registry')
  check('maxBytes', maxBytes, sizeFits, '65536 to 268435456 bytes')
  check('dir', dir, typeof dir === 'string' && dir !== '', 'the path of a directory')
  check('app', app, typeof app === 'string' && app !== '', 'a name')
  check(
    'labels',
    labels,
    areWriterLabels(labels),
    'names of labels with texts, at most 800 bytes of JSON, without worker, pid and tid',
  )
  check('onWarning', onWarning, typeof onWarning === 'function', 'a function')
}

function check(option: string, given: unknown, good: boolean, expected: string): void {
  if (given === undefined || good) return
  throw new PlimsollError('PLIMSOLL_OPTION_INVALID', { option, where: 'publish()', given: String(given), expected })
}

/** Makes a page without its name; the one that it is to replace keeps who writes it. */
type MakePage = (replaces?: Replaced) => PageWriter

class LivePublication implements Publication {
  error: PlimsollError | undefined
  readonly #registry: Registry
  readonly #makePage: MakePage
  readonly #warn: (warning: PlimsollError) => void
  readonly #ticker: NodeJS.Timeout
  readonly #forgetEnd: () => void
  /** The page; after a loss the lost one, until there is a new one. */
  #page: PageWriter
  #open = true
  #lost = false
  #triedAt = 0
  readonly #registryPage: RegistryPage = {
    describe: () => this.#page.describe(systemClock.unixTime()),
    renew: () => this.#replaceWorn(),
  }
  /** No page is made in place of a worn one before this time, in milliseconds. */
  #worn = 0

  constructor(registry: Registry, makePage: MakePage, warn: (warning: PlimsollError) => void) {
    this.#registry = registry
    this.#makePage = makePage
    this.#warn = warn
    this.#page = makePage()
    try {
      this.#useMade()
    } catch (error) {
      this.#leavePage()
      throw error
    }
    this.#ticker = setInterval(() => this.#tick(), heartbeatMs).unref()
    this.#forgetEnd = onProcessEnd((crashed) => this.#endWithProcess(crashed))
  }

  get file(): string | undefined {
    return this.#lost ? undefined : this.#page.file
  }

  get isOpen(): boolean {
    return this.#open
  }

  /** Shows readers the page, with all that was counted before. Throws PLIMSOLL_PAGE_NOT_CREATED, and is closed then. */
  appear(): void {
    try {
      namePage(this.#page)
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Removes the page of a closed publication, whose numbers go on in another one. */
  takeBack(): void {
    takeBackPage(this.#page.file, this.#page.writer.app)
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
    if (!this.#lost) this.#page.end(systemClock.unixTime())
    this.#leave()
  }

  /** Without telling readers that all was in order. */
  #leave(): void {
    this.#open = false
    clearInterval(this.#ticker)
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
      this.removePage()
      this.#lost = true
      this.#report(error instanceof PlimsollError ? error : notCreated(page.file, error))
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
      if (page !== undefined) this.#leavePage()
      this.#report(error instanceof PlimsollError ? error : notCreated(this.#page.file, error))
    }
  }

  #report(error: PlimsollError): void {
    if (this.error?.code === error.code) return
    this.error = error
    tell(this.#warn, error)
  }
}
