import type { Clock } from '../clock.ts'
import { readPage } from '../page/read/reader.ts'
import type { PageInfo } from '../snapshot/snapshot.ts'

/** The pages of processes that have ended, as far as an archive contains them. They do not change, so each is read once. */
export class EndedPages {
  readonly #clock: Clock
  #known: ReadonlyMap<string, PageInfo | undefined> = new Map()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** One for each file; those that cannot be read are left out, and others than these are forgotten. */
  in(files: readonly string[]): readonly PageInfo[] {
    this.#known = new Map(files.map((file) => [file, this.#known.has(file) ? this.#known.get(file) : this.#read(file)]))
    return [...this.#known.values()].filter((page) => page !== undefined)
  }

  #read(file: string): PageInfo | undefined {
    try {
      return readPage(file, { clock: this.#clock }).pages[0]
    } catch {
      // Removed since, or damaged, which was reported when it was added to the archive.
      return undefined
    }
  }
}
