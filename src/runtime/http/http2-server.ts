import type { Http2Session, ServerHttp2Stream } from 'node:http2'
import type { Subscriptions } from './channels.ts'
import type { Connection } from './connection.ts'
import { routeOf } from './route.ts'
import type { ServerMetrics } from './server-metrics.ts'

interface Message {
  readonly stream: ServerHttp2Stream
  readonly headers?: { readonly ':method'?: string }
}

/** A request of HTTP/2. */
interface Exchange {
  readonly connection: Connection
  readonly begun: number
  readonly method: string
}

/** Records the requests of all servers of `node:http2` in this thread, on Node 22.23 and later: before, it publishes nothing. */
export function observeHttp2Servers(subscriptions: Subscriptions, metrics: ServerMetrics): void {
  const connectionKey = Symbol('plimsoll.connection')
  const exchangeKey = Symbol('plimsoll.exchange')
  type Session = Http2Session & { [connectionKey]?: Connection }
  type Stream = ServerHttp2Stream & { [exchangeKey]?: Exchange | undefined }

  const connect = (session: Session): Connection => {
    const connection = metrics.connect(session.socket.remoteAddress)
    session[connectionKey] = connection
    subscriptions.atClose(session, () => metrics.disconnect())
    return connection
  }

  subscriptions.add<Message>('http2.server.stream.start', ({ stream, headers }) => {
    const session = stream.session as Session
    const connection = session[connectionKey] ?? connect(session)
    connection.open++
    ;(stream as Stream)[exchangeKey] = {
      connection,
      begun: metrics.begin(connection),
      method: String(headers?.[':method'] ?? ''),
    }
  })

  subscriptions.add<Message>('http2.server.stream.close', ({ stream }) => {
    const exchange = (stream as Stream)[exchangeKey]
    if (exchange === undefined) return
    ;(stream as Stream)[exchangeKey] = undefined
    const { connection, begun, method } = exchange
    connection.open--
    const status = Number(stream.sentHeaders?.[':status'] ?? 0)
    const now = metrics.now()
    if (stream.aborted || stream.rstCode !== 0 || status === 0) metrics.abort(1)
    else metrics.end(begun, now, routeOf(stream), method, status)
    const { session } = stream
    // After the end of a session its socket cannot be read any more.
    const isLast = connection.open === 0 || connection.isDue(now)
    if (isLast && session !== undefined && !session.destroyed) metrics.countBytes(connection, session.socket, now)
  })
}
