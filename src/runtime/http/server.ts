import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Subscriptions } from './channels.ts'
import type { Connection } from './connection.ts'
import { routeOf } from './route.ts'
import type { ServerMetrics } from './server-metrics.ts'

interface Message {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly socket: Socket
}

/** Records the requests of all servers of `node:http` and `node:https` in this thread. */
export function observeServers(subscriptions: Subscriptions, metrics: ServerMetrics): void {
  // One for each observer, so that each has its own state.
  const key = Symbol('plimsoll.connection')
  type Observed = Socket & { [key]?: Connection }

  const connect = (socket: Observed): Connection => {
    const connection = metrics.connect(socket.remoteAddress)
    const close = subscriptions.guard(() => {
      const { open } = connection
      // A response that still finishes must find nothing to end.
      connection.open = 0
      if (open > 0) metrics.abort(open)
      metrics.disconnect()
      metrics.countBytes(connection, socket, metrics.now())
    })
    socket[key] = connection
    socket.once('close', close)
    return connection
  }

  subscriptions.add<Message>('http.server.request.start', ({ socket }) => {
    const connection = (socket as Observed)[key] ?? connect(socket)
    connection.begin(metrics.begin(connection))
  })

  subscriptions.add<Message>('http.server.response.finish', ({ request, response, socket }) => {
    const connection = (socket as Observed)[key]
    if (connection === undefined || connection.open === 0) return
    const begun = connection.end()
    const now = metrics.now()
    let route = ''
    try {
      route = routeOf(request)
    } catch {
      metrics.countFailure()
    }
    metrics.end(begun, now, route, request.method ?? '', response.statusCode)
    if (connection.isDue(now)) metrics.countBytes(connection, socket, now)
  })
}
