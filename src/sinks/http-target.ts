import type { OptionRule } from '../options.ts'

/** `https` of `otlp+https:`, and so on. */
export function httpUrl(url: URL): URL {
  return new URL(url.href.replace(/^[a-z-]+\+/i, '').replace(url.search, ''))
}

/** Headers that plimsoll sets itself, or that are those of a connection. */
const reserved: ReadonlySet<string> = new Set([
  'content-length',
  'content-type',
  'content-encoding',
  'connection',
  'transfer-encoding',
  'host',
])

export const headersRule: OptionRule = [areHeaders, 'an object of header names and texts, without those of the body']

function areHeaders(given: unknown): boolean {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return false
  return Object.entries(given).every(([name, value]) => {
    const isName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && !reserved.has(name.toLowerCase())
    return isName && typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
  })
}
