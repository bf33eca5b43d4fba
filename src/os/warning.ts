import { PlimsollError, reasonOf } from '../errors.ts'

/** Takes the errors that are not thrown at the app. */
export type OnWarning = (warning: PlimsollError) => void

/** Whatever else went wrong (a working directory that is gone, a directory removed while the page was made) harms no app. */
export function notCreated(file: string, cause: unknown): PlimsollError {
  return cause instanceof PlimsollError
    ? cause
    : new PlimsollError('PLIMSOLL_PAGE_NOT_CREATED', { file, reason: reasonOf(cause) }, { cause })
}

/** Prints a warning as Node prints its own. */
export function emitWarning(warning: PlimsollError): void {
  process.emitWarning(warning.message, { type: 'PlimsollWarning', code: warning.code })
}

/** Reports an error to `onWarning`. Never throws: what that throws, or rejects with, is dropped. */
export function warn(error: PlimsollError, onWarning: OnWarning = emitWarning): void {
  try {
    // TypeScript takes an async function for this, too.
    Promise.resolve(onWarning(error)).catch(() => {})
  } catch {}
}
