import type { IncomingMessage } from 'node:http'

/** What a request is for. */
export interface Target {
  /** The parts of the path below the mount point, decoded; empty ones left out. */
  readonly path: readonly string[]
  /** Whether the path ends with `/`: a branch may have the name of something else. */
  readonly isBranch: boolean
  readonly query: URLSearchParams
  /** Where the handler is mounted: empty, or `/status`. */
  readonly prefix: string
}

const maxTarget = 4096

/** The target of a request, or why it has none: a status and a sentence. `undefined` for a path that is not below `mount`. */
export function targetOf(
  request: IncomingMessage & { readonly baseUrl?: unknown },
  mount: string,
): Target | readonly [status: number, text: string] | undefined {
  const { url = '', baseUrl } = request
  if (url.length > maxTarget) return [414, `The path and query must not be longer than ${maxTarget} characters.`]
  // Also what clients send to proxies: a whole URL.
  if (!url.startsWith('/')) return [400, 'The request target must be a path.']
  const end = url.indexOf('?')
  const whole = end === -1 ? url : url.slice(0, end)
  if (whole !== mount && !whole.startsWith(`${mount}/`)) return undefined
  const below = whole.slice(mount.length)
  let path: string[]
  try {
    path = below.split('/').map(decodeURIComponent).filter(Boolean)
  } catch {
    return [400, 'The path must be in percent-encoded UTF-8.']
  }
  // Express takes its mount point off the path, and says which one it was.
  const outer = typeof baseUrl === 'string' && /^(\/[\w.~%!$&'()*+,;=:@-]+)*$/.test(baseUrl) ? baseUrl : ''
  const query = new URLSearchParams(end === -1 ? '' : url.slice(end + 1))
  return { path, isBranch: below.endsWith('/'), query, prefix: outer + mount }
}
