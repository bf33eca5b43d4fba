import { unbuffered } from '../layout.ts'
import { isConsistent } from '../text-check.ts'
import type { FieldPlace } from './walk.ts'

/** Two looks at the same file, one after the other. */
export interface Looks {
  readonly first: Buffer
  readonly second: Buffer
}

/**
 * The bytes of the value of a field, once they are sure; `undefined` while they are not and another look is needed.
 *
 * A writer stores only into the buffer that does not count, then turns the buffer byte. If the byte is the same in the
 * second look, then whatever the first look saw in the buffer that counted was published by the time of the second: it is
 * the value of then or a newer one, so that no later read gives an older one.
 *
 * Text can still be a mixture when the writer came round twice within one look. So it must be whole by its check, or,
 * where a writer left none, the same in both looks. The same goes for what is not buffered.
 */
export function settledValue(place: FieldPlace, { first, second }: Looks): Buffer | undefined {
  const flag = first[place.flagAt] as number
  if (flag !== second[place.flagAt]) return undefined
  const bytes = valueBytes(place, first, flag)
  const same = (): boolean => bytes.equals(valueBytes(place, second, flag))
  if (!'sp'.includes(place.signature.code)) return place.buffered || same() ? bytes : undefined
  return (isConsistent(bytes) ?? same()) ? bytes : undefined
}

/** The bytes that count by the buffer byte `flag`. */
export function valueBytes({ valueAt, signature }: FieldPlace, image: Buffer, flag: number): Buffer {
  const at = flag === unbuffered ? valueAt : valueAt + signature.bytes * (flag ^ 1)
  return image.subarray(at, at + signature.bytes)
}

/** Whether a field is still where it was: label, signature and whether it has two buffers. */
export function isInPlace({ start, flagAt, buffered }: FieldPlace, { first, second }: Looks): boolean {
  const flag = second[flagAt] as number
  const flagFits = buffered ? flag <= 1 : flag === unbuffered
  return flagFits && first.compare(second, start, flagAt, start, flagAt) === 0
}
