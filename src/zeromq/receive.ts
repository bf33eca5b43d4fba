import { setTimeout as wait } from 'node:timers/promises'
import { isMainThread } from 'node:worker_threads'
import type { Reply, Router } from 'zeromq'

const pollMs = 20

/**
 * Whether a socket may wait for what is to come: messages, events. A thread that ends while one of zeromq's waits takes the
 * whole process down (an abort, with version 6.8), so threads look again and again instead; the main thread is not ended so.
 */
export const mayWait: boolean = isMainThread

/** To be given to a socket whose messages are read with {@link messagesOf}. */
export const receiveTimeout: number = mayWait ? -1 : 0

/** The messages of a socket, until it is closed. */
export function messagesOf(socket: Router | Reply): AsyncIterable<readonly Buffer[]> {
  return mayWait ? socket : polled(socket)
}

async function* polled(socket: Router | Reply): AsyncGenerator<readonly Buffer[]> {
  while (!socket.closed) {
    let parts: readonly Buffer[] | undefined
    try {
      parts = await socket.receive()
    } catch {
      // There is none now.
    }
    if (parts === undefined) await wait(pollMs)
    else yield parts
  }
}
