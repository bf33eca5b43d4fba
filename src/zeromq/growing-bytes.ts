/** Bytes that are written one behind the other, little-endian. */
export class GrowingBytes {
  private bytes = new Uint8Array(1024)
  private view = new DataView(this.bytes.buffer)
  private at = 0

  get length(): number {
    return this.at
  }

  /** Takes back all behind this length. */
  cutAt(length: number): void {
    this.at = length
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.at++] = value
  }

  float(value: number): void {
    this.reserve(8)
    this.view.setFloat64(this.at, value, true)
    this.at += 8
  }

  int(value: number): void {
    this.reserve(4)
    this.view.setInt32(this.at, value, true)
    this.at += 4
  }

  /** A whole number from 0 to 2^53, seven bits to the byte, the lowest first (LEB128). */
  whole(value: number): void {
    this.reserve(maxWholeBytes)
    let rest = value
    while (rest > 0x7f) {
      this.bytes[this.at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.bytes[this.at++] = rest
  }

  /** What was written; the memory is that of the writer. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.at)
  }

  private reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return
    const grown = new Uint8Array(2 * this.bytes.length)
    grown.set(this.bytes)
    this.bytes = grown
    this.view = new DataView(grown.buffer)
  }
}

const maxWholeBytes = 8

/** Reads what {@link GrowingBytes} wrote; the bytes may be any. Throws a RangeError where they end too early. */
export class BytesReader {
  private readonly bytes: Uint8Array
  private readonly view: DataView
  private at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** How many bytes were read. */
  get position(): number {
    return this.at
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length
  }

  byte(): number {
    const value = this.bytes[this.at++]
    if (value === undefined) throw new RangeError('the bytes end too early')
    return value
  }

  float(): number {
    this.at += 8
    return this.view.getFloat64(this.at - 8, true)
  }

  int(): number {
    this.at += 4
    return this.view.getInt32(this.at - 4, true)
  }

  whole(): number {
    let value = this.byte()
    if (value <= 0x7f) return value
    value &= 0x7f
    let factor = 0x80
    for (let i = 1; i < maxWholeBytes; i++) {
      const next = this.byte()
      value += (next & 0x7f) * factor
      if (next <= 0x7f) break
      factor *= 0x80
    }
    if (!Number.isSafeInteger(value)) throw new RangeError('a number is too large')
    return value
  }
}
