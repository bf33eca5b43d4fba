import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { apps, connection, durations, get, listen, observed, until, value } from './support.ts'

for (const name of ['express4', 'express5.1', 'express']) {
  const start = async (t: Parameters<typeof listen>[0]) => {
    const registry = observed(t, { clients: false })
    const port = await listen(t, (await apps.express?.(name))?.server as never)
    const send = async (paths: readonly string[]): Promise<Record<string, number>> => {
      for (const path of paths) await get(port, path)
      return durations(registry)
    }
    return { registry, port, send }
  }

  test(`${name}: routes are patterns, with those of all mounts, whatever the values in the path`, async (t) => {
    const { send, port } = await start(t)
    const first = [
      '/users/1',
      '/users/2?x=/users/3',
      '/orgs/acme/members/7',
      '/orgs/members/members/members/',
      '/orgs/x',
    ]
    await send(['/', ...first, '/API/v1/things/1', '/api/v1/things/things'])
    await get(port, '/users/9', { method: 'POST' })
    assert.deepEqual(await send(['/one', '/two', '/files-12', '/stream']), {
      'GET / 2xx': 1,
      'GET /users/:id 2xx': 2,
      'GET /orgs/:org/members/:member 2xx': 2,
      'GET /orgs/:org 2xx': 1,
      'GET /api/v1/things/:thing 2xx': 2,
      'POST /users/:id 2xx': 1,
      'GET /(/one|/two) 2xx': 2,
      'GET /^\\/files-(\\d+)$/ 2xx': 1,
      'GET /stream 2xx': 1,
    })
  })

  test(`${name}: an error has the pattern of its route, mount included, although baseUrl is empty by then`, async (t) => {
    const { send, registry } = await start(t)
    assert.deepEqual(await send(['/orgs/acme/fail', '/orgs/bcme/fail', '/orgs/acme/throw']), {
      'GET /orgs/:org/fail 5xx': 2,
      'GET /orgs/:org/throw 5xx': 1,
    })
    assert.equal(value(registry, 'plimsoll.failed'), 0)
  })

  test(`${name}: a router that is mounted twice has both patterns`, async (t) => {
    const { send } = await start(t)
    assert.deepEqual(await send(['/red/ping/1', '/blue/ping/1', '/blue/ping/2', '/red/ping/3']), {
      'GET /red/ping/:n 2xx': 2,
      'GET /blue/ping/:n 2xx': 2,
    })
  })

  test(`${name}: an app mounted in another has the path of its mount; until it has answered, its errors have an unknown one`, async (t) => {
    const { send, registry } = await start(t)
    assert.deepEqual(await send(['/admin/acme/boom']), { 'GET /*/boom 5xx': 1 })
    assert.deepEqual(await send(['/admin/acme/stats/monday', '/admin/b/stats/admin', '/admin/acme/days/today']), {
      'GET /*/boom 5xx': 1,
      'GET /admin/:tenant/stats/:day 2xx': 2,
      'GET /admin/:tenant/days/today 2xx': 1,
    })
    assert.equal(value(registry, 'plimsoll.failed'), 0)
  })

  test(`${name}: what no route answered has no route, and a mount that cannot be known is a star`, async (t) => {
    const { send } = await start(t)
    // The last one is malformed, which the app answers with an error of its own.
    const scanned = ['/wp-login.php', '/.env', '/users/1/2/3', '/orgs/acme/nothing', '/users/%E0%A4%A']
    assert.deepEqual(await send([...scanned, '/held/deep/somewhere', '/held/deep/somewhere']), {
      'GET  4xx': 4,
      'GET  5xx': 1,
      'GET /*/somewhere 2xx': 2,
    })
  })

  test(`${name}: mounts with several paths, with patterns and with parts of segments have routes, whichever path is first`, async (t) => {
    const { send } = await start(t)
    const paths = ['/b/7/in/1', '/a/in/2', '/b/8/in/3', '/r12/in/4', '/r7/in/5', '/pre-x/in/6']
    const texts: Readonly<Record<string, readonly string[]>> = {
      express4: ['/(/a|/b/:c)/in/:id', '/^\\/r\\d+/in/:id', '/pre-:name/in/:id'],
      'express5.1': ['/a/in/:id', '/b/:c/in/:id', '/*/in/:id'],
      express: ['/(/a|/b/:c)/in/:id', '/^\\/r\\d+/in/:id', '/pre-:name/in/:id'],
    }
    assert.deepEqual(Object.keys(await send(paths)).sort(), texts[name]?.map((text) => `GET ${text} 2xx`).sort())
  })

  test(`${name}: HEAD, keep-alive, pipelining and aborted requests count as on a bare server`, async (t) => {
    const { registry, port } = await start(t)
    await get(port, '/users/1', { method: 'HEAD' })
    const socket = await connection(t, port)
    socket.write('GET /users/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n')
    socket.write('GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    socket.resume()
    await once(socket, 'close')
    const broken = await connection(t, port)
    broken.write('POST /users/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n')
    await until(() => value(registry, 'http.server.connections') === 3)
    broken.destroy()
    await until(() => value(registry, 'http.server.active_connections') === 0)
    assert.deepEqual(durations(registry), {
      'HEAD /users/:id 2xx': 1,
      'GET /users/:id 2xx': 1,
      'GET  4xx': 1,
      'GET /stream 2xx': 1,
      ...(value(registry, 'http.server.aborted_requests') === 0 && { 'POST /users/:id 2xx': 1 }),
    })
  })
}
