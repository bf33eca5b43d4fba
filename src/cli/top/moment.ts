import type { PageFailure } from '../../page/read/open-pages.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'

/** What is needed of the pages at one time, besides what the list of processes shows. */
export interface Wanted {
  /** Keys of pages of which everything is needed. */
  readonly whole: ReadonlySet<string>
  /** Whether everything is needed of all pages. */
  readonly isWhole: boolean
}

/** The pages at one time. */
export interface Moment {
  /** Unix time in seconds; it may jump. */
  readonly time: number
  /** Seconds of a clock that nobody sets. */
  readonly now: number
  /** One for each page. */
  readonly snapshots: readonly Snapshot[]
  /**
   * The files of the pages that have their distributions, besides those that are wanted as a whole; absent where all have them.
   * Of the others, what these said before still holds.
   */
  readonly complete?: ReadonlySet<string>
  /** Processes that have ended and of which no more than this is known. */
  readonly ended: readonly PageInfo[]
  readonly failures: readonly PageFailure[]
}

/** Where `top` has its numbers from: the pages of this machine, or a recording. */
export interface TopSource {
  /** The pages now; of a recording the next ones, `undefined` at its end. */
  next(wanted: Wanted): Moment | undefined
  /** Of a recording: the Unix times of its beginning and end. */
  readonly range?: { readonly from: number; readonly to: number }
  /** Of a recording: what `next` gives next is the first at or after that time. */
  seek?(time: number): void
  /** Of a recording: the Unix time that a text means, `-90s`; `undefined` for none. */
  timeOf?(text: string): number | undefined
  close(): void
}
