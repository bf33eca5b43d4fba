import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'
import {
  type ClientRequest,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { Registry } from 'plimsoll'
import { fetch as undiciFetch } from 'undici'
import { closedPort, durations, labelled, listen, observed, until, value } from './support.ts'

interface Answering {
  readonly port: number
  /** Runs when the server has the next request for `/hang`, or has sent the headers of the next for `/slow`. */
  arrived: () => void
}

/** A server that answers as the path says. */
async function answering(t: TestContext): Promise<Answering> {
  const server = createServer((request, response) => {
    const socket = request.socket
    if (request.url === '/redirect') response.writeHead(302, { location: '/' }).end()
    else if (request.url === '/missing') response.writeHead(404).end('no')
    else if (request.url === '/close') socket.end()
    else if (request.url === '/reset') socket.resetAndDestroy()
    else if (request.url === '/break') {
      response.writeHead(200, { 'content-length': 100 })
      response.write('x', () => socket.destroy())
    } else if (request.url === '/slow') {
      response.writeHead(200, { 'content-length': 100 })
      response.write('x')
    } else if (request.url === '/hang') made.arrived()
    else response.end('ok')
  })
  server.on('upgrade', (_request, socket: Socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
  })
  server.on('connect', (_request, socket: Socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'))
  const made: Answering = { port: await listen(t, server), arrived: () => {} }
  return made
}

/** Sends a request and waits until it is over, whatever became of it. */
async function call(
  port: number,
  path: string,
  options: RequestOptions = {},
  act: (request: ClientRequest, response?: IncomingMessage) => void = () => {},
): Promise<void> {
  const request = httpRequest({ host: '127.0.0.1', port, path, agent: false, ...options })
  request.on('error', () => {})
  request.on('response', (response) => {
    response.on('error', () => {}).resume()
    act(request, response)
  })
  for (const event of ['upgrade', 'connect']) request.on(event, (_response, socket: Socket) => socket.destroy())
  const closed = new Promise((resolve) => request.once('close', resolve))
  request.end()
  act(request)
  await closed
}

/** What was recorded: durations, errors by type, and how many were cancelled. */
function recorded(registry: Registry): object {
  return {
    durations: durations(registry, 'client'),
    errors: labelled(registry, 'http.client.errors'),
    cancelled: value(registry, 'http.client.cancelled_requests'),
    active: value(registry, 'http.client.active_requests'),
  }
}

test('requests of node:http are recorded by method, host and status class', async (t) => {
  const registry = observed(t, { servers: false })
  const { port } = await answering(t)
  await call(port, '/')
  await call(port, '/', { method: 'HEAD' })
  await call(port, '/missing', { host: 'LOCALHOST' })
  await call(port, '/', { headers: { connection: 'Upgrade', upgrade: 'x' } })
  await call(port, 'example.org:80', { method: 'CONNECT' })
  assert.deepEqual(recorded(registry), {
    durations: {
      'GET 127.0.0.1 2xx': 1,
      'HEAD 127.0.0.1 2xx': 1,
      'GET localhost 4xx': 1,
      'GET 127.0.0.1 1xx': 1,
      'CONNECT 127.0.0.1 2xx': 1,
    },
    errors: {},
    cancelled: 0,
    active: 0,
  })
})

const timeout = new DOMException('as it should', 'TimeoutError')

test('failed requests of node:http are errors: before the response, and where it breaks off after its headers', async (t) => {
  const registry = observed(t, { servers: false })
  const server = await answering(t)
  const { port } = server
  await call(await closedPort(), '/')
  await call(port, '/close')
  await call(port, '/reset')
  await call(port, '/break')
  await call(port, '/hang', {}, (request) => request.destroy(new TypeError('of the app')))
  const limit = new AbortController()
  server.arrived = () => limit.abort(timeout)
  await call(port, '/hang', { signal: limit.signal })
  assert.deepEqual(recorded(registry), {
    durations: { 'GET 127.0.0.1': 5, 'GET 127.0.0.1 2xx': 1 },
    errors: { ECONNREFUSED: 1, ECONNRESET: 3, TypeError: 1, TimeoutError: 1 },
    cancelled: 0,
    active: 0,
  })
})

test('requests of node:http that this process cancels are no errors, before and after the headers', async (t) => {
  const registry = observed(t, { servers: false })
  const server = await answering(t)
  const { port } = server
  await call(port, '/hang', {}, (request) => request.destroy())
  await call(port, '/hang', {}, (request) => {
    server.arrived = () => request.destroy()
  })
  await call(port, '/slow', {}, (_request, response) => response?.destroy())
  await call(port, '/slow', {}, (request, response) => void (response && request.destroy()))
  const before = new AbortController()
  server.arrived = () => before.abort()
  await call(port, '/hang', { signal: before.signal })
  const after = new AbortController()
  await call(port, '/slow', { signal: after.signal }, (_request, response) => void (response && after.abort()))
  assert.deepEqual(recorded(registry), { durations: {}, errors: {}, cancelled: 6, active: 0 })
})

const fetches = { 'fetch of Node': fetch, 'the package undici': undiciFetch as unknown as typeof fetch }
for (const [name, send] of Object.entries(fetches)) {
  test(`${name}: redirects are two, a break-off and a time limit are errors, a cancellation is none`, async (t) => {
    const registry = observed(t, { servers: false })
    const server = await answering(t)
    const url = (path: string): string => `http://127.0.0.1:${server.port}${path}`
    await (await send(url('/redirect'))).text()
    await (await send(url('/missing'), { method: 'POST', body: 'x' })).text()
    await assert.rejects(send(`http://127.0.0.1:${await closedPort()}/`))
    await assert.rejects(send(url('/close')))
    await assert.rejects(async () => (await send(url('/break'))).text())
    const limit = new AbortController()
    server.arrived = () => limit.abort(timeout)
    await assert.rejects(send(url('/hang'), { signal: limit.signal }))
    const before = new AbortController()
    server.arrived = () => before.abort()
    await assert.rejects(send(url('/hang'), { signal: before.signal }))
    const after = new AbortController()
    const response = await send(url('/slow'), { signal: after.signal })
    assert.equal(value(registry, 'http.client.active_requests'), 1)
    after.abort()
    await assert.rejects(response.text())
    await (await send(url('/slow'))).body?.cancel()
    await until(() => value(registry, 'http.client.active_requests') === 0)
    assert.deepEqual(recorded(registry), {
      durations: {
        'GET 127.0.0.1 3xx': 1,
        'GET 127.0.0.1 2xx': 2,
        'POST 127.0.0.1 4xx': 1,
        'GET 127.0.0.1': 3,
      },
      errors: { ECONNREFUSED: 1, UND_ERR_SOCKET: 2, TimeoutError: 1 },
      cancelled: 3,
      active: 0,
    })
  })
}

test('hosts past the limit share one label', async (t) => {
  const registry = observed(t, { servers: false, maxHosts: 1 })
  const { port } = await answering(t)
  for (const host of ['127.0.0.1', 'localhost', '127.0.0.1', '127.0.0.2']) await call(port, '/', { host })
  assert.deepEqual(durations(registry, 'client'), { 'GET 127.0.0.1 2xx': 2, 'GET _OTHER': 1, 'GET _OTHER 2xx': 1 })
})

test('a request that throws when it is looked at harms nothing, and is counted', async (t) => {
  const registry = observed(t, { servers: false })
  const { port } = await answering(t)
  for (const name of ['http.client.request.start', 'undici:request:create']) channel(name).publish(null)
  channel('undici:request:create').publish({ request: Object.freeze({ origin: 'http://x', method: 'GET' }) })
  channel('undici:request:trailers').publish({ request: {} })
  await call(port, '/')
  assert.equal(value(registry, 'plimsoll.failed', 'observer'), 3)
  assert.deepEqual(durations(registry, 'client'), { 'GET 127.0.0.1 2xx': 1 })
})
