import { constants, crc32, deflateRawSync, inflateRawSync } from 'node:zlib'

/**
 * A recording is members of gzip, one behind the other, each of a minute or so. What comes each second is compressed up to a
 * byte, so that all of it can be read however the file ends. Their headers have a field of their own, by which a member is found
 * without reading those before it.
 */

/** Of deflate: what can be referred to. */
const windowBytes = 32_768
/** The extra field of the header: its name, and what no compressed data is likely to have. */
const mark = Buffer.from('PM\u0010\u0000plimsoll-record1', 'latin1')
const fixedBytes = 10
const headerBytes: number = fixedBytes + 2 + mark.length
/** An empty last block, which ends the data. */
const lastBlock = Buffer.from([3, 0])
const sync = { finishFlush: constants.Z_SYNC_FLUSH }

/** Compresses the lines of one member. */
export class MemberWriter {
  #window: Buffer = Buffer.alloc(0)
  #crc = 0
  #length = 0

  /** The bytes that begin a member. */
  begin(unixTime: number): Buffer {
    this.#window = Buffer.alloc(0)
    this.#crc = 0
    this.#length = 0
    const header = Buffer.alloc(fixedBytes + 2)
    header.set([0x1f, 0x8b, 8, 4])
    header.writeUInt32LE(Math.max(0, Math.floor(unixTime)) >>> 0, 4)
    header.set([0, 255], 8)
    header.writeUInt16LE(mark.length, fixedBytes)
    return Buffer.concat([header, mark])
  }

  /** The bytes of a text, complete by themselves. */
  add(text: string): Buffer {
    const bytes = Buffer.from(text)
    const dictionary = this.#window.length === 0 ? {} : { dictionary: this.#window }
    const compressed = deflateRawSync(bytes, { ...sync, ...dictionary })
    this.#window = Buffer.concat([this.#window, bytes]).subarray(-windowBytes)
    this.#crc = crc32(bytes, this.#crc)
    this.#length += bytes.length
    return compressed
  }

  /** The bytes that end it. */
  end(): Buffer {
    const trailer = Buffer.alloc(8)
    trailer.writeUInt32LE(this.#crc, 0)
    trailer.writeUInt32LE(this.#length >>> 0, 4)
    return Buffer.concat([lastBlock, trailer])
  }
}

/** A member of a file: where it is, and the Unix time in whole seconds at which it begins. */
export interface Member {
  readonly start: number
  readonly end: number
  readonly time: number
}

/** All members of a file, of which the last one may be cut off. */
export function findMembers(file: Buffer): Member[] {
  const starts: number[] = []
  for (let at = file.indexOf(mark); at !== -1; at = file.indexOf(mark, at + mark.length)) {
    const start = at - fixedBytes - 2
    if (start >= 0 && file[start] === 0x1f && file[start + 1] === 0x8b) starts.push(start)
  }
  return starts.map((start, i) => ({ start, end: starts[i + 1] ?? file.length, time: file.readUInt32LE(start + 4) }))
}

/** The text of a member as far as it can be read: up to where it is cut off or damaged. */
export function readMember(file: Buffer, { start, end }: Member, maxBytes: number): string {
  const bytes = file.subarray(start + headerBytes, end)
  const whole = inflated(bytes, maxBytes)
  if (whole !== undefined) return whole.toString('utf8')
  // The longest beginning that is sound.
  let good = 0
  let bad = bytes.length
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (inflated(bytes.subarray(0, middle), maxBytes) === undefined) bad = middle
    else good = middle
  }
  return inflated(bytes.subarray(0, good), maxBytes)?.toString('utf8') ?? ''
}

function inflated(bytes: Buffer, maxOutputLength: number): Buffer | undefined {
  if (bytes.length === 0) return Buffer.alloc(0)
  try {
    return inflateRawSync(bytes, { ...sync, maxOutputLength })
  } catch {
    return undefined
  }
}
