import { maxBounds, maxStateLength, maxStates } from '../../snapshot/limits.ts'

/** Seconds. */
export function isPositive(seconds: unknown): boolean {
  return typeof seconds === 'number' && seconds > 0 && seconds < Number.POSITIVE_INFINITY
}

/** How many series there may be. */
export function isLimit(limit: unknown): boolean {
  return limit === Number.POSITIVE_INFINITY || (Number.isSafeInteger(limit) && (limit as number) >= 1)
}

/** Upper bounds of buckets. */
export function areBounds(bounds: unknown): boolean {
  if (!Array.isArray(bounds) || bounds.length < 1 || bounds.length > maxBounds) return false
  return bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > bounds[i - 1]))
}

/** A whole number in this range, ends included. */
export function isWithin(value: unknown, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
}

/** A text of at most so many UTF-16 units. */
export function isTextWithin(text: unknown, most: number): boolean {
  return typeof text === 'string' && text.length <= most
}

/** What an average may be over. */
export function isWindow(over: unknown): boolean {
  if (typeof over !== 'object' || over === null || Object.keys(over).length !== 1) return false
  const { values, seconds } = over as { values?: unknown; seconds?: unknown }
  return isWithin(values, 1, 1_000_000) || isWithin(seconds, 10, 86_400)
}

/** The states of a state. */
export function areStates(states: unknown): boolean {
  if (!Array.isArray(states) || !isWithin(states.length, 1, maxStates)) return false
  const isName = (state: unknown) => typeof state === 'string' && state !== '' && state.length <= maxStateLength
  return states.every(isName) && new Set(states).size === states.length
}
