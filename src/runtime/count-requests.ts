import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Registry } from '../metrics/registry/registry.ts'
import { type Network, networkOf } from './http/network.ts'

/** Counts the requests of one server by where they come from; returns a function that stops it. */
export function countRequests(server: Server, registry: Registry): () => void {
  const requests = registry.counter('requests', { help: 'Requests' })
  const local = registry.counter('localhost_requests', { help: 'Requests from this machine' })
  const near = registry.counter('private_requests', { help: 'Requests from this machine or a private network' })
  const networks = new WeakMap<Socket, Network>()
  const count = ({ socket }: IncomingMessage): void => {
    requests.inc()
    let network = networks.get(socket)
    if (network === undefined) {
      network = networkOf(socket.remoteAddress)
      networks.set(socket, network)
    }
    if (network === 'local') local.inc()
    if (network !== 'public') near.inc()
  }
  const guarded = (request: IncomingMessage): void => {
    try {
      count(request)
    } catch {
      // Whatever emits this event, the next listener is to get it.
    }
  }
  server.prependListener('request', guarded)
  return () => void server.off('request', guarded)
}
