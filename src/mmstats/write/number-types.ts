import { type FieldOptions, type FieldType, labelOf } from './field-type.ts'

/** How a field of numbers is described in the file: a code of Python's `struct`. */
export type NumberCode = 'Q' | 'q' | 'I' | 'i' | 'H' | 'h' | 'B' | 'b' | '?' | 'd' | 'f'

/** The size of a number, and which numbers it takes. */
export interface NumberType {
  readonly bytes: number
  readonly min: number
  readonly max: number
}

const largest = Number.MAX_SAFE_INTEGER
const anyFloat = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY }

/** Of integers of 64 bits those that a JavaScript number has without rounding. */
export const numberTypes: Readonly<Record<NumberCode, NumberType>> = {
  Q: { bytes: 8, min: 0, max: largest },
  q: { bytes: 8, min: -largest, max: largest },
  I: { bytes: 4, min: 0, max: 2 ** 32 - 1 },
  i: { bytes: 4, min: -(2 ** 31), max: 2 ** 31 - 1 },
  H: { bytes: 2, min: 0, max: 65_535 },
  h: { bytes: 2, min: -32_768, max: 32_767 },
  B: { bytes: 1, min: 0, max: 255 },
  b: { bytes: 1, min: -128, max: 127 },
  '?': { bytes: 1, min: 0, max: 1 },
  d: { bytes: 8, ...anyFloat },
  f: { bytes: 4, ...anyFloat },
}

/** @internal A double-buffered field of numbers. */
export function numberField<Field>(
  code: NumberCode,
  options: FieldOptions | undefined,
  open: FieldType<Field>['open'],
): FieldType<Field> {
  return { signature: code, itemBytes: numberTypes[code].bytes, buffered: true, label: labelOf(options), open }
}
