import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { Agent, createServer } from 'node:http'
import { test } from 'node:test'
import autocannon from 'autocannon'
import { Registry } from 'plimsoll'
import { observeHttp, setRoute } from 'plimsoll/runtime'
import { ManualClock } from 'plimsoll/testing'
import { connection, durations, get, listen, observed, serve, until, value } from './support.ts'

test('a server of node:http is recorded by method and status class, also without a body and with an unknown method', async (t) => {
  const registry = observed(t)
  const port = await serve(t, (request, response) => {
    if (request.url?.startsWith('/missing')) response.statusCode = 404
    if (request.url === '/strange') response.statusCode = 799
    response.end(request.method === 'HEAD' ? undefined : 'ok')
  })
  for (const method of ['GET', 'GET', 'HEAD', 'PUT', 'PURGE', 'MKCOL']) await get(port, '/', { method })
  await get(port, '/missing?id=1')
  await get(port, '/strange')
  assert.deepEqual(durations(registry), {
    'GET  2xx': 2,
    'HEAD  2xx': 1,
    'PUT  2xx': 1,
    '_OTHER  2xx': 2,
    'GET  4xx': 1,
    'GET  _OTHER': 1,
  })
  assert.equal(value(registry, 'http.server.requests', 'local'), 8)
  assert.equal(value(registry, 'http.server.active_requests'), 0)
})

test('what Node answers itself is recorded: no Host, an expectation, too many requests on a connection', async (t) => {
  const registry = observed(t)
  const server = createServer((_request, response) => response.end('ok'))
  server.maxRequestsPerSocket = 1
  const port = await listen(t, server)
  const socket = await connection(t, port)
  socket.write('GET / HTTP/1.1\r\n\r\n')
  await once(socket, 'close')
  const second = await connection(t, port)
  second.write('GET / HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\n\r\n')
  await until(() => durations(registry)['GET  4xx'] === 2)
  const third = await connection(t, port)
  third.write('GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await until(() => durations(registry)['GET  5xx'] === 1)
  assert.deepEqual(durations(registry), { 'GET  4xx': 2, 'GET  5xx': 1, 'GET  2xx': 1 })
})

test('pipelined requests are matched with their own beginnings, in order', async (t) => {
  const clock = new ManualClock()
  const registry = observed(t, {}, clock)
  const held: (() => void)[] = []
  const port = await serve(t, (request, response) => {
    setRoute(request, request.url ?? '')
    held.push(() => response.end('ok'))
  })
  const socket = await connection(t, port)
  for (const path of ['/1', '/2', '/3']) {
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await until(() => held.length === Number(path.slice(1)))
    clock.advance(1)
  }
  assert.equal(value(registry, 'http.server.active_requests'), 3)
  // The last answer first: it waits for the others.
  for (const answer of held.reverse()) answer()
  await until(() => value(registry, 'http.server.active_requests') === 0)
  const family = registry.timer('http.server.request.duration', {
    labels: ['http_request_method', 'http_route', 'http_response_status_class'],
  })
  const sums = ['/1', '/2', '/3'].map((route) => {
    const labels = { http_request_method: 'GET', http_route: route, http_response_status_class: '2xx' }
    return family.labels(labels).sum
  })
  assert.deepEqual(sums, [3, 2, 1])
})

test('requests whose connection closes are aborted, each of a pipeline, and no later answer counts', async (t) => {
  const registry = observed(t)
  const held: (() => void)[] = []
  const port = await serve(t, (request, response) => {
    if (request.url === '/started') response.write('begun')
    if (request.url === '/now') response.end('ok')
    else held.push(() => response.end('ok'))
  })
  const socket = await connection(t, port)
  for (const path of ['/', '/', '/']) socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
  const other = await connection(t, port)
  other.write('GET /started HTTP/1.1\r\nHost: x\r\n\r\n')
  await until(() => held.length === 4)
  assert.equal(value(registry, 'http.server.active_connections'), 2)
  socket.resetAndDestroy()
  other.destroy()
  await until(() => value(registry, 'http.server.active_connections') === 0)
  for (const answer of held) answer()
  await get(port, '/now')
  assert.deepEqual(durations(registry), { 'GET  2xx': 1 })
  assert.equal(value(registry, 'http.server.aborted_requests'), 4)
  assert.equal(value(registry, 'http.server.requests', 'local'), 5)
})

test('connections are kept alive, and their bytes are read once a second, and all of them when they close', async (t) => {
  const clock = new ManualClock()
  const registry = observed(t, {}, clock)
  let read = 0
  let written = 0
  const server = createServer((_request, response) => response.end('x'.repeat(1000)))
  server.on('connection', (socket) => {
    socket.once('close', () => {
      read = socket.bytesRead
      written = socket.bytesWritten
    })
  })
  const port = await listen(t, server)
  const socket = await connection(t, port)
  const send = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      const before = durations(registry)['GET  2xx'] ?? 0
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
      await until(() => durations(registry)['GET  2xx'] === before + 1)
    }
  }
  const received = (): number => value(registry, 'http.server.network.io', 'receive')
  await send(10)
  assert.equal(received(), 0)
  clock.advance(1)
  await send(10)
  const afterOne = received()
  assert.ok(afterOne > 0)
  assert.equal(value(registry, 'http.server.connections'), 1)
  socket.end()
  await until(() => value(registry, 'http.server.active_connections') === 0)
  assert.ok(read > afterOne && written > 20_000)
  assert.equal(received(), read)
  assert.equal(value(registry, 'http.server.network.io', 'transmit'), written)
})

