/** A literal has its length, less one, in up to three bytes behind its tag; longer ones than this are cut. */
const maxLiteral = 2 ** 24

/**
 * A block in the format of snappy (https://github.com/google/snappy/blob/main/format_description.txt) that holds the bytes as
 * they are: whoever reads snappy reads it, at no cost to the writer.
 */
export function snappyLiterals(bytes: Uint8Array): Uint8Array {
  const head = varint(bytes.length)
  const literals = Math.ceil(bytes.length / maxLiteral)
  const block = new Uint8Array(head.length + bytes.length + 4 * literals)
  block.set(head)
  let at = head.length
  for (let from = 0; from < bytes.length; from += maxLiteral) {
    const literal = bytes.subarray(from, from + maxLiteral)
    const length = literal.length - 1
    // 62: a literal whose length follows in three bytes.
    block.set([62 * 4, length & 255, (length >> 8) & 255, length >> 16], at)
    block.set(literal, at + 4)
    at += 4 + literal.length
  }
  return block
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return [...bytes, rest]
}
