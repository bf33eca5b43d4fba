import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Registry } from 'plimsoll'
import { prometheusContentType } from 'plimsoll/formats'
import { type StatusHandler, statusHandler } from 'plimsoll/http'
import { ask } from '../cli/scraping.ts'

type Mount = (framework: string, app: unknown) => void

interface Fixture {
  readonly apps: Readonly<Record<string, (mount: Mount) => Promise<Server>>>
  readonly RESPONSE_ALREADY_SENT: unknown
  nested(handler: StatusHandler): Server
}

const fixture: Fixture = await import(pathToFileURL('test/http/fixtures/mounts.mjs').href)

const source = new Registry()
source.counter('http.requests').inc()
source.gauge('queue.length').set(4)

const docs = readFileSync('docs/status.md', 'utf8')
const { apps, nested, RESPONSE_ALREADY_SENT } = fixture
const names = { source, statusHandler, RESPONSE_ALREADY_SENT, allow: 'loopback' }

/** Runs the line of docs/status.md that mounts a handler in a framework. */
function mount(framework: string, app: unknown): void {
  const [, code = ''] = new RegExp(`^\\| ${framework}.* \\| \`(.*?)\``, 'm').exec(docs) ?? []
  const status = statusHandler(source, { allow: 'loopback', path: '/status' })
  const given = { ...names, app, fastify: app, status }
  new Function(...Object.keys(given), code)(...Object.values(given))
}

async function listen(t: TestContext, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

for (const [name, start] of Object.entries(apps)) {
  test(`${name}: the handler answers at its mount with pages, branches, metrics and 404, and refuses what it must`, async (t) => {
    const url = await listen(t, await start(mount))
    assert.equal((await ask(`${url}/`)).text, 'the app')
    for (const path of ['/status', '/status/', '/status/http/']) {
      const { status, type, text } = await ask(url + path)
      assert.deepEqual([path, status, type], [path, 200, 'text/html; charset=utf-8'])
      const links = [...text.matchAll(/href="(\/[^"]*)"/g)].map(([, href = '']) => href)
      assert.ok(links.length > 2 && links.every((href) => href.startsWith('/status/')), `${path}: ${links}`)
      assert.equal(text.includes('id="m-queue.length"'), path !== '/status/http/')
    }
    const metrics = await ask(`${url}/status/metrics`)
    assert.deepEqual([metrics.status, metrics.type], [200, prometheusContentType])
    assert.match(metrics.text, /^http_requests_total 1$/m)
    assert.equal((await ask(`${url}/status/http/?format=json`)).type, 'application/json; charset=utf-8')
    assert.equal((await ask(`${url}/status/nothing/`)).status, 404)
    // Hono answers HEAD itself, before it knows the headers.
    const type = name === 'Hono' ? undefined : 'text/html; charset=utf-8'
    assert.deepEqual(await ask(`${url}/status/`, {}, 'HEAD'), { status: 200, type, text: '' })
    const refused = [
      { 'x-forwarded-for': '198.51.100.7' },
      { host: 'evil.example' },
      { 'sec-fetch-site': 'cross-site' },
    ]
    for (const headers of refused)
      for (const path of ['/status', '/status/metrics', '/status/nothing'])
        assert.deepEqual([path, headers, (await ask(url + path, headers)).status], [path, headers, 403])
    assert.equal((await ask(`${url}/`)).text, 'the app')
  })
}

test('in routers of Express, links lead below all mounts', async (t) => {
  const url = await listen(t, nested(statusHandler(source, { allow: 'loopback' })))
  const { text } = await ask(`${url}/ops/status/`)
  assert.match(text, /href="\/ops\/status\/http\/requests\/"/)
  assert.equal((await ask(`${url}/ops/status/nothing`)).status, 404)
})
