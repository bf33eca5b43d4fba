import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { until } from './program.ts'

/** A request as it came, its body unpacked if it was in gzip. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Uint8Array
}

/** What a receiver does with a request: answers, or something in its own way. */
export type Answer =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string | Uint8Array }
  | ((request: IncomingMessage, response: ServerResponse) => void)

/** A receiver that answers as a test wants it. */
export interface HttpReceiver {
  readonly origin: string
  readonly port: number
  readonly received: Received[]
  /** The answers to the next requests; then the last one again. */
  readonly answers: Answer[]
  /** How many connections there were. */
  connections: number
  /** Waits for so many requests in all. */
  waitFor(count: number): Promise<void>
  stop(): Promise<void>
}

export async function startHttpReceiver(on = 0): Promise<HttpReceiver> {
  const received: Received[] = []
  const answers: Answer[] = []
  const server: Server = createServer(async (request, response) => {
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 200 }
    if (typeof answer === 'function') return answer(request, response)
    const body = await buffer(request)
    const { method = '', url = '', headers } = request
    received.push({
      method,
      path: url,
      headers,
      body: headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body,
    })
    response.writeHead(answer.status, answer.headers).end(answer.body)
  })
  server.listen(on, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const receiver: HttpReceiver = {
    origin: `http://127.0.0.1:${port}`,
    port,
    received,
    answers,
    connections: 0,
    async waitFor(count) {
      await until(`${count} requests`, () => received.length >= count || undefined)
    },
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  server.on('connection', () => {
    receiver.connections++
  })
  return receiver
}
