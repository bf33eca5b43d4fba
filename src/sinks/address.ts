/** Schemes whose address is a path of this machine. */
const ofPaths: ReadonlySet<string> = new Set(['file', 'textfile', 'statsd+unix'])
/** Schemes that stand alone. */
const alone: ReadonlySet<string> = new Set(['otlp', 'stdout'])

/**
 * What the URL of a receiver must have and has not, in words: a host or an absolute path. `URL` itself accepts `graphite:/x` and
 * `file://x`, and takes the first word of the path of `http:///x` as the host.
 */
export function missingPart(to: string, { protocol, hostname, pathname }: URL, example: string): string | undefined {
  const scheme = protocol.slice(0, -1)
  const address = to.trim().slice(protocol.length)
  if (alone.has(scheme))
    return /^($|\?)/.test(address) ? undefined : [...new Set([`"${protocol}" alone`, example])].join(' or ')
  if (!ofPaths.has(scheme))
    return /^\/\/[^/?#]/.test(address) && hostname !== '' ? undefined : `a host, as in ${example}`
  const isAbsolute = address.startsWith('/') && pathname.startsWith('/') && hostname === ''
  return isAbsolute && !pathname.endsWith('/')
    ? undefined
    : `an absolute path of a file, as in ${protocol}///path/of/it`
}
