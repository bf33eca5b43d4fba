import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { publish, Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { openMetricsContentType, parseJson, prometheusContentType } from 'plimsoll/formats'
import { statusHandler } from 'plimsoll/http'
import { newFolder } from '../cli/processes.ts'
import { ask, askBytes } from '../cli/scraping.ts'
import { serveHandler } from './apps.ts'

function shop(): Registry {
  const registry = new Registry()
  const requests = registry.counter('http.requests', { labels: ['route', 'status'], help: 'Answered requests' })
  requests.labels({ route: '/cart', status: '200' }).add(5)
  requests.labels({ route: '/cart', status: '500' }).add(2)
  requests.labels({ route: 'a/b c', status: '200' }).add(1)
  registry.timer('http.latency').record(0.25)
  registry.gauge('queue.length').set(4)
  registry.counter('errors').add(7)
  return registry
}

/** The names of the metrics on a page. */
function metricsOf(page: string): string[] {
  return [...page.matchAll(/ id="m-([^"]*)"/g)].map(([, name]) => name as string)
}

test('the page shows all metrics, a path those below it, and a path with label values these series', async (t) => {
  const url = await serveHandler(t, statusHandler(shop(), { allow: 'loopback', title: 'shop' }))
  const all = await ask(url)
  assert.deepEqual([all.status, all.type], [200, 'text/html; charset=utf-8'])
  assert.deepEqual(metricsOf(all.text).sort(), ['errors', 'http.latency', 'http.requests', 'queue.length'])
  const below: Readonly<Record<string, string[]>> = {
    '/http/': ['http.latency', 'http.requests'],
    '/http': ['http.latency', 'http.requests'],
    '/http/latency/': ['http.latency'],
    '/http.latency': ['http.latency'],
    '/http/requests/%2Fcart/': ['http.requests'],
    '/http/requests/a%2Fb%20c/200': ['http.requests'],
  }
  for (const [path, names] of Object.entries(below)) {
    const { status, text } = await ask(url + path)
    assert.deepEqual([path, status, metricsOf(text)], [path, 200, names])
  }
  const cart = parseJson((await ask(`${url}/http/requests/%2Fcart/?format=json`)).text)
  assert.deepEqual(
    cart.families.flatMap(({ series }) => series.map(({ labels }) => labels.status)),
    ['200', '500'],
  )
})

test('a path without metrics is 404 in every format, and no path or host leads out of the tree', async (t) => {
  const url = await serveHandler(t, statusHandler(shop(), { allow: 'loopback' }))
  const paths = [
    '/nothing',
    '/http/nothing/',
    '/http/requests/%2Fnone',
    '/..%2f..%2fetc%2fpasswd',
    '/__proto__',
    '/constructor/name',
    '/%00',
  ]
  for (const path of paths) {
    for (const format of ['html', 'json', 'prometheus']) {
      assert.deepEqual([path, (await ask(`${url}${path}?format=${format}`)).status], [path, 404])
    }
  }
  const { port } = new URL(url)
  const raw = async (target: string, host = 'localhost'): Promise<string> => {
    const socket = createConnection(Number(port), '127.0.0.1')
    socket.end(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    let text = ''
    for await (const piece of socket.setEncoding('utf8')) text += piece
    return text.slice(0, 12)
  }
  assert.equal(await raw('/../../../etc/passwd'), 'HTTP/1.1 404')
  assert.equal(await raw('/http/../../errors'), 'HTTP/1.1 404')
  assert.equal(await raw('http://evil.example/'), 'HTTP/1.1 400')
  assert.equal(await raw('/', 'evil.example'), 'HTTP/1.1 403')
  assert.equal(await raw('/', ''), 'HTTP/1.1 403')
  assert.equal(await raw('/', 'localhost\r\nHost: evil.example'), 'HTTP/1.1 403')
  assert.equal(await raw('*'), 'HTTP/1.1 400')
  assert.equal(await raw('/%ff'), 'HTTP/1.1 400')
})

test('what is missing or unknown is named, with what there is instead', async (t) => {
  const url = await serveHandler(t, statusHandler(shop(), { allow: 'loopback' }))
  const nobody = await serveHandler(t, statusHandler(fleet('shop', { dir: newFolder(t) }), { allow: 'loopback' }))
  assert.match((await ask(nobody)).text, /No process publishes under this name yet/)
  const missing = (await ask(`${url}/nothing`)).text
  assert.match(missing, /No metric has this path/)
  assert.doesNotMatch(missing, /No metrics yet/)
  for (const path of ['/profile', '/blocked?format=text'])
    assert.match((await ask(url + path)).text, /Profiles are switched off here. They need the option profile: true/)
  assert.match(
    (await ask(`${url}/?filter=p99%20%3E%201`)).text,
    /Nothing matches <code>p99 &gt; 1<.*<code>\*\.p99 &gt;/,
  )
  const formats = 'prometheus, openmetrics, json, prettyjson, protobuf'
  assert.equal((await ask(`${url}/?format=xml`)).text, `Unknown format "xml". The formats are ${formats}.\n`)
  assert.equal((await ask(`${url}/?by=app`)).text, 'Invalid by: "app". It must be worker.\n')
})

test('the query selects the format, /metrics negotiates it, and long answers come in gzip', async (t) => {
  const url = await serveHandler(t, statusHandler(shop(), { allow: 'loopback' }))
  assert.equal((await ask(`${url}/?format=prometheus`)).type, prometheusContentType)
  assert.match((await ask(`${url}/?format=openmetrics`)).text, /\n# EOF\n$/)
  assert.equal((await ask(`${url}/metrics`)).type, prometheusContentType)
  assert.equal(
    (await ask(`${url}/metrics`, { accept: 'application/openmetrics-text;version=1.0.0' })).type,
    openMetricsContentType,
  )
  const json = await ask(`${url}/http/?format=json`)
  assert.equal(json.type, 'application/json; charset=utf-8')
  assert.equal(parseJson(json.text).families.length, 2)
  const pretty = await ask(`${url}/?format=prettyjson`)
  assert.match(pretty.text, /^\{\n {2}"version": 1,\n/)
  assert.equal((await ask(`${url}/metrics.json`)).type, json.type)
  assert.equal((await ask(`${url}/?format=xml`)).status, 400)
  const { bytes, headers } = await askBytes(url, { 'accept-encoding': 'gzip' })
  assert.equal(headers['content-encoding'], 'gzip')
  assert.match(gunzipSync(bytes).toString(), /^<!doctype html>/)
})

test('the filter takes selectors, query is another name for it, and what is no selector is said on the page', async (t) => {
  const url = await serveHandler(t, statusHandler(shop(), { allow: 'loopback' }))
  const found = async (query: string): Promise<string[]> => metricsOf((await ask(`${url}/?${query}`)).text)
  assert.deepEqual(await found('filter=latency.p99%20%3E%200.2'), ['http.latency'])
  assert.deepEqual(await found('filter=latency.p99%20%3E%200.5'), [])
  assert.deepEqual(await found('filter=errors'), ['errors'])
  assert.deepEqual(await found('filter=http.*'), ['http.latency', 'http.requests'])
  assert.deepEqual(await found('query=errors%20==%207'), ['errors'])
  assert.deepEqual(await found('query=errors%20%3E=%208'), [])
  const wrong = await ask(`${url}/?filter=%7Bx`)
  assert.equal(wrong.status, 400)
  assert.match(wrong.text, /Invalid filter for the request: .*\{x/)
  assert.equal((await ask(`${url}/?filter=%7Bx&format=json`)).status, 400)
})

test('a filter that could take minutes is refused at once', async (t) => {
  const url = await serveHandler(t, statusHandler(shop(), { allow: 'loopback' }))
  const asked = (filter: string) => ask(`${url}/?format=json&filter=${encodeURIComponent(filter)}`)
  assert.match((await asked('{route=~(a+)+$}')).text, /in place of a regular expression/)
  assert.match((await asked('x'.repeat(501))).text, /at most 500 characters/)
  assert.match((await asked('a '.repeat(21))).text, /at most 20 selectors/)
})

test('a query of a megabyte and a path of five kilobytes are refused', async (t) => {
  const url = await serveHandler(t, statusHandler(shop(), { allow: 'loopback' }))
  const socket = createConnection(Number(new URL(url).port), '127.0.0.1')
  let text = ''
  socket.setEncoding('utf8').on('data', (piece) => {
    text += piece
  })
  // Node closes the connection while the rest is still being sent: the response may be lost with it.
  socket.on('error', () => {})
  socket.write(`GET /?filter=${'a'.repeat(2 ** 20)} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  await new Promise((resolve) => socket.once('close', resolve))
  assert.match(text, /^$|^HTTP\/1\.1 431 /)
  assert.equal((await ask(`${url}/${'a'.repeat(5000)}`)).status, 414)
})

test('only GET and HEAD are answered', async (t) => {
  const url = await serveHandler(t, statusHandler(shop(), { allow: 'loopback', profile: true }))
  assert.equal((await ask(url, {}, 'POST')).status, 405)
  assert.equal((await ask(`${url}/profile`, {}, 'POST')).status, 405)
  assert.deepEqual(await ask(url, {}, 'HEAD'), { status: 200, type: 'text/html; charset=utf-8', text: '' })
})

test('by=worker tells the processes of a fleet apart, and a registry has none', async (t) => {
  const dir = newFolder(t)
  for (const count of [1, 2]) {
    const registry = new Registry()
    registry.counter('sales').add(count)
    const publication = publish({ registry, app: 'shop', dir })
    t.after(() => publication.close())
  }
  const source = fleet('shop', { dir })
  t.after(() => source.close())
  const url = await serveHandler(t, statusHandler(source, { allow: 'loopback' }))
  assert.match((await ask(`${url}/metrics`)).text, /^sales_total 3$/m)
  assert.match(
    (await ask(`${url}/metrics?by=worker`)).text,
    new RegExp(`^sales_total{worker="",pid="${process.pid}",tid="0"} 3$`, 'm'),
  )
  assert.match((await ask(`${url}/?by=worker`)).text, /pid=\d+/)
  assert.equal((await ask(`${url}/?by=host`)).status, 400)
  const plain = await serveHandler(t, statusHandler(shop(), { allow: 'loopback' }))
  assert.equal((await ask(`${plain}/?by=worker`)).status, 400)
})

test('links lead below the mount point, and other paths go to the next handler', async (t) => {
  const handler = statusHandler(shop(), { allow: 'loopback', path: '/status' })
  const url = await serveHandler(t, (request, response) => {
    handler(request, response, () => response.end('the app'))
  })
  assert.equal((await ask(`${url}/`)).text, 'the app')
  assert.equal((await ask(`${url}/statuses`)).text, 'the app')
  for (const path of ['/status', '/status/', '/status/http/']) {
    const { text } = await ask(url + path)
    const links = [...text.matchAll(/href="([^"]*)"/g)].map(([, href]) => href as string)
    assert.deepEqual(
      links.filter((href) => !href.startsWith('/status/') && href !== 'data:,'),
      [],
    )
    assert.ok(links.length > 5)
  }
  const alone = await serveHandler(t, handler)
  assert.equal((await ask(`${alone}/`)).status, 404)
})

test('the mount point of Express is in front of links, and a base that is no path is not', async (t) => {
  const handler = statusHandler(shop(), { allow: 'loopback' })
  let baseUrl = '/ops/status'
  const url = await serveHandler(t, (request, response) => handler(Object.assign(request, { baseUrl }), response))
  assert.match((await ask(url)).text, /href="\/ops\/status\/http\/latency\/"/)
  baseUrl = '//evil.example'
  assert.match((await ask(url)).text, /href="\/http\/latency\/"/)
})

test('hostile names, labels, texts and filters stay text on the page', async (t) => {
  const registry = new Registry()
  const hostile = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '\u001b[31mred\u001b[0m',
    '\u202egnp.exe',
    '\u0000\u0007\u009b',
    '</title></style></textarea>',
    'javascript:alert(1)',
  ]
  const counter = registry.counter('evil', { labels: ['x'], help: hostile.join(' ') })
  for (const x of hostile) counter.labels({ x }).inc()
  registry
    .text('words', { labels: ['x'] })
    .labels({ x: hostile.join('') })
    .set(hostile.join(' '))
  const url = await serveHandler(t, statusHandler(registry, { allow: 'loopback', title: hostile.join('') }))
  const paths = [
    '/',
    `/evil/${encodeURIComponent(hostile[0] as string)}`,
    `/?filter=${encodeURIComponent('"<script>alert(1)</script>"')}`,
    `/${encodeURIComponent(hostile[1] as string)}`,
  ]
  for (const path of paths) {
    const { text } = await ask(url + path)
    const tags = new Set([...text.matchAll(/<([a-z][\w-]*)/gi)].map(([, tag]) => tag))
    assert.ok(!tags.has('img'), path)
    assert.equal(text.match(/<script/g)?.length, 1)
    assert.doesNotMatch(text, /<[^>]* on[a-z]+=/)
    assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Cf}]/u)
  }
})

test('the page asks nothing of other servers, and only its own script and style may run', async (t) => {
  const url = await serveHandler(t, statusHandler(shop(), { allow: 'loopback' }))
  const answer = await fetch(url)
  const text = await answer.text()
  const policy = answer.headers.get('content-security-policy') ?? ''
  for (const tag of ['script', 'style']) {
    const [, inner = ''] = new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(text) ?? []
    const hash = createHash('sha256').update(inner).digest('base64')
    assert.ok(policy.includes(`${tag}-src 'sha256-${hash}'`), tag)
  }
  assert.match(policy, /^default-src 'none'; .*frame-ancestors 'none'$/)
  assert.doesNotMatch(policy, /unsafe|\*/)
  assert.doesNotMatch(text, /https?:/)
  assert.doesNotMatch(text, / style=/)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
})

test('requests beyond what is answered at once are told to come again, and those that come together share a read', async (t) => {
  let release: () => void = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let reads = 0
  const registry = shop()
  const source = {
    read: async () => {
      reads++
      await held
      return registry.read()
    },
  }
  const url = await serveHandler(t, statusHandler(source, { allow: 'loopback' }))
  let answered = 0
  const asked = Array.from({ length: 40 }, async () => {
    const { status } = await ask(url)
    // Only those beyond are answered while the read is held.
    if (++answered === 8) release()
    return status
  })
  const statuses = await Promise.all(asked)
  assert.equal(statuses.filter((status) => status === 200).length, 32)
  assert.equal(statuses.filter((status) => status === 503).length, 8)
  assert.equal(reads, 1)
  assert.equal((await fetch(url)).status, 200)
})

test('a source that cannot be read is answered with 500 and the reason', async (t) => {
  const source = {
    read: () => {
      throw new Error('no luck')
    },
  }
  const url = await serveHandler(t, statusHandler(source, { allow: 'loopback' }))
  const { status, text } = await ask(url)
  assert.deepEqual([status, text], [500, 'The metrics cannot be read: no luck.\n'])
})

test('a client that leaves early takes no place', async (t) => {
  const url = await serveHandler(t, statusHandler(shop(), { allow: 'loopback' }))
  const { port } = new URL(url)
  for (let i = 0; i < 40; i++) {
    const socket = createConnection(Number(port), '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(socket, 'connect')
    socket.resetAndDestroy()
  }
  assert.equal((await ask(url)).status, 200)
})
