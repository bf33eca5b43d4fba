/** What a type signature says of a value: a format of Python's `struct`, of which mmstats readers show the first item. */
export interface Signature {
  /** The code of the first item: `Q`, `d`, `s`, … */
  readonly code: string
  /** Where the first item begins in the value, and how many bytes it has; more than one only for numbers, `s` and `p`. */
  readonly itemOffset: number
  readonly itemBytes: number
  readonly littleEndian: boolean
  /** Bytes of the whole value. May be larger than any file: to be checked before use. */
  readonly bytes: number
}

/** Sizes as on 64-bit Linux, where numbers are aligned to their size. `P` is an address. */
const nativeBytes: Readonly<Record<string, number>> = {
  x: 1,
  c: 1,
  b: 1,
  B: 1,
  '?': 1,
  s: 1,
  p: 1,
  h: 2,
  H: 2,
  i: 4,
  I: 4,
  l: 8,
  L: 8,
  q: 8,
  Q: 8,
  f: 4,
  d: 8,
  P: 8,
}
const standardBytes: Readonly<Record<string, number>> = { ...nativeBytes, l: 4, L: 4, P: Number.NaN }
const texts = 'sp'

/**
 * Reads a type signature as Python 2.7's `struct` does; `undefined` for one that it refuses or that has no item.
 * Time grows with the length of the text, whatever the counts in it.
 */
export function parseSignature(text: string): Signature | undefined {
  const order = '@=<>!'.includes(text.charAt(0)) ? text.charAt(0) : ''
  const native = order === '' || order === '@'
  const sizes = native ? nativeBytes : standardBytes
  const littleEndian = order !== '>' && order !== '!'
  let first: Omit<Signature, 'bytes'> | undefined
  let bytes = 0
  for (const [, digits = '', code = ''] of text.slice(order.length).matchAll(/[ \t\n\v\f\r]+|([0-9]*)([^0-9]?)/g)) {
    // Blanks between items, or a last number without a code, which struct passes over.
    if (code === '') continue
    const size = Object.hasOwn(sizes, code) ? (sizes[code] as number) : Number.NaN
    if (Number.isNaN(size)) return undefined
    const count = digits === '' ? 1 : Number(digits)
    if (native) bytes = Math.ceil(bytes / size) * size
    const isItem = code !== 'x' && (count > 0 || texts.includes(code))
    const itemBytes = texts.includes(code) ? count : size
    if (isItem) first ??= { code, itemOffset: bytes, itemBytes, littleEndian }
    bytes += count * size
  }
  return first && { ...first, bytes }
}
