import { isUtf8 } from 'node:buffer'

/**
 * UTF-8 as text, bytes that make no character dropped and not replaced: what Python 2's `decode('utf-8', 'ignore')` gives.
 * Reading goes on at the byte behind the one that was dropped. Surrogates that were encoded one by one are accepted.
 */
export function decodeUtf8(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8')
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at)
    if (length > 0) text += decodeSequence(bytes, at, length)
    at += Math.max(1, length)
  }
  return text
}

/** Bytes of the character that begins here; 0 where none does. */
function sequenceLength(bytes: Buffer, at: number): number {
  const lead = bytes[at] as number
  if (lead < 0x80) return 1
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  if (at + length > bytes.length) return 0
  for (let i = 1; i < length; i++) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 0
  const second = bytes[at + 1] as number
  const tooLong = (lead === 0xe0 && second < 0xa0) || (lead === 0xf0 && second < 0x90)
  const tooHigh = lead === 0xf4 && second > 0x8f
  return tooLong || tooHigh ? 0 : length
}

function decodeSequence(bytes: Buffer, at: number, length: number): string {
  if (length === 1) return String.fromCharCode(bytes[at] as number)
  let point = (bytes[at] as number) & (0x7f >> length)
  for (let i = 1; i < length; i++) point = (point << 6) | ((bytes[at + i] as number) & 0x3f)
  return String.fromCodePoint(point)
}
