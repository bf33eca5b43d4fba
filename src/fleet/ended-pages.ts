import type { Clock } from '../clock.ts'
import { readPage } from '../page/read/reader.ts'
import type { PageInfo } from '../snapshot/snapshot.ts'

/** The pages of processes that have ended, as far as an archive contains them. They do not change, so each is read once. */
export class EndedPages {
  readonly #clock: Clock
  #known: ReadonlyMap<string, ReadPage | undefined> = new Map()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** One for each file; those that cannot be read are left out, and others than these are forgotten. */
  in(files: readonly string[]): readonly PageInfo[] {
    this.#known = new Map(files.map((file) => [file, this.#known.has(file) ? this.#known.get(file) : this.#read(file)]))
    const now = this.#clock.now()
    return [...this.#known.values()].flatMap((read) => (read === undefined ? [] : [aged(read, now)]))
  }

  #read(file: string): ReadPage | undefined {
    try {
      const [page] = readPage(file, { clock: this.#clock }).pages
      return page && { page, at: this.#clock.now() }
    } catch {
      // Removed since, or damaged, which was reported when it was added to the archive.
      return undefined
    }
  }
}

interface ReadPage {
  readonly page: PageInfo
  /** The time of the clock in milliseconds. */
  readonly at: number
}

/** The page is as old as it was when it was read, and the time since then. */
function aged({ page, at }: ReadPage, now: number): PageInfo {
  const { heartbeatAge } = page
  return heartbeatAge === null ? page : { ...page, heartbeatAge: heartbeatAge + (now - at) / 1000 }
}
