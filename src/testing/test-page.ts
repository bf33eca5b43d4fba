import type { Clock } from '../clock.ts'
import { checkIsOptions, optionCheck, type PlimsollError } from '../errors.ts'
import type { Metric, RegistryPage } from '../metrics/registry/metric.ts'
import type { Registry } from '../metrics/registry/registry.ts'
import type { WriterLine } from '../page/log.ts'
import { PageReader } from '../page/read/reader.ts'
import type { Replaced } from '../page/write/create.ts'
import { appName, writerLine } from '../page/write/identity.ts'
import { writeHeader } from '../page/write/write-header.ts'
import { PageWriter } from '../page/write/writer.ts'
import { checkWriterOptions, defaultMaxBytes, type WriterOptions } from '../page/write/writer-options.ts'
import type { Snapshot, Source } from '../snapshot/snapshot.ts'
import { PageMemory } from './page-memory.ts'

/** What the page of a test registry may be told: what `publish` may be that has to do with no file. */
export type TestPageOptions = WriterOptions

/** A page that is in no file: the metrics of a test registry as others would see them. */
export interface TestPage extends Source {
  /**
   * The metrics as a reader in another process would get them now, at the time of the test's clock: a copy that stays as it
   * is. After `kill` or `close`, what is left of them.
   */
  read(): Snapshot
  /** The page now, a copy: written to a file whose name ends in `.page`, `plimsoll show` reads it, as one of a writer that is gone. */
  bytes(): Uint8Array
  /** Why series are missing in it: PLIMSOLL_PAGE_FULL. */
  readonly error: PlimsollError | undefined
  /** Leaves the page as it is now, as SIGKILL would. The registry goes on without it, and may be published again. */
  kill(): void
  /** Leaves the page in good order, as the `close` of what `publish` gives. */
  close(): void
}

/** What errors and snapshots say where the path of a page would be. */
const file = 'in-memory.page'

/** Moves the metrics of a registry into a page, as `publish` does. */
export class MemoryPage implements TestPage {
  isOpen = true
  readonly #registry: Registry
  readonly #clock: Clock
  readonly #maxBytes: number
  readonly #reader: PageReader
  readonly #registryPage: RegistryPage = {
    describe: () => this.#page.describe(this.#clock.unixTime()),
    renew: () => this.#replaceWorn(),
  }
  #memory: PageMemory
  #page: PageWriter

  constructor(registry: Registry, clock: Clock, options: TestPageOptions) {
    checkOptions(options)
    const { app = appName(), labels, maxBytes = defaultMaxBytes } = options
    this.#registry = registry
    this.#clock = clock
    this.#maxBytes = maxBytes
    this.#memory = new PageMemory()
    this.#page = this.#begin(this.#memory, writerLine(app, clock.unixTime(), labels))
    this.#reader = new PageReader(file, this.#memory, { clock })
    registry.useStore(this.#page, this.#registryPage)
  }

  read(): Snapshot {
    return this.#reader.read()
  }

  bytes(): Uint8Array {
    return this.#memory.copy()
  }

  get error(): PlimsollError | undefined {
    return this.#page.failure
  }

  /** The event loop runs. */
  beat(): void {
    if (this.isOpen) this.#page.beat(this.#clock.unixTime())
  }

  kill(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.#registry.useStore()
    this.#page.release()
  }

  close(): void {
    if (this.isOpen) this.#page.end(this.#clock.unixTime())
    this.kill()
  }

  #begin(memory: PageMemory, writer: WriterLine, replaces?: Replaced): PageWriter {
    const page = new PageWriter(file, memory, writeHeader(memory, writer), writer, this.#maxBytes)
    if (!page.begin(replaces?.page, replaces?.cells)) throw page.failure
    page.beat(this.#clock.unixTime())
    return page
  }

  /** As what `publish` gives does it. */
  #replaceWorn(): void {
    const worn = this.#page
    if (!worn.isWorn) return
    const memory = new PageMemory()
    const shown = new Set<Metric>()
    try {
      this.#page = this.#begin(memory, worn.writer, { page: worn, cells: this.#registry.collectShown(shown) })
    } catch {
      // There is no room: all goes on in the old one.
      return
    }
    this.#registry.useSuccessor(this.#page, this.#registryPage, shown)
    this.#memory.next = memory
    this.#memory = memory
    worn.release()
  }
}

function checkOptions(options: TestPageOptions): void {
  const where = 'publish() of a test registry'
  checkIsOptions(where, options)
  const check = optionCheck(where)
  const { app, labels, maxBytes, ...others } = options
  const known = 'no other options than app, labels and maxBytes'
  for (const [option, given] of Object.entries(others)) check(option, given, false, known)
  checkWriterOptions(where, options)
}
