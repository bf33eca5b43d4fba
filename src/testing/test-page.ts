import type { Clock } from '../clock.ts'
import type { PlimsollError } from '../errors.ts'
import type { Registry } from '../metrics/registry/registry.ts'
import { checkOptions } from '../options.ts'
import { PageReader } from '../page/read/reader.ts'
import { appName, writerLine } from '../page/write/identity.ts'
import { MemoryPage } from '../page/write/memory-page.ts'
import { defaultMaxBytes, type WriterOptions, writerRules } from '../page/write/writer-options.ts'
import type { Selection } from '../snapshot/selector-type.ts'
import type { Snapshot, Source } from '../snapshot/snapshot.ts'

/** Options of the page of a test registry: those of `publish()` that do not concern files. */
export type TestPageOptions = WriterOptions

/** A page that is in no file: the metrics of a test registry as others would see them. */
export interface TestPage extends Source {
  /**
   * The metrics as a reader in another process would get them now, at the time of the test's clock: a copy that stays as it
   * is. After `kill` or `close`, what is left of them.
   */
  read(selection?: Selection): Snapshot
  /**
   * The page now, a copy: written to a file whose name ends in `.page`, `plimsoll show` reads it, as one of a writer that is
   * gone.
   */
  bytes(): Uint8Array
  /** Why series are missing in it: PLIMSOLL_PAGE_FULL. */
  readonly error: PlimsollError | undefined
  /** Leaves the page as it is now, as SIGKILL would. The registry goes on without it, and may be published again. */
  kill(): void
  /** Closes the page normally, like `close()` of a publication. */
  close(): void
}

/** Takes the place of the path of a page in errors and snapshots. */
const file = 'in-memory.page'

/** Moves the metrics of a registry into a page, as `publish` does. */
export class RegistryTestPage implements TestPage {
  isOpen = true
  readonly #page: MemoryPage
  readonly #reader: PageReader

  constructor(registry: Registry, clock: Clock, options: TestPageOptions) {
    checkOptions('publish() of a test registry', options, writerRules)
    const { app = appName(), labels, maxBytes = defaultMaxBytes } = options
    const writer = writerLine(app, clock.unixTime(), labels)
    this.#page = new MemoryPage(registry, { name: file, clock, writer, maxBytes })
    this.#reader = new PageReader(file, this.#page.memory, { clock })
  }

  read(selection?: Selection): Snapshot {
    return this.#reader.read(selection)
  }

  bytes(): Uint8Array {
    return this.#page.memory.copy()
  }

  get error(): PlimsollError | undefined {
    return this.#page.error
  }

  /** The event loop runs. */
  beat(): void {
    if (this.isOpen) this.#page.beat()
  }

  kill(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.#page.leave()
  }

  close(): void {
    if (this.isOpen) this.#page.end()
    this.kill()
  }
}
