import type { PageFailure } from '../page/read/open-pages.ts'
import type { Selection } from '../snapshot/selector-type.ts'
import type { PageInfo, Snapshot, Source } from '../snapshot/snapshot.ts'
import type { Compaction } from './archive/compact.ts'

/** The pages of an app, or of a directory, as one source. */
export interface Fleet extends Source {
  /**
   * Absolute path of the directory at the last read: where others may write to the one that was given, that of this user's own
   * in it.
   */
  readonly directory: string
  /** What the last read could not read, and why; it hides nothing else. */
  readonly failures: readonly PageFailure[]
  /**
   * Processes whose pages the archive contains and that are still there, for `retentionSeconds`: whether they exited or were
   * killed. The first access after a page was archived reads it.
   */
  readonly ended: readonly PageInfo[]
  /**
   * All pages, and what the archive has of writers that are gone, as one snapshot. Only the new part of a log is parsed, and
   * writers are not affected. Of a page that is there and cannot be read any more, the last values are part of it, unless there
   * is a selection: no total falls. Without any page, the snapshot is empty. Throws PLIMSOLL_OPTION_UNKNOWN or
   * PLIMSOLL_OPTION_INVALID for an invalid selection, nothing else: errors are in `failures`.
   */
  read(selection?: Selection): Snapshot
  /** The same in parts that agree with each other: the sum, and what it is the sum of, one snapshot a page. */
  readParts(selection?: Selection): FleetParts
  /**
   * Moves the counters, distributions and whatever else adds up of writers that are gone into the archive, and removes their
   * pages once they have stayed. To be called now and then by one or more processes that may write to the directory; one at
   * a time does it, the others return at once. Mapped pages need 64-bit Linux for that. Throws nothing.
   */
  compact(): Compaction
  /** Closes all files; a later read opens them again. */
  close(): void
}

/** A fleet in its parts. */
export interface FleetParts {
  /** All parts added up. */
  readonly total: Snapshot
  /** One snapshot a page, and one for each archive, whose page has the state `archived`. */
  readonly parts: readonly Snapshot[]
  /** Files of pages that the archive has, and that are still there to be looked at. */
  readonly retained: readonly string[]
}
