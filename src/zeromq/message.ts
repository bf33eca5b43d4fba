/**
 * What goes over the wire between publishers and collectors: docs/fleet.md has it as a table.
 *
 * A message carries values as they are, never how much they grew: one that is lost or comes twice can make values late, not
 * wrong. Series are numbered by their publisher in its last full message and in what came after that.
 */

/** Values of a publisher. */
export interface ValuesMessage {
  /** A full message stands for itself; any other one goes on where the one before ended. */
  readonly isFull: boolean
  /** The publisher's last one. */
  readonly isLast: boolean
  /** Its pages are those of others, which go on without it: those of a fleet. */
  readonly isOfOthers: boolean
  /** Random for each start of a publisher: 32 hexadecimal digits. */
  readonly publisher: string
  /** Counts the publisher's messages from 1. */
  readonly sequence: number
  /** Milliseconds by the publisher's monotonic clock; only differences mean anything. */
  readonly sentAt: number
  /** The publisher sends that often, in milliseconds. */
  readonly intervalMs: number
  /** The numbers of the series in `json`, in the order in which they stand there. */
  readonly whole: Uint32Array
  /** The numbers of series that are no more. */
  readonly removed: Uint32Array
  /** The numbers of series of which only `value` is another, and that value. */
  readonly changed: Uint32Array
  readonly values: Float64Array
  /** The numbers of the series in `records`, in the order in which they stand there. */
  readonly recorded: Uint32Array
  /** Distributions and meters as `RecordWriter` writes them. */
  readonly records: Uint8Array
  /** A snapshot as `parseJson` reads it: the pages, and of each family the series that are told as a whole. */
  readonly json: string
}

/** Why a message was not understood. */
export type Unreadable = 'version' | 'length' | 'content'

/** Larger messages are neither sent nor taken. */
export const largestMessageBytes: number = 2 ** 26

// All numbers are little-endian. Offsets, each behind the field before.
const magicOffset = 0
const versionOffset = 4
const typeOffset = 5
const flagsOffset = 6
const reservedOffset = 7
const publisherOffset = 8
const sequenceOffset = 24
const sentAtOffset = 32
const intervalOffset = 40
const wholeOffset = 48
const removedOffset = 52
const changedOffset = 56
const recordedOffset = 60
const recordsOffset = 64
const jsonOffset = 68
const headBytes = 72

const lastFlag = 1
const othersFlag = 2

/** `PLZM` */
const magic = 0x4d5a4c50
/** The same in base64, as far as it does not depend on what follows. */
const textMagic = 'UExaT'
const version = 1
const types = { full: 1, delta: 2, request: 3 } as const
const requestBytes = publisherOffset + 16

/** How a message goes: as bytes, or as the same bytes in base64. */
export type Wire = Buffer | string

/**
 * What a socket is to be given to send these bytes. From a thread that may end it is a text: zeromq copies it, where it goes on
 * reading the bytes of a buffer after the thread and its memory are gone (seen with version 6.8: the process aborts).
 */
export function wireOf(bytes: Buffer, mayEnd: boolean): Wire {
  return mayEnd ? bytes.toString('base64') : bytes
}

/** The bytes of a message with values. */
export function encodeValues(message: ValuesMessage): Buffer {
  const { whole, removed, changed, recorded, values, records, json } = message
  const jsonBytes = Buffer.byteLength(json)
  const lists = [whole, removed, changed, recorded]
  const inLists = lists.reduce((sum, { length }) => sum + length, 0)
  const bytes = Buffer.alloc(headBytes + 4 * inLists + 8 * values.length + records.length + jsonBytes)
  writeHead(bytes, message.isFull ? types.full : types.delta, message.publisher)
  bytes[flagsOffset] = (message.isLast ? lastFlag : 0) | (message.isOfOthers ? othersFlag : 0)
  bytes.writeDoubleLE(message.sequence, sequenceOffset)
  bytes.writeDoubleLE(message.sentAt, sentAtOffset)
  bytes.writeDoubleLE(message.intervalMs, intervalOffset)
  bytes.writeUInt32LE(whole.length, wholeOffset)
  bytes.writeUInt32LE(removed.length, removedOffset)
  bytes.writeUInt32LE(changed.length, changedOffset)
  bytes.writeUInt32LE(recorded.length, recordedOffset)
  bytes.writeUInt32LE(records.length, recordsOffset)
  bytes.writeUInt32LE(jsonBytes, jsonOffset)
  let at = headBytes
  for (const list of lists) for (const number of list) at = bytes.writeUInt32LE(number, at)
  for (const value of values) at = bytes.writeDoubleLE(value, at)
  bytes.set(records, at)
  bytes.write(json, at + records.length)
  return bytes
}

