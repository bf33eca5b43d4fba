import { decodeUtf8 } from '../utf8.ts'
import type { Signature } from './signature.ts'

/**
 * What a field holds. 64-bit integers are always `bigint`, so that none of them loses a digit; all other integers and
 * floats are numbers, NaN and infinities included.
 */
export type FieldValue = number | bigint | boolean | string

/** The value in `bytes`, which are all bytes that the signature asks for. */
export function decodeValue(bytes: Buffer, { code, itemOffset, itemBytes, littleEndian }: Signature): FieldValue {
  const item = bytes.subarray(itemOffset, itemOffset + itemBytes)
  switch (code) {
    case 's':
    case 'c':
      return decodeText(item)
    case 'p':
      return decodeText(item.subarray(1, 1 + (item[0] ?? 0)))
    case '?':
      return item[0] !== 0
    case 'f':
      return littleEndian ? item.readFloatLE() : item.readFloatBE()
    case 'd':
      return littleEndian ? item.readDoubleLE() : item.readDoubleBE()
    default:
      return decodeInteger(item, 'bhilq'.includes(code), littleEndian)
  }
}

/** Up to the first NUL; without one, all of it. */
function decodeText(item: Buffer): string {
  const end = item.indexOf(0)
  return decodeUtf8(end === -1 ? item : item.subarray(0, end))
}

function decodeInteger(item: Buffer, signed: boolean, littleEndian: boolean): number | bigint {
  if (item.length === 8) {
    if (signed) return littleEndian ? item.readBigInt64LE() : item.readBigInt64BE()
    return littleEndian ? item.readBigUInt64LE() : item.readBigUInt64BE()
  }
  if (signed) return littleEndian ? item.readIntLE(0, item.length) : item.readIntBE(0, item.length)
  return littleEndian ? item.readUIntLE(0, item.length) : item.readUIntBE(0, item.length)
}

/**
 * A value as JSON takes it without loss: whole numbers up to 2^53 as numbers, above as text of digits;
 * NaN and infinities, which JSON lacks, as `null`.
 */
export function toJsonValue(value: FieldValue): number | boolean | string | null {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : String(value)
  }
  return typeof value === 'number' && !Number.isFinite(value) ? null : value
}
