/**
 * How a text that plimsoll wrote can be distinguished from a mixture of two: behind the text and its NUL, where the format has
 * bytes without a meaning, the last 8 bytes of the buffer are a mark and a hash of the text. Other readers do not see them.
 */
const mark = Buffer.from('\u00b6txt', 'latin1')
export const checkBytes: number = mark.length + 4
/** Bytes that a buffer has besides the text: one NUL at least, then mark and hash. */
export const overheadBytes: number = 1 + checkBytes

/** Puts mark and hash of the first `length` bytes at the end of a buffer. Allocates nothing. */
export function writeCheck(view: DataView, offset: number, bytes: number, length: number): void {
  const hashAt = offset + bytes - 4
  for (let i = 0; i < mark.length; i++) view.setUint8(hashAt - mark.length + i, mark[i] as number)
  view.setUint32(hashAt, hash(view, offset, length), true)
}

/** Whether the text in a buffer is whole; `undefined` where its writer left no check. */
export function isConsistent(buffer: Buffer): boolean | undefined {
  const markAt = buffer.length - checkBytes
  if (markAt < 1 || !buffer.subarray(markAt, markAt + mark.length).equals(mark)) return undefined
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
  const length = buffer.indexOf(0)
  return length !== -1 && length < markAt && hash(view, 0, length) === view.getUint32(buffer.length - 4, true)
}

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/): a mixture passes once in 2^32. */
function hash(view: DataView, offset: number, length: number): number {
  let value = 0x811c9dc5
  for (let i = 0; i < length; i++) value = Math.imul(value ^ view.getUint8(offset + i), 0x01000193)
  return value >>> 0
}