/** The bytes with which an collector asks a publisher for a full message. */
export function encodeRequest(publisher: string): Buffer {
  const bytes = Buffer.alloc(requestBytes)
  writeHead(bytes, types.request, publisher)
  return bytes
}

/** The message in these bytes, which may be any; or why there is none. Its memory is bounded by their length. */
export function decodeValues(given: Buffer): ValuesMessage | Unreadable {
  const isText = given.toString('latin1', 0, textMagic.length) === textMagic
  const bytes = isText ? Buffer.from(given.toString('latin1'), 'base64') : given
  const type = typeOf(bytes)
  if (typeof type === 'string') return type
  if (type !== types.full && type !== types.delta) return 'content'
  if (bytes.length < headBytes) return 'length'
  const counts = [wholeOffset, removedOffset, changedOffset, recordedOffset].map((offset) => bytes.readUInt32LE(offset))
  const [, , changed = 0] = counts
  const inLists = counts.reduce((sum, count) => sum + count, 0)
  const recordBytes = bytes.readUInt32LE(recordsOffset)
  const jsonBytes = bytes.readUInt32LE(jsonOffset)
  if (bytes.length !== headBytes + 4 * inLists + 8 * changed + recordBytes + jsonBytes) return 'length'
  const sequence = bytes.readDoubleLE(sequenceOffset)
  const sentAt = bytes.readDoubleLE(sentAtOffset)
  const intervalMs = bytes.readDoubleLE(intervalOffset)
  const flags = bytes[flagsOffset] as number
  if (!Number.isSafeInteger(sequence) || sequence < 1) return 'content'
  if (!Number.isFinite(sentAt) || !(intervalMs > 0 && intervalMs <= longestIntervalMs)) return 'content'
  if (flags > (lastFlag | othersFlag)) return 'content'
  return {
    isFull: type === types.full,
    isLast: (flags & lastFlag) !== 0,
    isOfOthers: (flags & othersFlag) !== 0,
    publisher: bytes.toString('hex', publisherOffset, sequenceOffset),
    sequence,
    sentAt,
    intervalMs,
    ...bodyOf(bytes, counts, recordBytes),
  }
}

type Body = Pick<ValuesMessage, 'whole' | 'removed' | 'changed' | 'recorded' | 'values' | 'records' | 'json'>

function bodyOf(bytes: Buffer, counts: readonly number[], recordBytes: number): Body {
  let at = headBytes
  const [whole, removed, changed, recorded] = counts.map((count) => {
    const numbers = numbersAt(bytes, at, count)
    at += 4 * count
    return numbers
  }) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]
  const recordsAt = at + 8 * changed.length
  const jsonAt = recordsAt + recordBytes
  return {
    whole,
    removed,
    changed,
    recorded,
    values: valuesIn(bytes, at, changed.length),
    // A copy, as it may be kept for long, and the rest of the message need not be.
    records: new Uint8Array(bytes.subarray(recordsAt, jsonAt)),
    json: bytes.toString('utf8', jsonAt),
  }
}

/** A publisher sends at least that often. */
export const longestIntervalMs = 3_600_000

/** Whether these bytes, which may be any, ask this publisher for a full message. */
export function isRequestTo(publisher: string, bytes: Buffer): boolean {
  if (bytes.length !== requestBytes || typeOf(bytes) !== types.request) return false
  return bytes.toString('hex', publisherOffset) === publisher
}

function writeHead(bytes: Buffer, type: number, publisher: string): void {
  bytes.writeUInt32LE(magic, magicOffset)
  bytes[versionOffset] = version
  bytes[typeOffset] = type
  bytes.write(publisher, publisherOffset, 'hex')
}

function typeOf(bytes: Buffer): number | Unreadable {
  if (bytes.length < requestBytes) return 'length'
  if (bytes.readUInt32LE(magicOffset) !== magic) return 'content'
  if (bytes[versionOffset] !== version) return 'version'
  return bytes[reservedOffset] === 0 ? (bytes[typeOffset] as number) : 'content'
}

function numbersAt(bytes: Buffer, at: number, count: number): Uint32Array {
  const numbers = new Uint32Array(count)
  for (let i = 0; i < count; i++) numbers[i] = bytes.readUInt32LE(at + 4 * i)
  return numbers
}

function valuesIn(bytes: Buffer, at: number, count: number): Float64Array {
  const values = new Float64Array(count)
  for (let i = 0; i < count; i++) values[i] = bytes.readDoubleLE(at + 8 * i)
  return values
}
