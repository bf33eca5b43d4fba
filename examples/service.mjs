/**
 * A small shop as a cluster of two workers: `node examples/service.mjs`, then `npx plimsoll ls` in another terminal.
 * Each worker keeps its metrics in a page of its own; there is no metrics endpoint, nothing listens for readers.
 */
import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { counter, gauge, histogram, publish, timer } from 'plimsoll'

const workers = 2

if (cluster.isPrimary) supervise()
else serve()

function serve() {
  publish({ app: 'shop' })
  const requests = counter('http.requests', { labels: ['route', 'status'], help: 'Requests answered' })
  const latency = timer('http.latency', { labels: ['route'], help: 'From the request to its answer' })
  const inFlight = gauge('http.in_flight', {
    labels: ['route'],
    removeAtZero: true,
    help: 'Requests begun and not answered yet',
  })
  const sizes = histogram('http.response_size', { labels: ['route'], unit: 'By', help: 'Size of the answer' })

  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const { route, answer } = routes.find(({ path }) => path.test(pathname)) ?? unknownRoute
    const begun = inFlight.labels({ route })
    begun.inc()
    const stopwatch = latency.labels({ route }).start()
    const { status, body } = await answer(pathname)
    stopwatch.stop()
    begun.dec()
    sizes.labels({ route }).record(Buffer.byteLength(body))
    // Before the answer leaves, so that no client ever has one that is not counted, whenever this process is killed.
    requests.labels({ route, status }).inc()
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1')
  process.on('SIGTERM', () => {
    server.close(() => process.exit(0))
    server.closeIdleConnections()
  })
}

/** What the shop answers; the first route whose path fits. */
const routes = [
  { route: '/', path: /^\/$/, answer: () => reply(2, 200, { shop: 'open' }) },
  {
    route: '/users/:id',
    path: /^\/users\/\d+$/,
    answer: (pathname) => {
      const id = Number(pathname.slice('/users/'.length))
      return id < 1000 ? reply(8, 200, { id, name: `user ${id}` }) : reply(4, 404, { error: 'no such user' })
    },
  },
  {
    route: '/search',
    path: /^\/search$/,
    answer: () => reply(30, 200, { hits: Array.from({ length: some(40) }, item) }),
  },
  {
    route: '/orders',
    path: /^\/orders$/,
    answer: () =>
      Math.random() < 0.03 ? reply(60, 500, { error: 'stock is busy' }) : reply(15, 200, { order: item() }),
  },
  {
    route: '/coupons/:code',
    path: /^\/coupons\//,
    // A mistake as in real services: for a long code that is invalid at its end, this expression takes minutes.
    answer: (pathname) => reply(5, /^\/coupons\/(\w+-?)+$/.test(pathname) ? 200 : 400, { coupon: pathname }),
  },
  { route: '/report', path: /^\/report$/, answer: () => reply(1, 200, { sorted: sortForSeconds(4) }) },
  { route: '/cart', path: /^\/cart$/, answer: () => reply(3, 200, { carts: keepCart() }) },
  { route: '/slow', path: /^\/slow$/, answer: () => reply(150, 200, { report: Array.from({ length: 200 }, item) }) },
]
const unknownRoute = { route: '(none)', path: /^/, answer: () => reply(1, 404, { error: 'no such page' }) }

/** Answers after `ms` and, as in life, sometimes much later. */
async function reply(ms, status, value) {
  await delay(ms * (0.7 - 0.4 * Math.log(1 - Math.random())))
  return { status, body: JSON.stringify(value) }
}

/** A mistake as in real services: work that takes seconds, on the event loop that answers everyone else. */
function sortForSeconds(seconds) {
  const until = performance.now() + seconds * 1000
  let length = 0
  while (performance.now() < until)
    length = Array.from({ length: 20_000 }, () => some(1e6)).sort((a, b) => a - b).length
  return length
}

/** Another one: what is kept is never given up. Here it ends at some 100 MB. */
const carts = []
function keepCart() {
  if (carts.length < 200) carts.push(Array.from({ length: 20_000 }, item))
  return carts.length
}

function some(most) {
  return Math.floor(Math.random() * most)
}

function item() {
  return { sku: some(1e6), price: some(1e4) / 100 }
}

/** Keeps the workers running until SIGTERM, or until the process that started this one is gone. */
function supervise() {
  const listening = new Set()
  let ending = false
  const end = () => {
    ending = true
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGTERM')
  }
  cluster.once('listening', (_worker, { port }) => {
    const url = `http://127.0.0.1:${port}`
    console.log(`The shop is open at ${url}`)
    process.send?.({ url })
  })
  cluster.on('listening', (worker) => listening.add(worker.id))
  cluster.on('exit', (worker) => {
    const listened = listening.delete(worker.id)
    if (listened && !ending) {
      cluster.fork()
      return
    }
    // One that dies before it listens would do so again and again.
    if (!ending) process.exitCode = 1
    end()
    if (Object.keys(cluster.workers ?? {}).length === 0) process.exit()
  })
  process.on('SIGTERM', end).on('disconnect', end)
  for (let i = 0; i < workers; i++) cluster.fork()
}
