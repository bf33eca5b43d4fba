import type { IncomingMessage, ServerResponse } from 'node:http'
import { acceptsGzip, type Body, minGzipBytes } from './body.ts'

const always = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const

/** Answers with a body, in gzip where that is accepted and saves something. */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: Body,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const isZipped = body.plain.length >= minGzipBytes && acceptsGzip(String(request.headers['accept-encoding'] ?? ''))
  const bytes = isZipped ? await body.gzipped() : body.plain
  response.writeHead(status, {
    ...always,
    Vary: 'Accept, Accept-Encoding',
    ...headers,
    ...(isZipped && { 'Content-Encoding': 'gzip' }),
    'Content-Length': bytes.length,
  })
  // Node leaves the body of an answer to HEAD out by itself.
  response.end(bytes)
}

/** Answers with a sentence. */
export function respondText(response: ServerResponse, status: number, text: string, headers: object = {}): void {
  const bytes = Buffer.from(`${text}\n`)
  response.writeHead(status, {
    ...always,
    ...headers,
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': bytes.length,
  })
  response.end(bytes)
}
