import { openPage, type PageReader } from '../page/read/reader.ts'
import type { Snapshot, Source } from '../snapshot/snapshot.ts'

/** The page of a registry that is read from another thread; the registry may get another page. */
export class PageSource implements Source {
  #file: string
  #page: PageReader | undefined

  constructor(file: string) {
    this.#file = file
  }

  /** Reads another page from now on. */
  set file(file: string) {
    if (file === this.#file) return
    this.#close()
    this.#file = file
  }

  read(): Snapshot {
    this.#page ??= openPage(this.#file)
    try {
      return this.#page.read()
    } catch (error) {
      // It may have been replaced: the next read opens it again.
      this.#close()
      throw error
    }
  }

  #close(): void {
    this.#page?.close()
    this.#page = undefined
  }
}
