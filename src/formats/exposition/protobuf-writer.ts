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
    this.reserve(8)
    this.view.setFloat64(this.at, value, true)
    this.at += 8
  }

  /** UTF-8; a lone surrogate becomes U+FFFD. */
  text(field: number, text: string): void {
    if (this.shortText(field, text)) return
    this.message(field, () => {
      this.reserve(text.length * 3)
      this.at += encoder.encodeInto(text, this.bytes.subarray(this.at)).written
    })
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

  /** Signed numbers in zigzag encoding, packed. */
  sints(field: number, values: readonly number[]): void {
    this.message(field, () => {
      for (const value of values) this.zigzag(value)
    })
  }

  /** A message within the one that is being written. */
  message(field: number, write: () => void): void {
    this.varint(field * 8 + delimited)
    this.sized(write)
  }

  /** A message behind its length, with no field around it. */
  sized(write: () => void): void {
    // Most lengths take one byte; the content of a longer message is moved once.
    this.reserve(1)
    const start = ++this.at
    write()
    const length = this.at - start
    const more = sizeOfVarint(length) - 1
    if (more > 0) {
      this.reserve(more)
      this.bytes.copyWithin(start + more, start, this.at)
    }
    this.at = start - 1
    this.varint(length)
    this.at += length
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.at)
  }

  private zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value)
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
