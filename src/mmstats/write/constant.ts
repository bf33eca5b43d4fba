import { optionInvalid } from '../../errors.ts'
import { type FieldOptions, type FieldType, labelOf } from './field-type.ts'
import { type NumberCode, numberTypes } from './number-types.ts'

type NumberTypeName = 'uint64' | 'int64' | 'uint32' | 'int32' | 'float32' | 'float64'

/** A field that never changes. */
export interface Constant<Value> {
  /** The value. */
  readonly value: Value
}

const codes: Readonly<Record<NumberTypeName, NumberCode>> = {
  uint64: 'Q',
  int64: 'q',
  uint32: 'I',
  int32: 'i',
  float32: 'f',
  float64: 'd',
}
/** Size of the old library's StaticTextField, its limit as well. */
const textBytes = 256

/**
 * A number that never changes; the old library's StaticUInt64Field and so on. Whole numbers of at most 53 bits within the
 * range of the type, any float. Throws PLIMSOLL_OPTION_INVALID.
 */
export function staticNumber(type: NumberTypeName, value: number, options?: FieldOptions): FieldType<Constant<number>> {
  const where = 'staticNumber()'
  if (typeof type !== 'string' || !Object.hasOwn(codes, type))
    throw optionInvalid('type', where, type, `one of ${Object.keys(codes).join(', ')}`)
  const code = codes[type]
  const { bytes, min, max } = numberTypes[code]
  const isInteger = code !== 'f' && code !== 'd'
  const fits = isInteger ? Number.isInteger(value) && value >= min && value <= max : typeof value === 'number'
  if (!fits)
    throw optionInvalid('value', where, value, `${isInteger ? 'an integer' : 'a number'} in the range of ${type}`)
  return {
    signature: code,
    itemBytes: bytes,
    buffered: false,
    label: labelOf(options),
    open({ view }, at) {
      if (code === 'd') view.setFloat64(at, value, true)
      else if (code === 'f') view.setFloat32(at, value, true)
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
