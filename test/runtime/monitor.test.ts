import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { type PlimsollError, Registry } from 'plimsoll'
import { type Monitor, type MonitorMetrics, type MonitorOptions, monitor } from 'plimsoll/runtime'
import { ask } from '../cli/scraping.ts'

function start(t: TestContext, options: MonitorOptions = {}) {
  const warnings: PlimsollError[] = []
  const registry = new Registry()
  const given = { registry, onWarning: (warning: PlimsollError) => void warnings.push(warning), ...options }
  const monitored = monitor(undefined, given)
  t.after(() => monitored.stop())
  return { registry, monitored, codes: () => warnings.map(({ code }) => code) }
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  const end = performance.now() + 30_000
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(`${what} did not come`)
    await wait(5)
  }
}

test('A monitor without a server has the process, and counts and gauges by name', async (t) => {
  const { registry, monitored } = start(t)
  registry
    .counter('jobs', { labels: ['queue'] })
    .labels({ queue: 'mail' })
    .inc(4)
  monitored.count('signups')
  monitored.count('signups', 2)
  monitored.set('queue.length', 7)
  monitored.kv('queue.length', 5)
  const { process: own, counters, gauges } = JSON.parse(JSON.stringify(monitored.metrics())) as MonitorMetrics
  assert.equal(counters.signups, 3)
  assert.equal(counters['jobs{queue=mail}'], 4)
  assert.equal(gauges['queue.length'], 5)
  assert.ok((own.uptime as number) > 0 && (own.meminfo.rss_bytes as number) > 10e6)
  assert.ok((own.cpu.user_time as number) > 0 && (own.cpu.system_time as number) >= 0)
  if (process.platform !== 'linux') return
  // Read from files of the system, once a second has passed.
  let read = own
  while (read.num_fds === undefined) {
    await wait(20)
    read = monitored.metrics().process
  }
  assert.ok(read.num_fds > 2 && (read.cpu.num_threads as number) > 1)
  assert.ok((read.meminfo.vsz_bytes as number) > (read.meminfo.rss_bytes as number))
})

test('Each reader gets the extremes since it looked last, and takes them from no other', (t) => {
  const { monitored } = start(t)
  const extremes = (reader?: string): unknown => {
    const { min_gauges: min, max_gauges: max } = monitored.metrics(reader)
    return { min: { ...min }, max: { ...max } }
  }
  monitored.set('depth', 5)
  monitored.set('depth', 2)
  assert.deepEqual(extremes('a'), { min: { depth: 2 }, max: { depth: 5 } })
  assert.deepEqual(extremes('a'), { min: {}, max: {} })
  monitored.set('depth', 3)
  assert.deepEqual(extremes('b'), { min: { depth: 2 }, max: { depth: 5 } })
  assert.deepEqual(extremes('a'), { min: { depth: 3 }, max: { depth: 3 } })
  assert.deepEqual(extremes(), { min: { depth: 2 }, max: { depth: 5 } })
  monitored.set('__proto__', 1)
  monitored.set('depth', Number.NaN)
  assert.deepEqual(extremes('a'), { min: {}, max: {} })
  // Whoever makes up readers makes it forget those who have not looked for long, and no more.
  for (let i = 0; i < 200; i++) monitored.metrics(`made up ${i}`)
  assert.deepEqual(extremes('b'), { min: { depth: 2 }, max: { depth: 5 } })
})

test('Requests of its server are counted by where they come from', async (t) => {
  const server = createServer((_, response) => response.end())
  const registry = new Registry()
  const listeners = server.listenerCount('request')
  const monitored = monitor(server, { registry })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  for (let i = 0; i < 3; i++) await (await fetch(`http://127.0.0.1:${port}/`)).text()
  const { counters } = monitored.metrics()
  const { requests, localhost_requests: local, private_requests: near } = counters
  assert.deepEqual({ requests, local, near }, { requests: 3, local: 3, near: 3 })
  await monitored.stop()
  assert.equal(server.listenerCount('request'), listeners)
})

test('A publisher is called again and again, never twice at a time, and its errors are counted', async (t) => {
  let running = 0
  let most = 0
  const seen: MonitorMetrics[] = []
  const { monitored, codes } = start(t, {
    publishInterval: 10,
    publisher: async (metrics) => {
      running++
      most = Math.max(most, running)
      await wait(25)
      running--
      seen.push(metrics)
      if (seen.length <= 3) throw new Error('of this test')
    },
  })
  monitored.set('depth', 4)
  await until('five calls', () => seen.length >= 5)
  await monitored.stop()
  assert.equal(running, 0)
  assert.equal(most, 1)
  assert.deepEqual(codes(), ['PLIMSOLL_PUBLISHER_FAILED'])
  assert.equal(monitored.metrics().counters['monitor.publish_errors'], 3)
  assert.deepEqual({ ...seen[0]?.max_gauges }, { depth: 4 })
  assert.deepEqual({ ...seen[1]?.max_gauges }, {})
  const { length } = seen
  await wait(60)
  assert.equal(seen.length, length)
})

