import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AccessRule } from '../os/access.ts'

/** What a server answers at one path of its own. */
export interface Endpoint {
  readonly path: string
  readonly rule: AccessRule
  /** The body, as JSON. */
  read(request: IncomingMessage): unknown
}

/**
 * Answers one path of a server before the app has a request for it; all others go to the app, also to listeners that it adds
 * later. Returns a function that stops it.
 */
export function serveEndpoint(server: Server, endpoint: Endpoint): () => void {
  const hadOwn = Object.hasOwn(server, 'emit')
  const { emit } = server
  const intercept = function (this: Server, event: string | symbol, ...given: unknown[]): boolean {
    if (event !== 'request' || !isFor(endpoint.path, given[0] as IncomingMessage))
      return Reflect.apply(emit, this, [event, ...given])
    void answer(endpoint, given[0] as IncomingMessage, given[1] as ServerResponse)
    return true
  }
  server.emit = intercept as Server['emit']
  return () => {
    // Where something else stands in front of it by now, this goes on, and passes everything to the app.
    if (server.emit !== intercept) endpoint = { ...endpoint, path: '' }
    else if (hadOwn) server.emit = emit
    else Reflect.deleteProperty(server, 'emit')
  }
}

function isFor(path: string, { url = '' }: IncomingMessage): boolean {
  return url.startsWith(path) && path !== '' && (url.length === path.length || url[path.length] === '?')
}

async function answer(endpoint: Endpoint, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const refusal = await endpoint.rule(request, false)
    if (refusal !== undefined) respond(response, 403, { error: refusal })
    else if (request.method === 'GET' || request.method === 'HEAD') respond(response, 200, endpoint.read(request))
    else respond(response.setHeader('Allow', 'GET, HEAD'), 405, { error: 'Only GET and HEAD are answered here.' })
  } catch {
    // Such as a response that something else has begun.
    response.destroy()
  }
}

function respond(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': bytes.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  })
  response.end(bytes)
}
