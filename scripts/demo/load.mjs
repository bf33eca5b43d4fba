/** The clients: at a bounded rate, with an exact count of what was sent and answered. */
import { once, setMaxListeners } from 'node:events'
import { Agent, get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

const clients = 12
const msBetween = 50
/** Longer than the service blocks. A connection that was on its way to a worker when that was killed is answered by nobody. */
const maxMs = 8000
/** After so many requests a client connects anew, so that a new worker gets its share. */
const requestsPerConnection = 20
/** At most so many requests have no answer at once: one of each client, and those outside the rounds. */
export const busyAtOnce = clients + 2

const paths = [
  ...['/', '/users/7', '/search?q=tea', '/', '/orders', '/users/42', '/', '/search?q=cup', '/users/1234', '/'],
  ...['/orders', '/users/3', '/', '/slow', '/search?q=pot', '/', '/users/99', '/orders', '/', '/users/512'],
]

/**
 * Sends at most 240 requests a second to a service: each client sends the next one when the last is answered, and not before
 * 50 ms have passed. `end` begins no more and resolves when all answers are in.
 */
export function startLoad(url) {
  const tally = { sent: 0, answered: 0, byStatus: new Map() }
  const stop = new AbortController()
  setMaxListeners(0, stop.signal)
  const running = Array.from({ length: clients }, (_, i) => runClient(url, i, tally, stop.signal))
  return {
    tally,
    /** One more request; what becomes of it is counted as well. */
    ask(path) {
      running.push(ask(url + path, tally, false))
    },
    end() {
      stop.abort()
      return Promise.all(running)
    },
  }
}

async function runClient(url, number, tally, stopped) {
  let agent
  // One after the other, so that there is always a request in flight.
  await pause((msBetween / clients) * number, stopped)
  for (let i = 0; !stopped.aborted; i++) {
    if (i % requestsPerConnection === 0) {
      agent?.destroy()
      agent = new Agent({ keepAlive: true })
    }
    const next = pause(msBetween, stopped)
    await ask(url + paths[(5 * number + i) % paths.length], tally, agent)
    await next
  }
  agent.destroy()
}

/** The worker may be killed before it answers. */
async function ask(url, tally, agent) {
  tally.sent++
  try {
    const [response] = await once(get(url, { agent, signal: AbortSignal.timeout(maxMs) }), 'response')
    await once(response.resume(), 'end')
    tally.answered++
    tally.byStatus.set(response.statusCode, (tally.byStatus.get(response.statusCode) ?? 0) + 1)
  } catch {
    // Counted as sent, and not as answered.
  }
}

async function pause(ms, stopped) {
  await delay(ms, undefined, { signal: stopped }).catch(() => {})
}
