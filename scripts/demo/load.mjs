/** The clients: autocannon, at a bounded rate, with an exact count of what was sent and answered. */
import { setTimeout as delay } from 'node:timers/promises'
import autocannon from 'autocannon'

const streams = 3
const connections = 4
const requestsPerRound = 80
/** At most so many connections are busy at once, each with one request. */
export const busyAtOnce = streams * connections

const paths = [
  ...['/', '/users/7', '/search?q=tea', '/', '/orders', '/users/42', '/', '/search?q=cup', '/users/1234', '/'],
  ...['/orders', '/users/3', '/', '/slow', '/search?q=pot', '/', '/users/99', '/orders', '/', '/users/512'],
]

/**
 * Sends some 240 requests a second to a service: each stream sends a round of 80 over fresh connections, at most one a
 * second. `end` begins no new round and resolves when all answers are in; `onFailure` is called with the reason when the load stops.
 */
export function startLoad(url, onFailure) {
  const tally = { sent: 0, answered: 0, byStatus: new Map() }
  const stop = new AbortController()
  const running = Array.from({ length: streams }, (_, i) =>
    runStream(url, i, tally, stop.signal).catch((error) => onFailure(`The load stopped: ${error.message}`)),
  )
  return {
    tally,
    end() {
      stop.abort()
      return Promise.all(running)
    },
  }
}

async function runStream(url, number, tally, stopped) {
  // One after the other, so that there is always a request in flight.
  await pause((1000 / streams) * number, stopped)
  while (!stopped.aborted) {
    const nextRound = pause(1000, stopped)
    await runRound(url, tally)
    await nextRound
  }
}

async function runRound(url, tally) {
  let client = 0
  const round = autocannon({
    url,
    connections,
    amount: requestsPerRound,
    timeout: 5,
    sampleInt: 50,
    skipAggregateResult: true,
    requests: requestsFrom(0),
    setupClient: (one) => one.setRequests(requestsFrom(5 * client++)),
  })
  round.on('response', (_client, status) => {
    tally.answered++
    tally.byStatus.set(status, (tally.byStatus.get(status) ?? 0) + 1)
  })
  tally.sent += requestsPerRound
  await round
}

/** All paths, begun in another place for each client, so that not all ask for the same at once. */
function requestsFrom(place) {
  return [...paths.slice(place), ...paths.slice(0, place)].map((path) => ({ path }))
}

async function pause(ms, stopped) {
  await delay(ms, undefined, { signal: stopped }).catch(() => {})
}
