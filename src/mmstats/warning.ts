import type { PlimsollError } from '../errors.ts'

/** Takes trouble that must not be thrown at the app. */
export type OnWarning = (warning: PlimsollError) => void

/** Tells of trouble, through `process.emitWarning` unless somebody else wants it. Never throws. */
export function tell(error: PlimsollError, onWarning?: OnWarning): void {
  try {
    if (onWarning === undefined) process.emitWarning(error.message, { type: 'PlimsollWarning', code: error.code })
    else onWarning(error)
  } catch {}
}
