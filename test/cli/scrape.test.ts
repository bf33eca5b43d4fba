import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { publish, Registry } from 'plimsoll'
import {
  openMetricsContentType,
  parseJson,
  prometheusContentType,
  prometheusProtobufContentType,
} from 'plimsoll/formats'
import type { Snapshot } from 'plimsoll/snapshot'
import { startServer } from '#src/cli/serve/serve.ts'
import { newFolder, plimsoll, publisher } from './processes.ts'
import { ask, linesOf, scraping } from './scraping.ts'

const json = 'application/json; charset=utf-8'

test('scrape adds up the processes of each app, stopped and killed ones included, and labels the apps', async (t) => {
  const folder = newFolder(t)
  const stopped = await publisher(t, folder, 'shop', 'count 5', 'queue 2')
  await publisher(t, folder, 'shop', 'count 3', 'queue 4')
  await publisher(t, folder, 'mail', 'count 1')
  const killed = await publisher(t, folder, 'mail', 'count 8')
  const { url } = await scraping(t, '--dir', folder)
  process.kill(stopped.pid, 'SIGSTOP')
  await killed.kill()
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(url)))
  for (const answer of answers) {
    assert.deepEqual(linesOf(answer, 'http_requests_total'), [
      'http_requests_total{app="mail",route="/cart",status="200"} 9',
      'http_requests_total{app="shop",route="/cart",status="200"} 8',
    ])
    assert.deepEqual(linesOf(answer, 'queue_length{app="shop"}'), ['queue_length{app="shop"} 6'])
  }
})

test('scrape of one app has the labels that the app declared, and sees what comes between two scrapes', async (t) => {
  const folder = newFolder(t)
  const { order } = await publisher(t, folder, 'shop', 'count 5')
  await publisher(t, folder, 'mail', 'count 1')
  const { url } = await scraping(t, 'shop', '--dir', folder)
  const requests = async (): Promise<string[]> => linesOf(await ask(url), 'http_requests_total')
  assert.deepEqual(await requests(), ['http_requests_total{route="/cart",status="200"} 5'])
  await order('count 2')
  assert.deepEqual(await requests(), ['http_requests_total{route="/cart",status="200"} 7'])
})

test('the Accept header, the query or the path chooses the format', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'count 5')
  const { url } = await scraping(t, '--dir', folder)
  const accepts: Readonly<Record<string, string>> = {
    '': prometheusContentType,
    '*/*': prometheusContentType,
    'text/html,application/xml;q=0.9,*/*;q=0.8': prometheusContentType,
    'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1': openMetricsContentType,
    'application/openmetrics-text;version=0.0.1,text/plain;q=0.3': prometheusContentType,
    'application/json': json,
    'application/*;q=0.2, text/plain;q=0.1': openMetricsContentType,
    'application/json;q=0.5, */*': prometheusContentType,
    'application/json;q=0, nonsense;;=, q=': prometheusContentType,
    // What Prometheus 2.42 sends with native histograms, 2.42 without, and 3.0.
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1':
      prometheusProtobufContentType,
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1':
      openMetricsContentType,
    'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5': prometheusContentType,
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text,text/plain;q=0.5':
      prometheusContentType,
  }
  for (const [accept, type] of Object.entries(accepts)) {
    const answer = await ask(url, accept === '' ? {} : { accept })
    assert.deepEqual([accept, answer.status, answer.type], [accept, 200, type])
  }
  assert.match((await ask(`${url}?format=openmetrics`)).text, /\n# EOF\n$/)
  assert.equal((await ask(`${url}?format=xml`)).status, 400)
  const { type, text } = await ask(`${url}.json`)
  assert.equal(type, json)
  assert.deepEqual(
    parseJson(text).pages.map(({ app, state }) => [app, state]),
    [['shop', 'live']],
  )
})

test('other paths, methods and host names are refused, and HEAD has no body', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'count 5')
  const { url } = await scraping(t, '--dir', folder)
  const { host, origin } = new URL(url)
  assert.equal((await ask(`${origin}/`)).status, 404)
  assert.equal((await ask(`${origin}/metrics/x`)).status, 404)
  assert.equal((await ask(url, {}, 'POST')).status, 405)
  assert.deepEqual(await ask(url, {}, 'HEAD'), { status: 200, type: prometheusContentType, text: '' })
  for (const good of [host, 'localhost', 'LOCALHOST:1', '[::1]:80', '127.9.9.9']) {
    assert.deepEqual([good, (await ask(url, { host: good })).status], [good, 200])
  }
  for (const bad of ['evil.example', `evil.example:${new URL(url).port}`, 'localhost.evil.example', '10.0.0.1']) {
    assert.deepEqual([bad, (await ask(url, { host: bad })).status], [bad, 403])
  }
})

test('requests that come while a read is under way share it, and a read that fails is answered', async (t) => {
  let reads = 0
  const waiting: ((given: Snapshot | Error) => void)[] = []
  const source = {
    async read(): Promise<Snapshot> {
      reads++
      const given = await new Promise<Snapshot | Error>((resolve) => {
        waiting.push(resolve)
      })
      if (given instanceof Error) throw given
      return given
    },
  }
  const server = await startServer(source, { port: 0 })
  t.after(() => server.close())
  const arrived = async (count: number, given: Snapshot | Error): Promise<number[]> => {
    const asked = Array.from({ length: count }, () => fetch(server.url))
    // All are taken in well before this one, which comes last and needs no read, is answered.
    await fetch(`${server.url}/none`)
    while (reads === 0) await new Promise((resolve) => setImmediate(resolve))
    for (const release of waiting.splice(0)) release(given)
    return Promise.all(asked.map(async (one) => (await one).status))
  }
  assert.deepEqual(new Set(await arrived(10, new Registry().read())), new Set([200]))
  assert.ok(reads <= 2, `${reads} reads`)
  reads = 0
  assert.deepEqual(await arrived(1, new Error('no luck')), [500])
})

