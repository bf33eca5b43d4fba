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
    subscriptions.atClose(socket, () => {
      const { open } = connection
      // A response that still finishes must find nothing to end.
      connection.open = 0
      if (open > 0) metrics.abort(open)
      metrics.disconnect()
      metrics.countBytes(connection, socket, metrics.now())
    })
    socket[key] = connection
    return connection
  }

  const routeOrNone = (request: IncomingMessage): string => {
    try {
      return routeOf(request)
    } catch {
      metrics.countFailure()
      return ''
    }
  }

  subscriptions.addGuarded('http.server.request.start', (message: Message) => {
    try {
      const { socket } = message
      const connection = (socket as Observed)[key] ?? connect(socket)
      connection.begin(metrics.begin(connection))
    } catch {
      metrics.countFailure()
    }
  })

  subscriptions.addGuarded('http.server.response.finish', (message: Message) => {
    try {
      const { request, response, socket } = message
      const connection = (socket as Observed)[key]
      if (connection === undefined || connection.open === 0) return
      const begun = connection.end()
      const now = metrics.now()
      metrics.end(begun, now, routeOrNone(request), request.method ?? '', response.statusCode)
      if (connection.isDue(now)) metrics.countBytes(connection, socket, now)
    } catch {
      metrics.countFailure()
    }
  })
}
