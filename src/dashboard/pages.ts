import type { PlimsollError } from '../errors.ts'
import type { SelectionOf } from '../page/read/open-pages.ts'
import type { Selection } from '../snapshot/selector-type.ts'
import type { PageInfo, Snapshot } from '../snapshot/snapshot.ts'

/** What a read of all pages gave. */
export interface PagesRead {
  /** One snapshot a page, and one for each archive, whose page has the state `archived`. */
  readonly snapshots: readonly Snapshot[]
  readonly failures: readonly { readonly file: string; readonly error: PlimsollError }[]
  /** Processes whose pages are in an archive, and still there. */
  readonly ended: readonly PageInfo[]
}

/** A recording that is played in place of pages. */
export interface PlayedRecording {
  readonly file: string
  /** Unix times in seconds of its first and last moment. */
  readonly from: number
  readonly to: number
  /** That of the moment at which it stands. */
  readonly time: number
  /** Stands at the last moment that is not after a Unix time. */
  at(time: number): unknown
}

/** The pages that are served: those that a command line chooses. */
export interface Pages {
  /** Where they are. */
  readonly directories: readonly string[]
  /** All pages; of each what `selectionOf` chooses, where it is given and the pages are not those of a recording. */
  read(wanted: Selection, selectionOf?: SelectionOf): PagesRead
  /** Where the pages are those of a recording. */
  readonly recording?: PlayedRecording | undefined
  close(): void
}
