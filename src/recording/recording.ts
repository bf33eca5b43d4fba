import { readFileSync, statSync } from 'node:fs'
import { PlimsollError, reasonOf } from '../errors.ts'
import type { PageFailure } from '../page/read/open-pages.ts'
import { withConflictCounts } from '../snapshot/conflicts.ts'
import { mergeSnapshots } from '../snapshot/merge/merge.ts'
import type { Selection } from '../snapshot/selector-type.ts'
import type { Snapshot, Source } from '../snapshot/snapshot.ts'
import { findMembers, type Member, readMember } from './members.ts'
import { Moments, type ReadMoment } from './moments.ts'

/** A larger file is recorded for months; reading it would only take memory. */
const maxFileBytes = 2 ** 31 - 1
/** Text of a member at most. */
const maxMemberBytes = 2 ** 28

/** All that was recorded of one moment, as a fleet has it of the present. */
export interface RecordedParts {
  /** All parts added up. */
  readonly total: Snapshot
  /** One snapshot a page, and one for each archive or other source. */
  readonly parts: readonly Snapshot[]
  /** The pages whose numbers an archive has as well, which are not among the parts. */
  readonly retained: readonly Snapshot[]
}

/**
 * A recording that `plimsoll record` wrote, whole or cut off, as a source that stands at one moment. What is read is what a reader
 * of the pages would have read then, bit by bit, ages and states included.
 */
export class Recording implements Source {
  /** Path of the file. */
  readonly file: string
  /** Seconds from one moment to the next, as they were asked for. */
  readonly interval: number
  /** What could not be read of the file or of a page, and why; it hides nothing else. */
  failures: readonly PageFailure[] = []
  readonly #bytes: Buffer
  readonly #members: readonly Member[]
  #member = -1
  #moments: Moments | undefined
  /** What was read and is not stood in yet. */
  #ahead: { readonly member: number; readonly moments: Moments } | undefined
  #from: number | undefined
  #to: number | undefined

  /** Made by {@link openRecording}. */
  constructor(file: string, bytes: Buffer) {
    this.file = file
    this.#bytes = bytes
    this.#members = findMembers(bytes)
    this.interval = this.#open(0)?.interval ?? 1
    if (this.next() === undefined) throw unreadable(file, 'it has no complete moment')
    this.#from = this.time
  }

  /** Unix time in seconds of the first moment. */
  get from(): number {
    return this.#from ?? 0
  }

  /** Unix time in seconds of the last moment. The last member is read for it once. */
  get to(): number {
    if (this.#to === undefined) {
      for (let i = this.#members.length - 1; i >= 0 && this.#to === undefined; i--) this.#to = this.#read(i).lastTime
      this.#to ??= this.from
    }
    return this.#to
  }

  /** Unix time in seconds of the moment that this stands at. */
  get time(): number {
    return this.#moments?.current?.time ?? this.from
  }

  /** The same by a clock that nobody sets. */
  get now(): number {
    return this.#moments?.current?.now ?? 0
  }

  /**
   * Stands at the last moment that is not after `time`, in Unix seconds, or at the first one. Going on costs what lies between;
   * going back, or further than a minute, up to a minute's moments. Returns itself.
   */
  at(time: number): this {
    let wanted = this.#memberAt(time, this.#members.length)
    const isAhead = this.#member === wanted && this.#moments?.current !== undefined && this.time <= time
    if (!isAhead) {
      // The time of a member is that of its first moment, rounded down; or any time, where a byte of it is damaged.
      while (wanted > 0 && (this.#read(wanted).firstTime ?? 0) > time) wanted = this.#memberAt(time, wanted)
      this.#open(wanted)
      this.next()
    }
    for (let next = this.#peek(); next !== undefined && next <= time; next = this.#peek()) this.next()
    return this
  }

  /** Goes on to the next moment, and returns it; `undefined` at the end. */
  next(): ReadMoment | undefined {
    const moment = this.#moments?.next()
    if (moment !== undefined) return moment
    const following = this.#following()
    return following === undefined ? undefined : this.#open(following)?.next()
  }

  /** All that was recorded, as one snapshot. Throws PLIMSOLL_OPTION_UNKNOWN or PLIMSOLL_OPTION_INVALID. */
  read(selection?: Selection): Snapshot {
    return this.readParts(selection).total
  }

  /** The same in parts. */
  readParts(selection?: Selection): RecordedParts {
    const { parts, retained, failures } = this.#moments?.read(selection) ?? { parts: [], retained: [], failures: [] }
    this.failures = failures
    const total = mergeSnapshots(parts)
    return { total: withConflictCounts({ ...total, takenAt: this.time }), parts, retained }
  }

  /**
   * Of the members before number `end`: their times never go back by more than a clock was set, so the last that begins in time is
   * the one.
   */
  #memberAt(time: number, end: number): number {
    const at = this.#members.findLastIndex((member, i) => i < end && member.time <= time)
    return Math.max(0, at)
  }

  #peek(): number | undefined {
    const following = this.#moments?.peek() === undefined ? this.#following() : undefined
    return following === undefined ? this.#moments?.peek() : this.#read(following).firstTime
  }

  /** The next member with a moment; one that is damaged from its beginning has none. */
  #following(): number | undefined {
    for (let i = this.#member + 1; i < this.#members.length; i++) if (this.#read(i).firstTime !== undefined) return i
    return undefined
  }

  #open(i: number): Moments | undefined {
    if (this.#members[i] === undefined) return undefined
    this.#member = i
    this.#moments = this.#read(i)
    this.#ahead = undefined
    return this.#moments
  }

  /** A member as it begins. */
  #read(i: number): Moments {
    if (this.#ahead?.member !== i) {
      const text = readMember(this.#bytes, this.#members[i] as Member, maxMemberBytes)
      this.#ahead = { member: i, moments: new Moments(text) }
    }
    return this.#ahead.moments
  }
}

/** Opens a recording. Throws PLIMSOLL_RECORDING_UNREADABLE for what is none. */
export function openRecording(file: string): Recording {
  let bytes: Buffer
  try {
    const stats = statSync(file)
    if (!stats.isFile()) throw new Error('it is not a regular file')
    if (stats.size > maxFileBytes) throw new Error(`it has ${stats.size} bytes, more than ${maxFileBytes}`)
    bytes = readFileSync(file)
  } catch (cause) {
    throw unreadable(file, reasonOf(cause), cause)
  }
  if (findMembers(bytes).length === 0) throw unreadable(file, 'it is not a recording')
  return new Recording(file, bytes)
}

function unreadable(file: string, reason: string, cause?: unknown): PlimsollError {
  return new PlimsollError('PLIMSOLL_RECORDING_UNREADABLE', { file, reason }, { cause })
}
