import type { Clock } from '../../clock.ts'
import type { PlimsollError } from '../../errors.ts'
import type { ReadTime } from '../../snapshot/read-time.ts'
import type { PageInfo } from '../../snapshot/snapshot.ts'
import type { Store } from '../../snapshot/store.ts'
import type { WriterLine } from '../log.ts'
import { PageMemory } from '../page-memory.ts'
import { writeHeader } from './write-header.ts'
import { PageWriter } from './writer.ts'

/** A page as its registry sees it. */
interface OwnPage {
  describe(): PageInfo
  renew(): void
}

/** A registry, as far as its page needs it. */
export interface PagedRegistry {
  readonly ticks: { presentTime(): ReadTime }
  useStore(store?: Store, page?: OwnPage): boolean
  useSuccessor(store: Store, page: OwnPage, shown: ReadonlySet<unknown>): boolean
  collectShown(shown: Set<unknown>): number
}

/** Who writes a page in memory, and how large it may become. */
interface MemoryPageOptions {
  /** What errors and snapshots have where the path of a file would be; without it, snapshots have `null`. */
  readonly name?: string
  readonly clock: Clock
  readonly writer: WriterLine
  readonly maxBytes: number
}

/** Moves the metrics of a registry into a page that is in no file. */
export class MemoryPage implements OwnPage {
  memory: PageMemory = new PageMemory()
  private readonly registry: PagedRegistry
  private readonly options: MemoryPageOptions
  private page: PageWriter

  constructor(registry: PagedRegistry, options: MemoryPageOptions) {
    this.registry = registry
    this.options = options
    this.page = this.begin(this.memory)
    registry.useStore(this.page, this)
  }

  /** Why series are missing in it: PLIMSOLL_PAGE_FULL. */
  get error(): PlimsollError | undefined {
    return this.page.failure
  }

  /** @internal As for its registry. */
  describe(): PageInfo {
    const { name = null, clock } = this.options
    return { ...this.page.describe(clock.unixTime()), file: name }
  }

  /** Shows readers that the event loop runs. */
  beat(): void {
    this.page.beat(this.options.clock.unixTime(), this.registry.ticks.presentTime())
  }

  /** Marks it as closed in good order. */
  end(): void {
    this.beat()
    this.page.end(this.options.clock.unixTime())
  }

  /** Takes the metrics back to the heap. */
  leave(): void {
    this.registry.useStore()
    this.page.release()
  }

  /** @internal As a published page is replaced when most of it is about series that are gone. */
  renew(): void {
    const worn = this.page
    if (!worn.shouldCompact) return
    const memory = new PageMemory()
    const shown = new Set<unknown>()
    try {
      this.page = this.begin(memory, { page: worn, cells: this.registry.collectShown(shown) })
    } catch {
      // No room: recording continues in the old page.
      return
    }
    this.registry.useSuccessor(this.page, this, shown)
    this.memory.next = memory
    this.memory = memory
    worn.release()
  }

  private begin(memory: PageMemory, replaces?: { readonly page: PageWriter; readonly cells: number }): PageWriter {
    const { name = 'in memory', clock, writer, maxBytes } = this.options
    const page = new PageWriter(name, memory, writeHeader(memory, writer), writer, maxBytes)
    if (!page.begin(replaces?.page, replaces?.cells)) throw page.failure
    page.beat(clock.unixTime(), this.registry.ticks.presentTime())
    return page
  }
}
