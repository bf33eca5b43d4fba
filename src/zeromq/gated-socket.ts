import { isMainThread } from 'node:worker_threads'
import type { Reply, Router } from 'zeromq'
import { gated } from '../os/thread-gate.ts'

/**
 * What `open` opens, and in a thread all of its calls through the gate: zeromq is compiled, as koffi is, so that a thread
 * which is ended inside it takes the whole process with it. In a thread it must neither wait nor call back, which no gate
 * covers.
 */
export function openGated<Socket extends object>(open: () => Socket): Socket {
  const socket = gated(open)()
  if (isMainThread) return socket
  return new Proxy(socket, {
    // Its properties are calls into zeromq as well, which knows its own object only.
    get: gated((target: Socket, name: string | symbol) => {
      const found = Reflect.get(target, name, target)
      return typeof found === 'function' ? gated(found.bind(target)) : found
    }),
  })
}

/** Binds a socket; in a thread without letting others have their turn meanwhile. */
export async function bindGated(socket: Router | Reply, endpoint: string): Promise<void> {
  if (isMainThread) await socket.bind(endpoint)
  else socket.bindSync(endpoint)
}
