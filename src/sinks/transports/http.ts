import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { promisify } from 'node:util'
import { constants, gzip, gzipSync } from 'node:zlib'
import { markOwnRequests } from '../../os/own-requests.ts'
import { retryAfterMs } from './retry-after.ts'

/** What is sent, and how. */
export interface HttpRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** What came back. */
export interface HttpResponse {
  readonly status: number
  /** Its first bytes. */
  readonly body: Uint8Array
  /** How long the receiver wants to be left alone. */
  readonly retryAfterMs?: number
}

/** For TLS: PEM texts, or what else `node:tls` takes. */
export interface TlsOptions {
  /** Certificates of authorities, instead of those that Node has. */
  readonly ca?: string | Buffer
  /** The client's own certificate, and its key. */
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
}

/** More of an answer is of no use. */
const maxAnswerBytes = 2 ** 16
const level = constants.Z_BEST_SPEED
const compress = promisify(gzip)

/** A body in gzip, at the level that takes a third of the time of the default one, and a fifth more bytes. */
export async function gzipped(body: Uint8Array): Promise<Uint8Array> {
  return await compress(body, { level })
}

/** The same at once, for the end of a process. */
export function gzippedNow(body: Uint8Array): Uint8Array {
  return gzipSync(body, { level })
}

/**
 * Requests to one receiver, one at a time, over one connection that is kept. Nothing of it keeps the process alive, and none of
 * it is in the metrics of HTTP clients, which are about the app.
 */
export class HttpTransport {
  readonly #agent: HttpAgent
  readonly #request: typeof httpRequest

  constructor(url: URL, tls: TlsOptions = {}) {
    const options = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1, scheduling: 'lifo' as const }
    const isSecure = url.protocol === 'https:'
    this.#request = isSecure ? httpsRequest : httpRequest
    this.#agent = markOwnRequests(isSecure ? new HttpsAgent({ ...options, ...tls }) : new HttpAgent(options))
  }

  /** Sends a request. Rejects where no complete answer comes before the deadline, with the connection closed. */
  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    try {
      return await this.#attempt(request, signal)
    } catch (error) {
      // The receiver may close a connection that it kept just when it is used again; then nothing was received.
      const { isStale } = error as { readonly isStale?: boolean }
      if (isStale !== true || signal.aborted) throw error
      return await this.#attempt(request, signal)
    }
  }

  /** Writes a request that nobody waits for, where a connection is open and idle. Returns whether one was. */
  sendAtExit({ method, url, headers, body }: HttpRequest): boolean {
    const [socket] = Object.values(this.#agent.freeSockets).flat() as (Socket | undefined)[]
    if (socket === undefined || socket.destroyed || !socket.writable) return false
    const all = { host: url.host, ...headers, 'content-length': String(body.length), connection: 'close' }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
    // A request takes a turn of the event loop until it is written, and there is none any more.
    socket.write(`${method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`)
    socket.write(body)
    return true
  }

  close(): void {
    this.#agent.destroy()
  }

  #attempt({ method, url, headers, body }: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const all = { ...headers, 'content-length': body.length }
      const outgoing = this.#request(url, { method, agent: this.#agent, signal, headers: all })
      outgoing.on('socket', (socket) => socket.unref())
      outgoing.on('response', (response) => void readAnswer(response).then(resolve, reject))
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = outgoing.reusedSocket && error.code === 'ECONNRESET'
        reject(signal.aborted ? signal.reason : Object.assign(error, { isStale }))
      })
      outgoing.end(body)
    })
  }
}

async function readAnswer(response: IncomingMessage): Promise<HttpResponse> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part)
    length += part.length
    if (length > maxAnswerBytes) break
  }
  const wait = retryAfterMs(response.headers['retry-after'])
  return {
    status: response.statusCode ?? 0,
    body: Buffer.concat(parts).subarray(0, maxAnswerBytes),
    ...(wait !== undefined && { retryAfterMs: wait }),
  }
}

/**
 * What an answer says is wrong: its first line up to a name, a number or what else is particular to one request, as reasons are
 * labels.
 */
export function explanation({ body }: HttpResponse): string {
  const [text = ''] = /^[A-Za-z][A-Za-z ,'-]*/.exec(Buffer.from(body.subarray(0, 400)).toString().trim()) ?? []
  return text.trim().slice(0, maxExplanation)
}

const maxExplanation = 80
