import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { PlimsollError, reasonOf } from '../../errors.ts'
import type { ExpositionOptions } from '../../formats/exposition/options.ts'
import { type Body, bodyOf } from '../../http/body.ts'
import { formatOf, jsonFormat, type ServedFormat, unknownFormat } from '../../http/negotiate.ts'
import { respond, respondText } from '../../http/respond.ts'
import { sharedReads } from '../../http/shared-reads.ts'
import { isLoopback, requestHost } from '../../os/access.ts'
import type { Source } from '../../snapshot/snapshot.ts'
import { type Context, type Report, type Result, result } from '../result.ts'

/** Where metrics are served. */
export interface ServeOptions {
  /** An address of this machine. @default 127.0.0.1 */
  readonly address?: string
  /** 0 takes a free one. */
  readonly port: number
  /** What the Prometheus formats leave to the caller. */
  readonly exposition?: ExpositionOptions
  /** What the last read found, a line each, for comments in the text. */
  readonly comments?: () => readonly string[]
}

/** Metrics under way over HTTP. */
export interface Served {
  /** Where Prometheus finds them: `http://127.0.0.1:9464/metrics`. */
  readonly url: string
  /** Takes no further requests, and ends when those under way are answered, a second later at the latest. */
  close(): Promise<void>
}

const lastAnswersMs = 1000

/**
 * Serves a source until the user wants an end, for commands that do nothing else: the first result has the URL.
 * An address or port that cannot be had is an result with PLIMSOLL_SERVE_FAILED.
 *
 * @param make returns the source, and may keep `report` for later messages.
 */
export async function* serve(
  make: Source | ((report: Report) => Source),
  options: ServeOptions,
  { signal }: Pick<Context, 'signal'>,
): AsyncGenerator<Result> {
  const reported: Result['messages'][number][] = []
  let wake = (): void => {}
  const report: Report = (message) => {
    reported.push(message)
    wake()
  }
  const source = typeof make === 'function' ? make(report) : make
  let served: Served
  try {
    served = await startServer(source, options)
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    yield result('', [error])
    return
  }
  yield result(`${served.url}\n`)
  const stopped = signal.aborted ? undefined : once(signal, 'abort')
  while (!signal.aborted) {
    const messages = reported.splice(0)
    if (messages.length > 0) yield result('', messages)
    else await Promise.race([stopped, new Promise<void>((resolve) => (wake = resolve))])
  }
  await served.close()
}

/**
 * `GET /metrics` answers in the format that the Accept header prefers, or `?format=prometheus|openmetrics|json|protobuf`
 * selects, `/metrics.json` as JSON; in gzip where that is accepted. Requests that come together share one read and its texts;
 * a source that cannot be read is answered with 503 and the reason, or 500 where that is a fault of this program.
 *
 * On a loopback address only requests for a loopback host are answered: a web page elsewhere could else point a name of its
 * own at 127.0.0.1 and read the metrics from a browser (DNS rebinding). Throws PLIMSOLL_SERVE_FAILED.
 */
export async function startServer(source: Source, options: ServeOptions): Promise<Served> {
  const { address = '127.0.0.1', port } = options
  const guarded = isLoopback(address)
  const look = sharedLooks(source, options)
  const server = createServer((request, response) => {
    void answer(look, guarded, request, response)
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
  look: () => Promise<Look>,
  guarded: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', headers } = request
  if (guarded && !isLoopback(requestHost(request) ?? '')) {
    return respondText(response, 403, 'Only requests for localhost are answered here.')
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return respondText(response, 405, 'Only GET and HEAD are answered here.', { Allow: 'GET, HEAD' })
  }
  const target = request.url ?? ''
  const end = target.indexOf('?')
  const path = end === -1 ? target : target.slice(0, end)
  if (path !== '/metrics' && path !== '/metrics.json')
    return respondText(response, 404, 'The metrics are at /metrics and /metrics.json.')
  const wanted = end === -1 ? null : new URLSearchParams(target.slice(end)).get('format')
  const format = path === '/metrics.json' ? jsonFormat : formatOf(wanted, headers.accept ?? '')
  if (format === undefined) return respondText(response, 400, unknownFormat(wanted))
  try {
    await respond(request, response, 200, (await look())(format), { 'Content-Type': format.contentType })
  } catch (error) {
    // Nobody's fault here: nothing is published yet, or none of it can be read.
    respondText(response, error instanceof PlimsollError ? 503 : 500, `The metrics cannot be read: ${reasonOf(error)}.`)
  }
}

/** One read, in each format that somebody wants. */
type Look = (format: ServedFormat) => Body

/** Reads a source once for all requests that arrive before the read ends. */
function sharedLooks(source: Source, { exposition = {}, comments }: ServeOptions): () => Promise<Look> {
  return sharedReads(async () => {
    const snapshot = await source.read()
    const reading = { snapshot, comments: comments?.() ?? [] }
    const bodies = new Map<ServedFormat, Body>()
    return (format) => {
      const body = bodies.get(format) ?? bodyOf(format.format(reading, exposition))
      bodies.set(format, body)
      return body
    }
  })
}
