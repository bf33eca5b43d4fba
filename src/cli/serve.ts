import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { PlimsollError, reasonOf } from '../errors.ts'
import { formatJson } from '../formats/json.ts'
import { formatOpenMetrics, openMetricsContentType } from '../formats/openmetrics.ts'
import { formatPrometheus, prometheusContentType } from '../formats/prometheus.ts'
import type { Snapshot, Source } from '../snapshot/snapshot.ts'
import { type Outcome, outcome, type Surroundings } from './outcome.ts'

/** Where metrics are served. */
export interface ServeOptions {
  /** An address of this machine. @default 127.0.0.1 */
  readonly address?: string
  /** 0 takes a free one. */
  readonly port: number
}

/** Metrics under way over HTTP. */
export interface Served {
  /** Where Prometheus finds them: `http://127.0.0.1:9464/metrics`. */
  readonly url: string
  /** Takes no further requests, and ends when those under way are answered, a second later at the latest. */
  close(): Promise<void>
}

interface Form {
  readonly name: string
  /** What is asked for in an Accept header. */
  readonly media: string
  readonly type: string
  readonly format: (snapshot: Snapshot) => string
}

const json: Form = {
  name: 'json',
  media: 'application/json',
  type: 'application/json; charset=utf-8',
  format: (snapshot) => `${formatJson(snapshot)}\n`,
}

/** The first one is for whoever has no preference. */
const forms: readonly Form[] = [
  { name: 'prometheus', media: 'text/plain', type: prometheusContentType, format: (one) => formatPrometheus(one) },
  {
    name: 'openmetrics',
    media: 'application/openmetrics-text',
    type: openMetricsContentType,
    format: (one) => formatOpenMetrics(one),
  },
  json,
]

const lastAnswersMs = 1000

/**
 * Serves a source until the user wants an end, for commands that do nothing else: the first outcome has the URL.
 * An address or port that cannot be had is an outcome with PLIMSOLL_SERVE_FAILED.
 */
export async function* serve(
  source: Source,
  options: ServeOptions,
  { signal }: Pick<Surroundings, 'signal'>,
): AsyncGenerator<Outcome> {
  let served: Served
  try {
    served = await startServer(source, options)
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    yield outcome('', [error])
    return
  }
  yield outcome(`${served.url}\n`)
  if (!signal.aborted) await once(signal, 'abort')
  await served.close()
}

/**
 * `GET /metrics` answers as the Accept header prefers, `?format=prometheus|openmetrics|json` as it says, `/metrics.json`
 * as JSON. Each request reads the source anew; one that cannot be read is answered with 500 and the reason.
 *
 * On a loopback address only requests for a loopback host are answered: a web page elsewhere could else point a name of its
 * own at 127.0.0.1 and read along in the browser of whoever looks at it. Throws PLIMSOLL_SERVE_FAILED.
 */
export async function startServer(source: Source, { address = '127.0.0.1', port }: ServeOptions): Promise<Served> {
  const guarded = isLoopback(address)
  const server = createServer((request, response) => {
    void answer(source, guarded, request, response)
  })
  server.listen(port, address)
  try {
    await once(server, 'listening')
  } catch (cause) {
    const given = `${isIP(address) === 6 ? `[${address}]` : address}:${port}`
    throw new PlimsollError('PLIMSOLL_SERVE_FAILED', { address: given, reason: reasonOf(cause) }, { cause })
  }
  const bound = server.address() as AddressInfo
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
  return {
    url: `http://${host}:${bound.port}/metrics`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      const limit = setTimeout(() => server.closeAllConnections(), lastAnswersMs)
      await closed
      clearTimeout(limit)
    },
  }
}

async function answer(
  source: Source,
  guarded: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', headers } = request
  const say = (status: number, text: string): void =>
    respond(response, status, 'text/plain; charset=utf-8', `${text}\n`)
  if (guarded && !isLoopback(hostOf(headers.host ?? ''))) {
    return say(403, 'Only requests for localhost are answered here.')
  }
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    return say(405, 'Only GET and HEAD are answered here.')
  }
  const target = request.url ?? ''
  const end = target.indexOf('?')
  const path = end === -1 ? target : target.slice(0, end)
  if (path !== '/metrics' && path !== '/metrics.json') return say(404, 'The metrics are at /metrics and /metrics.json.')
  const wanted = end === -1 ? null : new URLSearchParams(target.slice(end)).get('format')
  const form = path === '/metrics.json' ? json : formOf(wanted, headers.accept ?? '')
  if (form === undefined) return say(400, `There are the formats ${forms.map(({ name }) => name).join(', ')}.`)
  try {
    const text = form.format(await source.read())
    response.setHeader('Vary', 'Accept')
    respond(response, 200, form.type, text)
  } catch (error) {
    say(500, `The metrics cannot be read: ${reasonOf(error)}.`)
  }
}

function respond(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  // Node leaves the body of an answer to HEAD out by itself.
  response.end(text)
}

function formOf(wanted: string | null, accept: string): Form | undefined {
  if (wanted !== null) return forms.find(({ name }) => name === wanted)
  const weights = weightsOf(accept)
  const weight = ({ media }: Form): number => weights.get(media) ?? weights.get(media.replace(/\/.*/, '/*')) ?? 0
  let best = forms[0] as Form
  // Who takes anything has no preference, and gets the first one.
  for (const form of forms) if (weight(form) > weight(best)) best = form
  return best
}

/** What an Accept header says of each media type; the highest of several. https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1 */
function weightsOf(accept: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>()
  for (const part of accept.split(',')) {
    const [media = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    const given = parameters.find((parameter) => parameter.startsWith('q='))
    const weight = given === undefined ? 1 : Number(given.slice(2))
    if (weight > (weights.get(media) ?? 0)) weights.set(media, weight)
  }
  return weights
}

/** The host of a Host header, without its port and brackets. */
function hostOf(header: string): string {
  return header.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')
}

/** Whether an address or name leads to this machine and no other, whoever asks. */
export function isLoopback(host: string): boolean {
  return /^localhost$/i.test(host) || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
