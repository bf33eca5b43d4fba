/** Nobody is left alone for longer than a day. */
const maxMs = 86_400_000

/**
 * Milliseconds that a `Retry-After` header asks for: it has seconds or a date (RFC 9110, 10.2.3). `undefined` for none that can
 * be read.
 */
export function retryAfterMs(header: string | undefined, now: number = Date.now()): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, maxMs)
  // A date has the name of its day; Date.parse() alone takes nearly any text for one.
  const time = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? undefined : Math.min(Math.max(0, time - now), maxMs)
}
