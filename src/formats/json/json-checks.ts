import { PlimsollError } from '../../errors.ts'

/** The fields of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>

// Each of these returns the value if it has the type in its name, else it throws PLIMSOLL_SNAPSHOT_INVALID with the place.

/** An object. */
export function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(where, value)
  return value as Fields
}

/** A list. */
export function listOf(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(where, value)
  return value
}

/** A text. */
export function textOf(value: unknown, where: string): string {
  if (typeof value !== 'string') throw invalid(where, value)
  return value
}

/** One of these texts. */
export function oneOf<T extends string | boolean>(value: unknown, allowed: readonly T[], where: string): T {
  if (!allowed.includes(value as T)) throw invalid(where, value)
  return value as T
}

/** A number that is neither NaN nor infinite. */
export function finiteOf(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(where, value)
  return value
}

/** A number, or the digits of one that a float64 cannot hold. */
export function digitsOrNumber(value: unknown, where: string): { value: number; exact?: string } {
  if (typeof value !== 'string') return { value: finiteOf(value, where) }
  if (!/^-?[1-9]\d{15,39}$/.test(value)) throw invalid(where, value)
  return { value: Number(value), exact: value }
}

/** A whole number up to 2^53 in size. */
export function wholeOf(value: unknown, where: string): number {
  if (!Number.isSafeInteger(value)) throw invalid(where, value)
  return value as number
}

/** A whole number from 0 to 2^53. */
export function countOf(value: unknown, where: string): number {
  const count = wholeOf(value, where)
  if (count < 0) throw invalid(where, value)
  return count
}

/** The field as `read` returns it, under its name; nothing if it is missing. */
export function ifGiven<Key extends string, T>(
  fields: Fields,
  key: Key,
  where: string,
  read: (value: unknown, where: string) => T,
): { [Name in Key]?: T } {
  const value = fields[key]
  return (value === undefined ? {} : { [key]: read(value, `${where}.${key}`) }) as { [Name in Key]?: T }
}

/** The error for a value that is not what it should be. */
export function invalid(where: string, value: unknown): PlimsollError {
  const given = (JSON.stringify(value) ?? 'missing').slice(0, 120)
  return new PlimsollError('PLIMSOLL_SNAPSHOT_INVALID', { where, given })
}
