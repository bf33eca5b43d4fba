import { errorTable } from './error-table.ts'

/** The codes of all errors that plimsoll throws or reports. Match on these, not on the class or the text. */
export type ErrorCode = keyof typeof errorTable

/**
 * The only error class. `code` identifies what happened and is stable from release to release; `message` describes it with
 * the values in question, then the remedy. `cause` is the underlying error, where there is one.
 */
export class PlimsollError extends Error {
  /** What happened, stable from release to release. */
  readonly code: ErrorCode
  readonly #what: string

  constructor(code: ErrorCode, values: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    const row = errorTable[code]
    const what = fill(row.what, values)
    super(`${what} ${fill(row.remedy, values)}`, options)
    this.name = 'PlimsollError'
    this.code = code
    this.#what = what
  }

  /** What happened, without the remedy. */
  get what(): string {
    return this.#what
  }
}

/** An error as the reason within another message: without the remedy and the full stop at the end. */
export function reasonOf(cause: unknown): string {
  const text = cause instanceof PlimsollError ? cause.what : cause instanceof Error ? cause.message : String(cause)
  return text.replace(/\.$/, '')
}

function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_, key: string) => printable(values[key]))
}

/** A value as text of at most 300 characters. Control characters, which damaged pages may contain, become escapes. */
function printable(value: unknown): string {
  const text = textOf(value)
  const short = text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text
  return short.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

const maxValueLength = 300

/** Throws PLIMSOLL_OPTION_INVALID unless the options of `where` are an object or left out. */
export function checkIsOptions(where: string, options: unknown): void {
  if (options === undefined || (typeof options === 'object' && options !== null && !Array.isArray(options))) return
  throw optionInvalid('options', where, options, 'an object')
}

/** The error for an invalid option or argument of `where`. `expected` completes "Expected …". */
export function optionInvalid(option: string, where: string, given: unknown, expected: string): PlimsollError {
  return new PlimsollError('PLIMSOLL_OPTION_INVALID', { option, where, given: show(given), expected })
}

/** A value as it appears in errors: as JSON where that is informative. */
export function show(value: unknown): string {
  if (typeof value === 'number') return String(value)
  // A large one as text can exhaust the memory of the process, which cannot be caught.
  if (ArrayBuffer.isView(value)) return `${kindOf(value)} of ${value.byteLength} bytes`
  try {
    const text = JSON.stringify(value)
    return text === undefined || (text === '{}' && kindOf(value) !== 'Object') ? textOf(value) : text
  } catch {
    return textOf(value)
  }
}

/** `RegExp`, `Map`, `Uint8Array`, of any realm. */
function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1)
}

/** Never throws, whatever the value is. */
function textOf(value: unknown): string {
  try {
    return String(value)
  } catch {
    return `a value of type ${typeof value} without text`
  }
}
