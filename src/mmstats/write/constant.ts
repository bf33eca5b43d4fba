import { optionInvalid } from '../../errors.ts'
import { type FieldOptions, type FieldType, labelOf } from './field-type.ts'

type NumberType = 'uint64' | 'int64' | 'uint32' | 'int32' | 'float32' | 'float64'

/** A field that never changes. */
export interface Constant<Value> {
  /** The value. */
  readonly value: Value
}

interface NumberRow {
  readonly signature: string
  readonly bytes: number
  readonly min: number
  readonly max: number
}

const highest = Number.MAX_SAFE_INTEGER
const numberTypes: Readonly<Record<NumberType, NumberRow>> = {
  uint64: { signature: 'Q', bytes: 8, min: 0, max: highest },
  int64: { signature: 'q', bytes: 8, min: -highest, max: highest },
  uint32: { signature: 'I', bytes: 4, min: 0, max: 2 ** 32 - 1 },
  int32: { signature: 'i', bytes: 4, min: -(2 ** 31), max: 2 ** 31 - 1 },
  float32: { signature: 'f', bytes: 4, min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY },
  float64: { signature: 'd', bytes: 8, min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY },
}
/** Size of the old library's StaticTextField, its limit as well. */
const textBytes = 256

/**
 * A number that never changes; the old library's StaticUInt64Field and so on. Whole numbers of at most 53 bits within the
 * range of the type, any float. Throws PLIMSOLL_OPTION_INVALID.
 */
export function staticNumber(type: NumberType, value: number, options?: FieldOptions): FieldType<Constant<number>> {
  const where = 'staticNumber()'
  if (typeof type !== 'string' || !Object.hasOwn(numberTypes, type))
    throw optionInvalid('type', where, type, `one of ${Object.keys(numberTypes).join(', ')}`)
  const { signature, bytes, min, max } = numberTypes[type]
  const isWhole = !type.startsWith('float')
  const fits = isWhole ? Number.isSafeInteger(value) && value >= min && value <= max : typeof value === 'number'
  if (!fits)
    throw optionInvalid('value', where, value, `${isWhole ? 'an integer' : 'a number'} in the range of ${type}`)
  return {
    signature,
    itemBytes: bytes,
    buffered: false,
    label: labelOf(options),
    open({ view }, at) {
      if (type === 'float64') view.setFloat64(at, value, true)
      else if (type === 'float32') view.setFloat32(at, value, true)
      else if (bytes === 4) view.setUint32(at, value, true)
      else view.setBigInt64(at, BigInt(value), true)
      return { value }
    },
  }
}

/**
 * A text that never changes, at most 256 bytes of UTF-8, without NUL; the old library's StaticTextField.
 * Throws PLIMSOLL_OPTION_INVALID.
 */
export function staticText(value: string, options?: FieldOptions): FieldType<Constant<string>> {
  const encoded = Buffer.from(typeof value === 'string' ? value : '\0')
  if (encoded.length > textBytes || encoded.includes(0)) {
    throw optionInvalid('value', 'staticText()', value, `at most ${textBytes} bytes of UTF-8 without NUL`)
  }
  return {
    signature: `${textBytes}s`,
    itemBytes: textBytes,
    buffered: false,
    label: labelOf(options),
    open({ bytes }, at) {
      bytes.set(encoded, at)
      return { value }
    },
  }
}