test('a page that cannot be read is told once and hides no other, and SIGTERM ends scrape with code 0', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'count 5')
  writeFileSync(join(folder, 'garbage.page'), 'garbage')
  const { url, child, end } = await scraping(t, 'shop', 'shup', '--dir', folder)
  for (let i = 0; i < 3; i++) {
    const lines = linesOf(await ask(url), 'http_requests_total')
    assert.deepEqual(lines, ['http_requests_total{app="shop",route="/cart",status="200"} 5'])
  }
  child.kill('SIGTERM')
  const { code, signal, stderr } = await end()
  assert.deepEqual({ code, signal }, { code: 0, signal: null })
  assert.deepEqual(stderr.match(/PLIMSOLL_\w+/g), ['PLIMSOLL_PAGE_UNKNOWN', 'PLIMSOLL_PAGE_NOT_FOUND'])
})

test('scrape says at once, and not with its first answer, that an app or a directory has no pages yet', async (t) => {
  const folder = newFolder(t)
  const scrapes = await Promise.all([scraping(t, 'shup', '--dir', folder), scraping(t, '--dir', join(folder, 'none'))])
  const messages = scrapes.map(async ({ child, end }) => {
    child.kill('SIGTERM')
    return (await end()).stderr
  })
  assert.match(
    (await messages[0]) ?? '',
    /^plimsoll: PLIMSOLL_PAGE_NOT_FOUND No app, process or page "shup" found[^\n]*\n$/,
  )
  assert.match((await messages[1]) ?? '', /^plimsoll: nobody publishes in \S+none, which does not exist yet\.[^\n]*\n$/)
})

test('where nothing at all can be read, scrape answers with an error and not with an empty page', async (t) => {
  const folder = newFolder(t)
  writeFileSync(join(folder, 'users.page'), 'root:x:0:0')
  const { url } = await scraping(t, '--dir', folder)
  const { status, text } = await ask(url)
  assert.equal(status, 503)
  assert.match(text, /^The metrics cannot be read: .*users[.]page is not a page/)
  const empty = newFolder(t)
  const other = await scraping(t, '--dir', empty)
  assert.deepEqual(await ask(other.url), {
    status: 503,
    type: 'text/plain; charset=utf-8',
    text: `The metrics cannot be read: No page of any app in ${empty}.\n`,
  })
  for (const [each, dir] of [
    [url, folder],
    [other.url, empty],
  ] as const) {
    await publisher(t, dir, 'shop', 'count 5')
    assert.equal((await ask(each)).status, 200)
  }
})

test('a port that is taken, and one that is none, end scrape before it begins', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const taken = await plimsoll('scrape', '--port', String(port), '--dir', newFolder(t))
  assert.equal(taken.status, 1)
  assert.match(taken.stderr, /^plimsoll: PLIMSOLL_SERVE_FAILED .*EADDRINUSE/)
  const wrong = await plimsoll('scrape', '--port', '65536')
  assert.deepEqual([wrong.status, wrong.stdout], [2, ''])
  assert.match(wrong.stderr, /: 65536\. Expected a port from 0 to 65535\./)
})

test('an address that others reach is served only when it is given, with a word about it', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop')
  const { url, child, end } = await scraping(t, '--listen', '0.0.0.0', '--dir', folder)
  const { port } = new URL(url)
  assert.equal(url, `http://0.0.0.0:${port}/metrics`)
  assert.equal((await ask(`http://127.0.0.1:${port}/metrics`, { host: 'web-1.example' })).status, 200)
  child.kill('SIGINT')
  const { code, stderr } = await end()
  assert.deepEqual(
    { code, stderr },
    { code: 0, stderr: 'plimsoll: everyone who can reach 0.0.0.0 can read all metrics.\n' },
  )
})

test('a metric that two apps declare in two ways, or under names that come out alike, is counted as a conflict', async (t) => {
  const folder = newFolder(t)
  const publishOne = (app: string, declare: (registry: Registry) => void): void => {
    const registry = new Registry()
    declare(registry)
    const publication = publish({ registry, dir: folder, app, onWarning: () => {} })
    t.after(() => publication.close())
  }
  publishOne('shop', (registry) => {
    registry.counter('jobs').inc()
    registry.gauge('queue.length').set(4)
  })
  publishOne('mail', (registry) => {
    registry.gauge('jobs').set(7)
    registry.gauge('queue_length').set(5)
  })
  const answer = await ask((await scraping(t, '--dir', folder)).url)
  assert.deepEqual(linesOf(answer, 'plimsoll_conflicts{').sort(), [
    'plimsoll_conflicts{family="jobs"} 1',
    'plimsoll_conflicts{family="queue_length"} 1',
  ])
  assert.equal(linesOf(answer, '# plimsoll: left out').length, 2)
  assert.deepEqual(linesOf(answer, 'queue_length{'), ['queue_length{app="shop"} 4'])
})
