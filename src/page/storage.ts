/** Where a page is that is being written: in a file, or in memory for a test. */
export interface WrittenBytes {
  /** Bytes; the header and all chunks have multiples of it. */
  readonly granularity: number
  /** Makes the page longer by bytes of zero, from its present end `start` on. Throws where there is no room. */
  extend(start: number, bytes: number): void
  /** Completes the header of a new page by how it is kept. What is mapped has nothing to add. */
  prepareHeader?(header: Buffer): void
  /** A part of the page as memory: a store into it is a store into the page, at once or with the next `flush`. */
  map(start: number, bytes: number): ArrayBuffer
  /** Writes `count` of these bytes, from number `from` on, and gives how many were written. Throws where it cannot. */
  write(bytes: Uint8Array, from: number, count: number, position: number): number
  /**
   * Writes the stores since the last time; gives what has become of the page where it cannot be written any more. Throws what
   * the system refuses now. What stores at once lacks it.
   */
  flush?(): Loss | undefined
  /**
   * What has become of a page that is to have that path and so many bytes; `undefined` for nothing, or where it was not
   * looked for: that takes system calls and is not always `due`.
   */
  loss(file: string, bytes: number, isDue: boolean): Loss | undefined
  /** Removes the page where the path still leads to it. What has no file lacks it. Throws nothing. */
  remove?(file: string): void
  /** Keeps the lock of the page, a file, past `release`; `undefined` where it cannot. What needs no lock lacks it. */
  keepLock?(file: string): KeptLock | undefined
  /** Gives up the lock, unless it is kept, and the memory that `map` gave. */
  release(buffers: Iterable<ArrayBuffer>): void
}

/** What may become of a page, in the words of its error. */
export type Loss =
  | 'removed'
  | 'moved, or its directory was'
  | 'replaced by another file'
  | 'cut short'
  | 'overwritten or truncated'
  | 'closed'
  | 'archived, as its process seemed to be dead,'

/** The lock of a page that nobody writes to any more. */
export interface KeptLock {
  /** Whether nobody can have had it meanwhile. */
  readonly isUnbroken: boolean
  /** Whether the page still has its name: no other file can be taken for it. */
  isThere(): boolean
  release(): void
}

/** The bytes of a page as a reader gets them, while a writer may be changing them. */
export interface ReadableBytes {
  /** How many there are now. */
  size(): number
  /** Copies bytes from `position` on to the end of `target`, from its byte `offset` on; gives how many, 0 behind the last one. */
  read(target: NodeJS.ArrayBufferView, offset: number, position: number): number
  /** Copies bytes from `position` on to the targets, one after the other; gives how many. What has no such call lacks it. */
  readAll?(targets: readonly NodeJS.ArrayBufferView[], position: number): number
  /** Whether nobody can be changing them while they are read: nothing has to be read again then. */
  readonly isStill?: boolean
  /** The user id of their owner, where that is not the user who reads. */
  readonly owner?: number | undefined
  /** Whether a writer has the page; `undefined` where that cannot be determined. */
  isHeld(): boolean | undefined
  /** Whether that could not be determined when it was last asked for. */
  readonly isUncertain?: boolean
  /** What has taken the place of a page that was replaced. */
  successor(): ReadableBytes | undefined
  /** They are of no more use. */
  close(): void
}
