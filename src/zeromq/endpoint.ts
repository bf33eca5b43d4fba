import { isIP } from 'node:net'
import { PlimsollError } from '../errors.ts'

/** Where a socket binds or connects to. */
interface Endpoint {
  /** Only this machine gets there: other ones cannot, and need not be kept out by keys. */
  readonly isLocal: boolean
  readonly isIpv6: boolean
}

const maxIpcPath = 107

/**
 * Takes an endpoint apart: `ipc://<path>`, or `tcp://<host>:<port>`, where a collector may say `*` for all addresses or for
 * any port. Throws PLIMSOLL_OPTION_INVALID for anything else, and PLIMSOLL_KEYS_MISSING where other machines get there and
 * there are no keys.
 */
export function checkEndpoint(
  option: 'bind' | 'connect',
  given: unknown,
  hasKeys: boolean,
): Endpoint & { readonly address: string } {
  const where = option === 'bind' ? 'collector()' : 'publisher()'
  const endpoint = typeof given === 'string' ? (ipcEndpoint(given) ?? tcpEndpoint(given, option)) : undefined
  if (endpoint === undefined) {
    const expected = '"ipc://<path>" or "tcp://<host>:<port>"'
    throw new PlimsollError('PLIMSOLL_OPTION_INVALID', { option, where, given, expected })
  }
  if (!endpoint.isLocal && !hasKeys) throw new PlimsollError('PLIMSOLL_KEYS_MISSING', { endpoint: given, where })
  return { ...endpoint, address: given as string }
}

function ipcEndpoint(given: string): Endpoint | undefined {
  const path = given.startsWith('ipc://') ? given.slice('ipc://'.length) : ''
  if (path === '' || Buffer.byteLength(path) > maxIpcPath || path.includes('\0')) return undefined
  // A name in the abstract namespace of Linux is not a file: any user of the machine, and of some containers, can connect.
  return { isLocal: !path.startsWith('@'), isIpv6: false }
}

function tcpEndpoint(given: string, option: 'bind' | 'connect'): Endpoint | undefined {
  const found = /^tcp:\/\/(?:\[([0-9a-fA-F:.%]+)\]|([^\s:/;[\]]+)):(\d{1,5}|\*)$/.exec(given)
  if (found === null) return undefined
  const [, ipv6, name = '', port] = found
  const anyPort = port === '*' || Number(port) === 0
  if (option === 'connect' ? anyPort || name === '*' : false) return undefined
  if (!anyPort && Number(port) > 65_535) return undefined
  if (ipv6 !== undefined) return isIP(ipv6) === 6 ? { isLocal: ipv6 === '::1', isIpv6: true } : undefined
  return { isLocal: name === 'localhost' || (isIP(name) === 4 && name.startsWith('127.')), isIpv6: false }
}
