// https://github.com/google/snappy/blob/main/format_description.txt: the length of the content, then literals, which are bytes as
// they are, and copies of bytes that came before.

/** Elements of a block, and how many bytes they are in the content. */
export interface SnappyPart {
  readonly bytes: Uint8Array
  readonly length: number
}

/** A block with the content of these parts, one behind the other. */
export function snappyBlock(parts: readonly SnappyPart[]): Uint8Array {
  const head = varint(parts.reduce((sum, { length }) => sum + length, 0))
  const block = new Uint8Array(parts.reduce((sum, { bytes }) => sum + bytes.length, head.length))
  block.set(head)
  let at = head.length
  for (const { bytes } of parts) {
    block.set(bytes, at)
    at += bytes.length
  }
  return block
}

/** A copy of this many bytes or more is shorter than they are, and this many are found by their hash. */
const minCopy = 4
const maxCopy = 64
/** Two bytes of a copy are how far back it begins. */
const maxOffset = 2 ** 16 - 1
/** Of three bytes for its length. */
const maxLiteral = 2 ** 24
const hashBits = 14
/** After as many positions in vain, every second one is tried, then every third one: what does not compress is passed over soon. */
const patience = 32
/** Where four bytes of a hash were last; kept, as a new one for each part would be most of what is allocated. */
const table = new Int32Array(2 ** hashBits)

/**
 * Compresses bytes to elements of a block: repetitions of four bytes and more, of which the last ones are found by a table of
 * hashes, as Google's own library does it.
 */
export function snappyPart(content: Uint8Array): SnappyPart {
  const view = new DataView(content.buffer, content.byteOffset, content.length)
  const out = new Elements(content)
  table.fill(0)
  const last = content.length - minCopy
  let literal = 0
  let tried = patience
  for (let at = 1; at <= last; ) {
    const word = view.getInt32(at, true)
    const slot = hash(word)
    const candidate = table[slot] as number
    table[slot] = at
    if (view.getInt32(candidate, true) !== word || at - candidate > maxOffset) {
      at += Math.floor(tried++ / patience)
      continue
    }
    const length = lengthOfMatch(view, candidate, at)
    out.literal(literal, at)
    out.copy(at - candidate, length)
    at += length
    literal = at
    tried = patience
    if (at <= last) table[hash(view.getInt32(at - 1, true))] = at - 1
  }
  out.literal(literal, content.length)
  return { bytes: out.finish(), length: content.length }
}

function hash(word: number): number {
  return Math.imul(word, 0x1e35a7bd) >>> (32 - hashBits)
}

/** How many bytes are the same from two positions on; the first four are. */
function lengthOfMatch(view: DataView, from: number, to: number): number {
  const most = view.byteLength - to
  let length = minCopy
  while (length + 4 <= most && view.getInt32(from + length, true) === view.getInt32(to + length, true)) length += 4
  while (length < most && view.getUint8(from + length) === view.getUint8(to + length)) length++
  return length
}

/** Writes the elements of a block. */
class Elements {
  private readonly content: Uint8Array
  private readonly bytes: Uint8Array
  private at = 0

  constructor(content: Uint8Array) {
    this.content = content
    // At worst, a copy of four bytes that takes three has a literal of one byte before it, which takes two.
    this.bytes = new Uint8Array(content.length + Math.ceil(content.length / 6) + 8)
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.at)
  }

  literal(from: number, to: number): void {
    for (let start = from; start < to; start += maxLiteral) this.shortLiteral(start, Math.min(to, start + maxLiteral))
  }

  private shortLiteral(from: number, to: number): void {
    const { bytes, content } = this
    const length = to - from - 1
    if (length < 60) {
      bytes[this.at++] = length << 2
      // A call of set() takes longer than as many bytes.
      for (let i = from; i < to; i++) bytes[this.at++] = content[i] as number
      return
    }
    // 60 to 62: the length, less one, follows in one to three bytes.
    const size = length < 2 ** 8 ? 1 : length < 2 ** 16 ? 2 : 3
    bytes[this.at++] = (59 + size) << 2
    for (let i = 0; i < size; i++) bytes[this.at++] = length >> (8 * i)
    bytes.set(content.subarray(from, to), this.at)
    this.at += to - from
  }

  copy(offset: number, length: number): void {
    let rest = length
    // The last one must have four bytes as well.
    for (; rest >= maxCopy + minCopy; rest -= maxCopy) this.shortCopy(offset, maxCopy)
    if (rest > maxCopy) {
      this.shortCopy(offset, rest - minCopy)
      rest = minCopy
    }
    this.shortCopy(offset, rest)
  }

  private shortCopy(offset: number, length: number): void {
    const { bytes } = this
    if (length < 12 && offset < 2 ** 11) {
      bytes[this.at++] = 1 | ((length - 4) << 2) | ((offset >> 8) << 5)
      bytes[this.at++] = offset
      return
    }
    bytes[this.at++] = 2 | ((length - 1) << 2)
    bytes[this.at++] = offset
    bytes[this.at++] = offset >> 8
  }
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return [...bytes, rest]
}
