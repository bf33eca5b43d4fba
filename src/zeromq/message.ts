import type { PageState } from '../snapshot/snapshot.ts'
import { type Changes, type FileKind, wordBytes } from './file-copy.ts'

/**
 * What goes over the wire between publishers and collectors: docs/fleet.md has it as a table.
 *
 * A publisher sends the files that its numbers are in, as far as they changed since its last message. All values in them are
 * absolute: a message that is lost or comes twice can make values late, not wrong.
 */
export interface FilesMessage {
  /** A full message has whole files; any other one goes on where the one before ended. */
  readonly isFull: boolean
  /** The publisher's last one. */
  readonly isLast: boolean
  /** Its pages are those of others, which go on without it: those of a fleet. */
  readonly isOfOthers: boolean
  /** Random for each publisher: 32 hexadecimal digits. */
  readonly publisher: string
  /** Counts the publisher's messages from 1. */
  readonly sequence: number
  /** Milliseconds by the publisher's monotonic clock; only differences mean anything. */
  readonly sentAt: number
  /** The publisher sends that often, in milliseconds. */
  readonly intervalMs: number
  /** Unix time in seconds, by the publisher's clock, at which the files were read. */
  readonly takenAt: number
  /** Processes that have ended and whose pages are in an archive among the files: they still count by their state. */
  readonly ended?: readonly EndedProcess[] | undefined
  /** All files that there are now, those without changes included. */
  readonly files: readonly SentFile[]
}

/** A process whose page is in an archive and not removed yet. */
export interface EndedProcess {
  /** Name of its app. */
  readonly app: string
  /** How it ended: `exited` or `killed`. */
  readonly state: PageState
}

/** A file in a message. */
export interface SentFile extends Changes {
  /** The publisher's number for it, which no other file had before. */
  readonly number: number
  readonly kind: FileKind
  /** Whether a writer has the page; absent where that cannot be determined. */
  readonly isHeld?: boolean | undefined
  /** Path of the page; empty for none. */
  readonly name: string
}

/** Why a message was not understood. */
export type Unreadable = 'version' | 'length' | 'content'

/** Larger messages are neither sent nor taken. */
export const maxMessageBytes: number = 2 ** 26
/** A publisher sends at least that often. */
export const maxIntervalMs = 3_600_000

/** `PLZM` */
const magic = 0x4d5a4c50
/** The same in base64, as far as it does not depend on what follows. */
const textMagic = 'UExaT'
const version = 1
// Three little-endian words of 32 bits are in front of the JSON.
const versionOffset = 4
const jsonBytesOffset = 8
const jsonOffset = 12
/** Longer JSON is none of a publisher, and would take a lot of memory. */
const maxJsonBytes = 2 ** 22
const runBytes = 8

type Check = (value: unknown) => boolean

const isFlag: Check = (value) => typeof value === 'boolean'
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const isText: Check = (value) => typeof value === 'string'

/** Of the keys of a file in the JSON of a message. */
export const fileChecks: Readonly<Record<keyof Omit<SentFile, 'data'>, Check>> = {
  number: isCount,
  kind: (value) => value === 'page' || value === 'snapshot',
  isHeld: (value) => value === undefined || isFlag(value),
  name: isText,
  // As JSON has it: how many there are.
  runs: isCount,
}

const endedChecks: Readonly<Record<keyof EndedProcess, Check>> = {
  app: isText,
  state: (value) => value === 'exited' || value === 'killed',
}

/** Of the keys of that JSON. */
export const headChecks: Readonly<Record<keyof FilesMessage, Check>> = {
  isFull: isFlag,
  isLast: isFlag,
  isOfOthers: isFlag,
  publisher: (value) => isText(value) && /^[0-9a-f]{32}$/.test(value as string),
  sequence: (value) => isCount(value) && value !== 0,
  sentAt: Number.isFinite,
  intervalMs: (value) => typeof value === 'number' && value > 0 && value <= maxIntervalMs,
  takenAt: Number.isFinite,
  ended: (value) => value === undefined || (Array.isArray(value) && value.every((one) => fits(one, endedChecks))),
  files: (value) => Array.isArray(value) && value.every((file) => fits(file, fileChecks)),
}

