/** The lines of a recording, as docs/recording.md describes them: JSON objects, one a line. */

/** Version of the lines. */
export const recordingVersion = 1

/** The first line of each member of the file. */
export interface HeadLine {
  readonly plimsoll: 'recording'
  readonly version: number
  /** Seconds between two moments, as asked for. */
  readonly interval: number
  /** What tells the starts of the machine apart, of which `now` is a time. */
  readonly boot: string
}

/** A page begins: it is new here, or was replaced, or its member begins. Its cells are 0. */
export interface PageLine {
  readonly page: number
  readonly file: string
  readonly owner?: number
  /** Its numbers are in an archive as well. */
  readonly retained?: true
  /** Who writes it: the line of its header. */
  readonly writer: string
  readonly start: number
  readonly boot: string
  readonly kept: number
}

/** What has changed of a page. All parts but the number may be missing. */
export interface ChangeLine {
  readonly page: number
  /** Heartbeat, the same by the clock that nobody sets, end, offset of that clock, time of what archives are to forget. */
  readonly times?: readonly Value[]
  /** Whether a writer has it; `null` where that is not known. */
  readonly held?: boolean | null
  /** Runs of cells: first block and number of blocks. */
  readonly chunks?: readonly (readonly [number, number])[]
  /** Lines of the log of the page. */
  readonly log?: readonly object[]
  /** Cells whose whole number changed: distances from one to the next, and by how much. */
  readonly cells?: readonly number[]
  readonly add?: readonly number[]
  /** Cells with another value, and this. */
  readonly at?: readonly number[]
  readonly set?: readonly Value[]
}

/** Pages that are there no more. */
export interface GoneLine {
  readonly gone: readonly number[]
}

/** A source without cells, by its name, as a snapshot in JSON; `null` once it is gone. */
export interface SnapshotLine {
  readonly source: string
  readonly snapshot: object | null
}

/** The end of a moment: what stands before it is how things were at this time. */
export interface MomentLine {
  /** Unix time in seconds. */
  readonly time: number
  /** Seconds of a clock that nobody sets. */
  readonly now: number
}

/** A number; as 16 hexadecimal digits of its bits what JSON does not have: NaN, the infinities, -0. */
export type Value = number | string

export type Line = PageLine | ChangeLine | GoneLine | SnapshotLine | MomentLine

/** A float64 of a page as a value, bit by bit. */
export function valueAt(bytes: Buffer, offset: number): Value {
  const value = bytes.readDoubleLE(offset)
  if (Number.isFinite(value) && !Object.is(value, -0)) return value
  return bytes.readBigUInt64LE(offset).toString(16).padStart(16, '0')
}

/** Stores a value as it was. Throws for what is none. */
export function storeValue(bytes: Buffer, offset: number, value: Value): void {
  if (typeof value === 'number') bytes.writeDoubleLE(value, offset)
  else bytes.writeBigUInt64LE(BigInt(`0x${value}`), offset)
}
