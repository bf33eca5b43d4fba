import type { IncomingMessage } from 'node:http'
import type { BlockList } from 'node:net'
import { optionInvalid } from '../errors.ts'
import type { OptionRule } from '../options.ts'

/**
 * Whose requests are answered. `loopback`: those of this machine. A list: addresses and networks (`10.0.0.0/8`), `loopback`
 * among them where wanted. A function: those for which it returns `true`; it then stands for all checks of the peer, proxies
 * and the host.
 */
export type Allow = 'loopback' | readonly string[] | AllowFunction

type AllowFunction = (request: IncomingMessage) => boolean | Promise<boolean>

/** What decides about requests. */
export interface AccessOptions {
  /** See {@link Allow}. */
  readonly allow: Allow
  /** Names besides loopback ones that a request may have as its host, without ports. Not used where `allow` is a function. */
  readonly hosts?: readonly string[]
}

/**
 * Returns why a request is refused, or `undefined`. `isSensitive` is what does more than show numbers: a link on another site
 * of this machine must not start it either.
 */
export type AccessRule = (request: IncomingMessage, isSensitive: boolean) => Promise<string | undefined>

/** Not imported: who serves nothing need not load it, which takes 5 ms. */
const net = () => process.getBuiltinModule('node:net')

const fromOtherSite = 'Requests from pages of other sites are refused.'

const otherHost =
  'Only requests for localhost, a loopback address or a name in the option hosts are answered here, by the header Host.'

/** Names that a request may have as its host. */
export const hostNames: OptionRule = [
  (given) => Array.isArray(given) && given.every((host) => typeof host === 'string' && host !== ''),
  'an array of host names',
]

/** The rule of the options. Throws PLIMSOLL_OPTION_INVALID. */
export function accessRule({ allow, hosts = [] }: AccessOptions, where: string): AccessRule {
  if (!hostNames[0](hosts, {})) throw optionInvalid('hosts', where, hosts, hostNames[1])
  if (typeof allow === 'function') {
    return async (request, isSensitive) => {
      if (isFromOtherSite(request, isSensitive)) return fromOtherSite
      return (await isAllowedBy(allow, request)) ? undefined : 'This request is refused.'
    }
  }
  const isAllowed = addressTest(allow, where)
  const names = new Set(hosts.map((host) => host.toLowerCase()))
  return async (request, isSensitive) => {
    if (isFromOtherSite(request, isSensitive)) return fromOtherSite
    const host = requestHost(request)
    if (host === undefined || !(isLoopback(host) || names.has(host))) return otherHost
    if (!isAllowed(request.socket.remoteAddress) || !isForwardedOnlyBy(isAllowed, request))
      return 'Only requests from allowed addresses are answered here, and not those that a proxy forwards.'
    return undefined
  }
}

/** A function of the app that throws lets nobody in. */
async function isAllowedBy(allow: AllowFunction, request: IncomingMessage): Promise<boolean> {
  try {
    return (await allow(request)) === true
  } catch {
    return false
  }
}

/** Whether an address or name is a loopback address. */
export function isLoopback(host: string): boolean {
  return /^localhost$/i.test(host) || host === '::1' || (net().isIP(host) === 4 && host.startsWith('127.'))
}

/** The host of a request in lower case, without its port and brackets; `undefined` where there is not exactly one. */
export function requestHost(request: IncomingMessage): string | undefined {
  const [host, second] = linesOf(request, 'host')
  return host === undefined || second !== undefined ? undefined : hostOfAuthority(host.toLowerCase())
}

/** The host of an authority such as `[::1]:8080`, without its port and brackets. */
export function hostOfAuthority(authority: string): string {
  return authority.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')
}

/** Browsers report whose page makes a request; programs do not. */
function isFromOtherSite(request: IncomingMessage, isSensitive: boolean): boolean {
  const sites = linesOf(request, 'sec-fetch-site').map((line) => line.toLowerCase())
  const good = isSensitive ? ['same-origin', 'none'] : ['same-origin', 'same-site', 'none']
  return !sites.every((site) => good.includes(site))
}

type AddressTest = (address: string | undefined) => boolean

function addressTest(allow: unknown, where: string): AddressTest {
  const given: readonly unknown[] = Array.isArray(allow) ? allow : [allow]
  const list = new (net().BlockList)()
  for (const entry of given) {
    if (entry === 'loopback') {
      list.addSubnet('127.0.0.0', 8, 'ipv4')
      list.addAddress('::1', 'ipv6')
    } else if (typeof entry !== 'string' || !addNetwork(list, entry)) {
      throw optionInvalid('allow', where, entry, '"loopback", addresses such as "10.0.0.0/8", or a function')
    }
  }
  return (address) => {
    const family = net().isIP(address ?? '')
    return family !== 0 && list.check(address as string, family === 6 ? 'ipv6' : 'ipv4')
  }
}

function addNetwork(list: BlockList, entry: string): boolean {
  const [address = '', bits, rest] = entry.split('/')
  const family = net().isIP(address)
  const longest = family === 4 ? 32 : 128
  const prefix = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : -1
  if (family === 0 || rest !== undefined || prefix < 0 || prefix > longest) return false
  list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6')
  return true
}

/**
 * Whether all addresses that proxies name are allowed ones. A proxy in its default configuration names none, and looks like a
 * client of this machine: no rule finds that.
 */
function isForwardedOnlyBy(isAllowed: AddressTest, request: IncomingMessage): boolean {
  if (linesOf(request, 'via').length > 0 || linesOf(request, 'x-forwarded-host').length > 0) return false
  const plain = [...linesOf(request, 'x-forwarded-for'), ...linesOf(request, 'x-real-ip')].flatMap((line) =>
    line.split(','),
  )
  const tagged = linesOf(request, 'forwarded').flatMap((line) => line.split(',').map(forwardedFor))
  return [...plain, ...tagged].every((entry) => isAllowed(addressOf(entry)))
}

/** The `for` of an element of a `Forwarded` header (RFC 7239). */
function forwardedFor(element: string): string {
  const pairs = element.split(';').map((pair) => pair.trim())
  return pairs.find((pair) => /^for=/i.test(pair))?.slice('for='.length) ?? ''
}

/** An address without port, brackets and quotes. */
function addressOf(entry: string): string {
  const text = entry.trim().replace(/^"(.*)"$/, '$1')
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? []
  return bracketed ?? text.replace(/^([\d.]+):\d+$/, '$1')
}

/** All lines of a header: `headers` has one of them, or joins them. */
function linesOf({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name)
}