/** How a message goes: as bytes, or as the same bytes in base64. */
export type Wire = Buffer | string

/**
 * What a socket is to be given to send these bytes. From a thread that may end it is a text: zeromq copies it, where it goes on
 * reading the bytes of a buffer after the thread and its memory are gone (seen with version 6.8: the process aborts).
 */
export function wireOf(bytes: Buffer, mayEnd: boolean): Wire {
  return mayEnd ? bytes.toString('base64') : bytes
}

/** The bytes of a message with files. */
export function encodeFiles(message: FilesMessage): Buffer {
  const files = message.files.map(({ runs, data: _, ...file }) => ({ ...file, runs: runs.length / 2 }))
  // Numbers are little-endian wherever pages are.
  const bytes = message.files.flatMap(({ runs, data }) => [Buffer.from(runs.buffer), data])
  return Buffer.concat([encodeHead({ ...message, files }), ...bytes])
}

/** The bytes with which a collector asks a publisher for a full message. */
export function encodeRequest(publisher: string): Buffer {
  return encodeHead({ wanted: publisher })
}

function encodeHead(head: object): Buffer {
  const json = Buffer.from(JSON.stringify(head))
  const prefix = Buffer.alloc(jsonOffset)
  prefix.writeUInt32LE(magic)
  prefix.writeUInt32LE(version, versionOffset)
  prefix.writeUInt32LE(json.length, jsonBytesOffset)
  return Buffer.concat([prefix, json])
}

/** The message in these bytes, which may be any; or why there is none. It shares their memory. */
export function decodeFiles(given: Buffer): FilesMessage | Unreadable {
  const isBase64 = given.toString('latin1', 0, textMagic.length) === textMagic
  const decoded = decodeHead(isBase64 ? Buffer.from(given.toString('latin1'), 'base64') : given)
  if (typeof decoded === 'string') return decoded
  const { head, bytes } = decoded
  if (!fits(head, headChecks)) return 'content'
  const message = head as Omit<FilesMessage, 'files'> & { files: (Omit<SentFile, 'runs'> & { runs: number })[] }
  const files: SentFile[] = []
  let at = 0
  for (const { runs: count, ...file } of message.files) {
    const dataAt = at + count * runBytes
    if (dataAt > bytes.length) return 'length'
    const runs = new Uint32Array(Uint8Array.prototype.slice.call(bytes, at, dataAt).buffer)
    at = dataAt
    for (let i = 1; i < runs.length; i += 2) at += (runs[i] as number) * wordBytes
    if (at > bytes.length) return 'length'
    files.push({ ...file, runs, data: bytes.subarray(dataAt, at) })
  }
  return at === bytes.length ? { ...message, files } : 'length'
}

/** Whether these bytes, which may be any, ask this publisher for a full message. */
export function isRequestTo(publisher: string, bytes: Buffer): boolean {
  const decoded = decodeHead(bytes)
  return typeof decoded !== 'string' && (decoded.head as { wanted?: unknown } | null)?.wanted === publisher
}

/** The JSON of a message, and the bytes behind it. */
function decodeHead(bytes: Buffer): { readonly head: unknown; readonly bytes: Buffer } | Unreadable {
  if (bytes.length < jsonOffset) return 'length'
  if (bytes.readUInt32LE() !== magic) return 'content'
  if (bytes.readUInt32LE(versionOffset) !== version) return 'version'
  const end = jsonOffset + bytes.readUInt32LE(jsonBytesOffset)
  if (end > bytes.length) return 'length'
  if (end > maxJsonBytes) return 'content'
  try {
    return { head: JSON.parse(bytes.toString('utf8', jsonOffset, end)), bytes: bytes.subarray(end) }
  } catch {
    return 'content'
  }
}

function fits(value: unknown, checks: Readonly<Record<string, Check>>): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(checks).every(([key, check]) => check((value as Readonly<Record<string, unknown>>)[key]))
}