test('an upgrade is no request, and a request whose upgrade nobody takes is one', async (t) => {
  const registry = observed(t)
  const server = createServer((_request, response) => response.end('ok'))
  const port = await listen(t, server)
  const headers = { connection: 'Upgrade', upgrade: 'websocket' }
  assert.equal(await get(port, '/', { headers }), 200)
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
  const socket = await connection(t, port)
  socket.resume()
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  await once(socket, 'close')
  assert.deepEqual(durations(registry), { 'GET  2xx': 1 })
  assert.equal(value(registry, 'http.server.active_requests'), 0)
})

test('20,000 requests of a load generator are all counted, with those that it pipelines and breaks off', async (t) => {
  const registry = observed(t)
  const port = await serve(t, (request, response) => {
    setRoute(request, request.url === '/a' ? '/a' : '/b')
    response.statusCode = request.url === '/a' ? 200 : 404
    response.end('ok')
  })
  const url = `http://127.0.0.1:${port}`
  const requests = [{ path: '/a' }, { path: '/b', method: 'POST' as const, body: 'x' }]
  const result = await autocannon({ url, amount: 20_000, connections: 10, pipelining: 4, requests })
  await until(() => value(registry, 'http.server.active_connections') === 0)
  const { 'GET /a 2xx': found = 0, 'POST /b 4xx': missing = 0, ...others } = durations(registry)
  assert.deepEqual(others, {})
  assert.deepEqual([result.errors, result.timeouts], [0, 0])
  // The generator ends as soon as it has its answers, with some of a pipeline still under way.
  const aborted = value(registry, 'http.server.aborted_requests')
  assert.equal(found + missing + aborted, value(registry, 'http.server.requests', 'local'))
  const sent = result.requests.sent
  assert.ok(found + missing >= 20_000 && found + missing + aborted <= sent, `${found} ${missing} ${aborted} ${sent}`)
  assert.ok(found >= result['2xx'] && missing >= result['4xx'])
})

test('routes past the limit share one label', async (t) => {
  const registry = observed(t, { maxRoutes: 2 })
  const port = await serve(t, (request, response) => {
    if (request.url !== '/') setRoute(request, request.url ?? '')
    response.end()
  })
  for (const path of ['/1', '/2', '/3', '/4', '/1', '/']) await get(port, path)
  assert.deepEqual(durations(registry), {
    'GET /1 2xx': 2,
    'GET /2 2xx': 1,
    'GET _OTHER 2xx': 2,
    'GET  2xx': 1,
  })
})

test('a request that throws when it is looked at harms nothing, and is counted', async (t) => {
  const registry = observed(t)
  const port = await serve(t, (request, response) => {
    Object.defineProperty(request, 'route', {
      get: () => {
        throw new Error('as it should')
      },
    })
    response.end('ok')
  })
  assert.equal(await get(port, '/'), 200)
  assert.deepEqual(durations(registry), { 'GET  2xx': 1 })
  channel('http.server.request.start').publish(undefined)
  channel('http.server.response.finish').publish({ request: null, socket: null })
  assert.equal(value(registry, 'plimsoll.failed', 'observer'), 3)
})

test('when it stops, connections that stay open keep nothing of it', async (t) => {
  const listeners: number[] = []
  const port = await serve(t, ({ socket }, response) => {
    listeners.push(socket.listenerCount('close'))
    response.end()
  })
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  await get(port, '/', { agent })
  for (let i = 0; i < 3; i++) {
    const stop = observeHttp(new Registry())
    await get(port, '/', { agent })
    stop()
  }
  await get(port, '/', { agent })
  const [first = 0, ...others] = listeners
  assert.deepEqual(others, [first + 1, first + 1, first + 1, first])
})

test('a registry is observed once, however often it is asked for, until the last one stops', async (t) => {
  const registry = new Registry()
  const stops = [observeHttp(registry), observeHttp(registry)]
  for (const stop of stops) t.after(stop)
  const other = observed(t, { clients: false, buckets: [1, 10] })
  const port = await serve(t, (request, response) => {
    if (request.url !== '/hang') response.end('ok')
  })
  await get(port, '/')
  stops[0]?.()
  stops[0]?.()
  await get(port, '/')
  const socket = await connection(t, port)
  socket.write('GET /hang HTTP/1.1\r\nHost: x\r\n\r\n')
  await until(() => value(registry, 'http.server.active_requests') === 1)
  stops[1]?.()
  assert.equal(value(registry, 'http.server.active_requests'), 0)
  assert.equal(value(registry, 'http.server.active_connections'), 0)
  socket.destroy()
  await until(() => value(other, 'http.server.aborted_requests') === 1)
  await get(port, '/')
  assert.deepEqual(durations(registry), { 'GET  2xx': 2 })
  assert.equal(value(registry, 'http.server.active_requests'), 0)
  assert.deepEqual(durations(other), { 'GET  2xx': 3 })
})

test('invalid options throw, with the remedy', () => {
  const registry = new Registry()
  const codeOf = (options: object): unknown => {
    try {
      observeHttp(registry, options)()
      return undefined
    } catch (error) {
      return (error as { code?: string }).code
    }
  }
  assert.equal(codeOf({ maxRoutes: 0 }), 'PLIMSOLL_OPTION_INVALID')
  assert.equal(codeOf({ maxHosts: 2001 }), 'PLIMSOLL_OPTION_INVALID')
  assert.equal(codeOf({ servers: 1 }), 'PLIMSOLL_OPTION_INVALID')
  assert.equal(codeOf({ buckets: [2, 1] }), 'PLIMSOLL_OPTION_INVALID')
  assert.equal(codeOf({ server: true }), 'PLIMSOLL_OPTION_UNKNOWN')
  assert.equal(codeOf({}), undefined)
})
