import { PlimsollError, reasonOf } from '../errors.ts'

/** What nobody foresaw (a working directory that is gone, a directory removed while the page was made) harms no app. */
export function notCreated(file: string, cause: unknown): PlimsollError {
  return new PlimsollError('PLIMSOLL_PAGE_NOT_CREATED', { file, reason: reasonOf(cause) }, { cause })
}

/** Prints a warning as Node prints its own. */
export function emitWarning(warning: PlimsollError): void {
  process.emitWarning(warning.message, { type: 'PlimsollWarning', code: warning.code })
}

/** Metrics never take an app down, nor does a warning about them. */
export function tell(warn: (warning: PlimsollError) => void, error: PlimsollError): void {
  try {
    // TypeScript takes an async function for this, too.
    Promise.resolve(warn(error)).catch(() => {})
  } catch {}
}
