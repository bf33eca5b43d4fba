import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { type AddressInfo, connect as connectSocket } from 'node:net'
import { test } from 'node:test'
import { setRoute } from 'plimsoll/runtime'
import { Client } from 'undici'
import { closedPort, durations, labelled, observed, until, value } from './support.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
/** Whether Node publishes what HTTP/2 servers do. */
const isTold = major >= 24 || (major === 22 && minor >= 23)

async function send(session: ClientHttp2Session, headers: OutgoingHttpHeaders): Promise<void> {
  const stream = session.request(headers)
  stream.on('error', () => {}).resume()
  const closed = new Promise((resolve) => stream.once('close', resolve))
  stream.end()
  await closed
}

test('servers of HTTP/2 are recorded where Node tells, with routes, aborts and bytes', async (t) => {
  const registry = observed(t, { clients: false })
  const server = createServer((request, response) => {
    setRoute(request, '/known/:id')
    if (request.url === '/reset') request.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    else if (request.url !== '/hang') response.writeHead(request.url === '/missing' ? 404 : 200).end('x'.repeat(1000))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  t.after(() => session.destroy())
  await Promise.all([1, 2, 3].map((id) => send(session, { ':path': `/known/${id}` })))
  await send(session, { ':path': '/missing', ':method': 'PUT' })
  await send(session, { ':path': '/reset' })
  const hanging = session.request({ ':path': '/hang' })
  hanging.on('error', () => {})
  await until(() => !isTold || value(registry, 'http.server.active_requests') === 1)
  const closed = new Promise((resolve) => hanging.once('close', resolve))
  hanging.close(constants.NGHTTP2_CANCEL)
  await closed
  session.close()
  await until(() => value(registry, 'http.server.active_connections') === 0)
  if (!isTold) {
    assert.deepEqual(durations(registry), {})
    return
  }
  assert.deepEqual(durations(registry), { 'GET /known/:id 2xx': 3, 'PUT /known/:id 4xx': 1 })
  assert.equal(value(registry, 'http.server.requests', 'local'), 6)
  assert.equal(value(registry, 'http.server.aborted_requests'), 2)
  assert.equal(value(registry, 'http.server.active_requests'), 0)
  assert.equal(value(registry, 'http.server.connections'), 1)
  assert.ok(value(registry, 'http.server.network.io', 'transmit') > 4000)
  assert.equal(value(registry, 'plimsoll.failed'), 0)
})

test('clients of HTTP/2 are recorded where Node tells, with failures and cancellations', async (t) => {
  const registry = observed(t, { servers: false })
  const server = createServer((request, response) => {
    if (request.url === '/reset') request.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    else if (request.url === '/break') {
      response.writeHead(200)
      response.write('x', () => request.stream.close(constants.NGHTTP2_INTERNAL_ERROR))
    } else if (request.url === '/slow') response.writeHead(200).write('x')
    else if (request.url !== '/hang') response.writeHead(request.url === '/missing' ? 404 : 200).end('x')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  t.after(() => {
    session.destroy()
    server.close()
  })
  const read: OutgoingHttpHeaders[] = [{ ':path': '/' }, { ':path': '/', ':method': 'HEAD' }]
  for (const headers of [
    ...read,
    { ':path': '/missing', ':method': 'PUT' },
    { ':path': '/reset' },
    { ':path': '/break' },
  ])
    await send(session, headers)
  const given: readonly (readonly [string, (stream: ClientHttp2Stream) => void])[] = [
    ['/hang', (stream) => stream.destroy()],
    ['/hang', (stream) => stream.close(constants.NGHTTP2_CANCEL)],
    ['/slow', (stream) => stream.once('response', () => stream.destroy())],
  ]
  for (const [path, act] of given) {
    const stream = session.request({ ':path': path })
    stream.end()
    act(stream)
    await new Promise((resolve) => stream.once('close', resolve))
  }
  const abort = new AbortController()
  const aborted = session.request({ ':path': '/hang' }, { signal: abort.signal })
  aborted.on('error', () => {})
  abort.abort()
  await new Promise((resolve) => aborted.once('close', resolve))
  const lost = connect(`http://127.0.0.1:${await closedPort()}`)
  lost.on('error', () => {})
  await send(lost, { ':path': '/' })
  if (!isTold) {
    assert.deepEqual(durations(registry, 'client'), {})
    return
  }
  assert.deepEqual(durations(registry, 'client'), {
    'GET 127.0.0.1 2xx': 2,
    'HEAD 127.0.0.1 2xx': 1,
    'PUT 127.0.0.1 4xx': 1,
    'GET 127.0.0.1': 2,
  })
  assert.deepEqual(labelled(registry, 'http.client.errors'), { ERR_HTTP2_STREAM_ERROR: 2, ECONNREFUSED: 1 })
  assert.equal(value(registry, 'http.client.cancelled_requests'), 4)
  assert.equal(value(registry, 'http.client.active_requests'), 0)
  assert.equal(value(registry, 'plimsoll.failed'), 0)
})

test('requests of undici over HTTP/2 are recorded once, although both publish them', async (t) => {
  const registry = observed(t, { servers: false })
  const server = createServer((request, response) => {
    if (request.url === '/reset') request.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    else response.writeHead(request.url === '/missing' ? 404 : 200).end(request.httpVersion)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = new Client(`http://127.0.0.1:${port}`, {
    allowH2: true,
    // What a TLS connection has where both sides agree on HTTP/2.
    connect: (_options, callback) => {
      const socket = Object.assign(connectSocket(port, '127.0.0.1'), { alpnProtocol: 'h2' })
      socket.once('connect', () => callback(null, socket as never))
    },
  })
  t.after(async () => {
    await client.destroy()
    server.close()
  })
  const send = async (path: string): Promise<string> => (await client.request({ path, method: 'GET' })).body.text()
  assert.deepEqual([await send('/'), await send('/missing')], ['2.0', '2.0'])
  await assert.rejects(send('/reset'))
  await until(() => value(registry, 'http.client.active_requests') === 0)
  assert.deepEqual(durations(registry, 'client'), {
    'GET 127.0.0.1 2xx': 1,
    'GET 127.0.0.1 4xx': 1,
    'GET 127.0.0.1': 1,
  })
  assert.equal(
    Object.values(labelled(registry, 'http.client.errors')).reduce((sum, count) => sum + count, 0),
    1,
  )
  assert.equal(value(registry, 'plimsoll.failed'), 0)
})
