import { wellFormedValue } from '../well-formed.ts'

const encoder = new TextEncoder()
const varint = 0
const fixed64 = 1
const delimited = 2

/** Writes the wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/): fields one after the other. */
export class ProtobufWriter {
  private bytes = new Uint8Array(2 ** 16)
  private view = new DataView(this.bytes.buffer)
  private at = 0

  /** How many bytes there are so far. */
  get length(): number {
    return this.at
  }

  /** A whole number from 0 on; what is none is 0. */
  uint(field: number, value: number): void {
    this.varint(field * 8 + varint)
    this.varint(value)
  }

  /** A whole number in zigzag encoding. */
  sint(field: number, value: number): void {
    this.varint(field * 8 + varint)
    this.zigzag(value)
  }

  double(field: number, value: number): void {
    this.varint(field * 8 + fixed64)
    this.rawDouble(value)
  }

  /** A whole number from 0 on in 8 bytes; what is none is 0. */
  fixed64(field: number, value: number): void {
    this.varint(field * 8 + fixed64)
    this.rawFixed64(value)
  }

  /** The lower 64 bits of a whole number in 8 bytes. */
  bigFixed64(field: number, value: bigint): void {
    this.varint(field * 8 + fixed64)
    this.reserve(8)
    this.view.setBigUint64(this.at, BigInt.asUintN(64, value), true)
    this.at += 8
  }

  /** The bits of a double, for one that JavaScript cannot hold, such as a certain NaN. */
  rawBits(field: number, high: number, low: number): void {
    this.varint(field * 8 + fixed64)
    this.reserve(8)
    this.view.setUint32(this.at, low, true)
    this.view.setUint32(this.at + 4, high, true)
    this.at += 8
  }

  /** UTF-8; a lone surrogate becomes U+FFFD and its number. */
  text(field: number, text: string): void {
    if (this.shortText(field, text)) return
    const start = this.begin(field)
    const wellFormed = wellFormedValue(text)
    this.reserve(wellFormed.length * 3)
    this.at += encoder.encodeInto(wellFormed, this.bytes.subarray(this.at)).written
    this.end(start)
  }

  /** Most texts are short ASCII, for which a loop is faster than an encoder. */
  private shortText(field: number, text: string): boolean {
    const { length } = text
    if (length >= 128) return false
    this.reserve(20 + length)
    const { bytes, at } = this
    this.varint(field * 8 + delimited)
    let end = this.at
    bytes[end++] = length
    for (let i = 0; i < length; i++) {
      const c = text.charCodeAt(i)
      if (c >= 128) {
        this.at = at
        return false
      }
      bytes[end++] = c
    }
    this.at = end
    return true
  }

  /** Bytes as they are, such as fields that were written before. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
  }

  /** A field of bytes. */
  data(field: number, bytes: Uint8Array): void {
    this.varint(field * 8 + delimited)
    this.varint(bytes.length)
    this.raw(bytes)
  }

  /** Whole numbers from 0 on, packed. */
  uints(field: number, values: readonly number[]): void {
    const start = this.begin(field)
    for (let i = 0; i < values.length; i++) this.varint(values[i] as number)
    this.end(start)
  }

  /** Signed numbers in zigzag encoding, packed. */
  sints(field: number, values: readonly number[]): void {
    const start = this.begin(field)
    for (const value of values) this.zigzag(value)
    this.end(start)
  }

  /** Whole numbers from 0 on in 8 bytes each, packed. */
  fixed64s(field: number, values: readonly number[]): void {
    this.varint(field * 8 + delimited)
    this.varint(8 * values.length)
    for (const value of values) this.rawFixed64(value)
  }

  /** Doubles, packed. */
  doubles(field: number, values: readonly number[]): void {
    this.varint(field * 8 + delimited)
    this.varint(8 * values.length)
    for (const value of values) this.rawDouble(value)
  }

  /** A message within the one that is being written. */
  message(field: number, write: () => void): void {
    const start = this.begin(field)
    write()
    this.end(start)
  }

  /** Begins a message within the one that is being written. Returns what {@link end} takes. */
  begin(field: number): number {
    this.varint(field * 8 + delimited)
    return this.beginSized()
  }

  /** A message behind its length, with no field around it. */
  sized(write: () => void): void {
    const start = this.beginSized()
    write()
    this.end(start)
  }

  private beginSized(): number {
    // Most lengths take one byte; the content of a longer message is moved once.
    this.reserve(1)
    return ++this.at
  }

  /** Ends the message that began at `start`, the last one that has not ended. */
  end(start: number): void {
    const length = this.at - start
    if (length < 128) {
      this.bytes[start - 1] = length
      return
    }
    const more = sizeOfVarint(length) - 1
    this.reserve(more)
    this.bytes.copyWithin(start + more, start, this.at)
    this.at = start - 1
    this.varint(length)
    this.at += length
  }

  /** The bytes written since the last call, which then leave the writer. */
  finish(): Uint8Array {
    const written = this.bytes.slice(0, this.at)
    this.at = 0
    return written
  }

  private zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value)
  }

  private rawDouble(value: number): void {
    this.reserve(8)
    this.view.setFloat64(this.at, value, true)
    this.at += 8
  }

  private rawFixed64(value: number): void {
    this.reserve(8)
    const whole = value >= 1 && value < 2 ** 64 ? Math.floor(value) : 0
    this.view.setUint32(this.at, whole % 2 ** 32, true)
    this.view.setUint32(this.at + 4, whole / 2 ** 32, true)
    this.at += 8
  }

  private varint(value: number): void {
    this.reserve(10)
    if ((value & 127) === value) {
      this.bytes[this.at++] = value
      return
    }
    // Shifts would end at 2^32.
    let rest = value >= 1 && value < 2 ** 64 ? Math.floor(value) : 0
    while (rest >= 128) {
      this.bytes[this.at++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    this.bytes[this.at++] = rest
  }

  private reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.at + more))
    grown.set(this.bytes)
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }
}

function sizeOfVarint(value: number): number {
  let size = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++
  return size
}
