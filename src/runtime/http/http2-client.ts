import type { ClientHttp2Stream } from 'node:http2'
import { hostOfAuthority } from '../../os/access.ts'
import type { Subscriptions } from './channels.ts'
import { type Call, type ClientMetrics, isCancellation } from './client-metrics.ts'

interface Message {
  readonly stream: ClientHttp2Stream
  readonly headers: Readonly<Record<string, unknown>>
}

interface Observation {
  readonly call: Call
  error?: unknown
}

/** Records the requests of `node:http2`, on Node 22.23 and later: before, it publishes nothing. */
export function observeHttp2Clients(subscriptions: Subscriptions, metrics: ClientMetrics): void {
  const key = Symbol('plimsoll.call')
  type Observed = ClientHttp2Stream & { [key]?: Observation }

  // Either of both may be the first.
  const begin = ({ stream, headers }: Message): void => {
    if ((stream as Observed)[key] !== undefined || isPushed(stream) || isOfUndici(stream)) return
    const observation: Observation = {
      call: metrics.begin(hostOfAuthority(String(headers[':authority'] ?? '')), headers[':method']),
    }
    ;(stream as Observed)[key] = observation
    // Comes after the error, and whatever becomes of the stream.
    stream.once(
      'close',
      subscriptions.guard(() => end(observation, stream)),
    )
  }

  const end = ({ call, error }: Observation, stream: ClientHttp2Stream): void => {
    const isComplete = error === undefined && (stream.readableEnded || stream.endAfterHeaders)
    if (isComplete) metrics.end(call)
    else if (error === undefined || isCancellation(error)) metrics.cancel()
    else metrics.end(call, error)
  }

  subscriptions.add('http2.client.stream.created', begin)
  subscriptions.add('http2.client.stream.start', begin)
  subscriptions.add<Message>('http2.client.stream.finish', ({ stream, headers }) => {
    const observation = (stream as Observed)[key]
    if (observation !== undefined) observation.call.status = Number(headers[':status'] ?? 0)
  })
  subscriptions.add<{ readonly stream: Observed; readonly error: unknown }>(
    'http2.client.stream.error',
    ({ stream, error }) => {
      // Where the whole session failed, such as its connection, that is the cause.
      const observation = stream[key]
      if (observation !== undefined)
        observation.error ??= (Object(error) as { readonly cause?: unknown }).cause ?? error
    },
  )
}

/** Streams that the server began have even numbers; one of this process has none before it starts. */
function isPushed({ id = 1 }: ClientHttp2Stream): boolean {
  return id % 2 === 0
}

/** undici publishes its requests over HTTP/2 itself, and marks its sessions with its client. */
function isOfUndici({ session }: ClientHttp2Stream): boolean {
  return Object.getOwnPropertySymbols(session ?? {}).some(({ description }) => description === 'client')
}