test('Collectors begin and end with it, and one that fails harms nothing else', async (t) => {
  const done: string[] = []
  const { monitored, codes, registry } = start(t, {
    collectors: [
      () => {
        throw new Error('of this test')
      },
      (given) => {
        given.counter('collected').inc()
        return () => void done.push('stopped')
      },
    ],
  })
  assert.deepEqual(codes(), ['PLIMSOLL_COLLECTOR_FAILED'])
  assert.equal(monitored.metrics().counters.collected, 1)
  await monitored.stop()
  await monitored.stop()
  assert.deepEqual(done, ['stopped'])
  assert.equal(registry.counter('collected').value, 1)
})

test('Names and values that are not valid are warnings, and wrong options are errors', (t) => {
  const { monitored, registry, codes } = start(t)
  registry.gauge('taken')
  monitored.count('not a name')
  monitored.count('taken')
  monitored.set('taken', 1)
  assert.deepEqual(codes(), ['PLIMSOLL_NAME_INVALID', 'PLIMSOLL_FAMILY_CONFLICT'])
  assert.equal(registry.gauge('taken').value, 1)
  assert.throws(() => monitor(undefined, { publishInterval: 0 }), { code: 'PLIMSOLL_OPTION_INVALID' })
  assert.throws(() => monitor(undefined, { publish: () => {} } as object), { code: 'PLIMSOLL_OPTION_UNKNOWN' })
  assert.throws(() => monitor(undefined, { runtime: { cpu: false } as object }), { code: 'PLIMSOLL_OPTION_UNKNOWN' })
})

test('A path of the server answers with the metrics as JSON, to those who are allowed, and the app sees no request for it', async (t) => {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(String(request.url))
    response.end('the app')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const registry = new Registry()
  const monitored = monitor(server, { registry, path: '/mutornadomon', allow: 'loopback' })
  t.after(() => monitored.stop())
  // A listener that is added later, as frameworks do, does not see it either.
  server.on('request', ({ url }) => seen.push(`late ${url}`))
  monitored.count('signups', 3)
  monitored.set('queue', 5)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const first = await ask(`${url}/mutornadomon?x=1`)
  assert.deepEqual([first.status, first.type], [200, 'application/json; charset=utf-8'])
  const metrics: MonitorMetrics = JSON.parse(first.text)
  assert.equal(metrics.counters.signups, 3)
  assert.deepEqual([metrics.min_gauges, metrics.max_gauges], [{ queue: 5 }, { queue: 5 }])
  const second: MonitorMetrics = JSON.parse((await ask(`${url}/mutornadomon`)).text)
  assert.deepEqual([second.gauges.queue, second.max_gauges], [5, {}])
  for (const headers of [
    { 'x-forwarded-for': '198.51.100.7' },
    { 'x-forwarded-for': '127.0.0.1, 198.51.100.7' },
    { host: 'evil.example' },
    { 'sec-fetch-site': 'cross-site' },
  ])
    assert.equal((await ask(`${url}/mutornadomon`, headers)).status, 403)
  assert.equal((await ask(`${url}/mutornadomon`, {}, 'POST')).status, 405)
  assert.equal((await ask(`${url}/mutornadomon`, {}, 'HEAD')).text, '')
  for (const path of ['/', '/mutornadomonitor', '/mutornadomon/x'])
    assert.equal((await ask(url + path)).text, 'the app')
  await monitored.stop()
  assert.equal((await ask(`${url}/mutornadomon`)).text, 'the app')
  const paths = ['/', '/mutornadomonitor', '/mutornadomon/x', '/mutornadomon']
  assert.deepEqual(
    seen,
    paths.flatMap((path) => [path, `late ${path}`]),
  )
  assert.equal(Object.hasOwn(server, 'emit'), false)
})

test('A path needs a server, and a rule about who may ask', () => {
  const server = createServer()
  const wrong: readonly (readonly [Server | undefined, object])[] = [
    [undefined, { path: '/x', allow: 'loopback' }],
    [server, { path: '/x' }],
    [server, { path: 'x', allow: 'loopback' }],
    [server, { path: '/x', allow: 'everyone' }],
  ]
  for (const [given, options] of wrong)
    assert.throws(() => monitor(given, { registry: new Registry(), ...options }), { code: 'PLIMSOLL_OPTION_INVALID' })
})

test('The example of docs/runtime.md answers at its path', async (t) => {
  const blocks = readFileSync('docs/runtime.md', 'utf8').matchAll(/^```js\n(.*?)^```/gms)
  const code = [...blocks].map(([, text = '']) => text).find((text) => text.includes('/mutornadomon'))
  const folder = resolve('build', 'runtime-docs')
  mkdirSync(folder, { recursive: true })
  t.after(() => rmSync(folder, { recursive: true, maxRetries: 10 }))
  const file = join(folder, 'monitor.mjs')
  writeFileSync(file, code ?? '')
  const { server, monitored } = (await import(pathToFileURL(file).href)) as { server: Server; monitored: Monitor }
  t.after(() => monitored.stop())
  server.listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  assert.equal((await ask(origin)).text, 'the app')
  assert.ok(JSON.parse((await ask(`${origin}/mutornadomon`)).text).process.uptime > 0)
})
