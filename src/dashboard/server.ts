import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { hostname } from 'node:os'
import type { Clock } from '../clock.ts'
import { PlimsollError, reasonOf } from '../errors.ts'
import { respondText } from '../http/respond.ts'
import { type AccessRule, accessRule, isLoopback, requestHost } from '../os/access.ts'
import { Dashboard } from './dashboard.ts'
import type { Pages } from './pages.ts'

/** What is served, and where. */
export interface DashboardOptions {
  /** An address of this machine. */
  readonly address: string
  /** 0 takes a free one. */
  readonly port: number
  /** The folder of the files of the page. */
  readonly assets: URL
  /** What the points of all charts take at most. */
  readonly maxBytes: number
  readonly clock: Clock
}

/** A dashboard under way. */
export interface DashboardServer {
  readonly url: string
  close(): Promise<void>
}

const lastAnswersMs = 1000

/** Serves a dashboard of pages until it is closed. Throws PLIMSOLL_SERVE_FAILED. */
export async function serveDashboard(pages: Pages, options: DashboardOptions): Promise<DashboardServer> {
  const { address, port } = options
  const given = `${isIP(address) === 6 ? `[${address}]` : address}:${port}`
  const rule = ruleFor(address)
  const dashboard = new Dashboard(pages, { ...options, address: given })
  const server = createServer((request, response) => void answer(dashboard, rule, request, response))
  try {
    server.listen(port, address)
    await once(server, 'listening')
  } catch (cause) {
    throw new PlimsollError('PLIMSOLL_SERVE_FAILED', { address: given, reason: reasonOf(cause) }, { cause })
  }
  dashboard.start()
  const bound = server.address() as AddressInfo
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
  return { url: `http://${host}:${bound.port}/`, close: () => close(server, dashboard) }
}

async function close(server: Server, dashboard: Dashboard): Promise<void> {
  const closed = once(server, 'close')
  dashboard.close()
  server.close()
  server.closeIdleConnections()
  const limit = setTimeout(() => server.closeAllConnections(), lastAnswersMs)
  await closed
  clearTimeout(limit)
}

/**
 * On a loopback address requests of this machine for a loopback host are answered. On others those of everybody, but only for
 * an address or the name of this machine: a web page elsewhere could else point a name of its own here (DNS rebinding).
 */
function ruleFor(address: string): AccessRule {
  if (isLoopback(address)) return accessRule({ allow: 'loopback' }, 'plimsoll serve')
  const names = new Set([address.toLowerCase(), hostname().toLowerCase()])
  const allow = (request: IncomingMessage): boolean => {
    const host = requestHost(request) ?? ''
    return isIP(host) !== 0 || isLoopback(host) || names.has(host)
  }
  return accessRule({ allow }, 'plimsoll serve')
}

async function answer(
  dashboard: Dashboard,
  rule: AccessRule,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const refusal = await rule(request, request.method === 'POST')
    if (refusal !== undefined) respondText(response, 403, refusal)
    else await dashboard.answer(request, response)
  } catch (error) {
    if (response.headersSent) response.destroy()
    else
      respondText(response, error instanceof PlimsollError ? 503 : 500, `This cannot be answered: ${reasonOf(error)}.`)
  }
}
