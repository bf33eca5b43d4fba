import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { type PublishOptions, publish, Registry } from 'plimsoll'
import { prometheusProtobufContentType } from 'plimsoll/formats'
import { decodeFamilies } from '../support/protobuf-decoder.ts'
import { newFolder, plimsoll, publisher } from './processes.ts'
import { ask, askBytes, linesOf, scraping } from './scraping.ts'

test('an answer is in gzip where that is accepted, and the same', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'many 500')
  const { url } = await scraping(t, 'shop', '--dir', folder)
  for (const accepted of ['gzip', 'deflate, GZIP;q=0.5', '*', 'x-gzip']) {
    const { bytes, headers } = await askBytes(url, { 'accept-encoding': accepted })
    assert.equal(headers['content-encoding'], 'gzip')
    assert.equal(headers['content-length'], String(bytes.length))
    assert.equal(headers.vary, 'Accept, Accept-Encoding')
    const text = gunzipSync(bytes).toString()
    assert.equal(text.match(/^http_requests_total\{/gm)?.length, 500)
    assert.ok(bytes.length < text.length / 5)
  }
  for (const refused of ['identity', 'gzip;q=0, *', 'br']) {
    const { bytes, headers } = await askBytes(url, { 'accept-encoding': refused })
    assert.deepEqual([headers['content-encoding'], String(bytes.length)], [undefined, headers['content-length']])
  }
})

test('protobuf is served where it is asked for, whole', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'count 5', 'time 0.25')
  const { url } = await scraping(t, 'shop', '--dir', folder)
  const { bytes, headers } = await askBytes(`${url}?format=protobuf`, {})
  assert.equal(headers['content-type'], prometheusProtobufContentType)
  const names = decodeFamilies(bytes).map((family) => family['name']?.[0])
  assert.ok(names.includes('http_requests_total') && names.includes('http_latency_seconds'), String(names))
})

test('one can alert on a blocked worker, a killed one and a page that cannot be read', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'mail', 'count 1')
  const stopped = await publisher(t, folder, 'shop', 'count 1')
  const killed = await publisher(t, folder, 'shop', 'count 1')
  const { url } = await scraping(t, '--dir', folder)
  process.kill(stopped.pid, 'SIGSTOP')
  await killed.kill()
  writeFileSync(join(folder, 'garbage.page'), 'garbage')
  const states = async (): Promise<string[]> => linesOf(await ask(url), 'plimsoll_processes{app="shop"')
  const wanted = ['live 0', 'blocked 1', 'exited 0', 'killed 1'].map((text) => {
    const [state, n] = text.split(' ')
    return `plimsoll_processes{app="shop",state="${state}"} ${n}`
  })
  let found: string[] = []
  for (const end = Date.now() + 20_000; Date.now() < end; await delay(100)) {
    found = await states()
    if (found[1] === wanted[1]) break
  }
  assert.deepEqual(found, wanted)
  const answer = await ask(url)
  const ages = linesOf(answer, 'plimsoll_heartbeat_age_seconds{app="shop"')
  assert.match(ages.join(), new RegExp(`^[^,]+,worker="",pid="${stopped.pid}",tid="0"} [3-9]`))
  assert.deepEqual(linesOf(answer, 'plimsoll_unreadable_pages'), ['plimsoll_unreadable_pages 1'])
  assert.match(answer.text, /^# plimsoll: .*garbage\.page is not a page/)
})

test('the answer of a directory without pages says so', async (t) => {
  const folder = newFolder(t)
  const { url } = await scraping(t, '--dir', folder)
  for (const format of ['prometheus', 'openmetrics']) {
    const { status, text } = await ask(`${url}?format=${format}`)
    assert.equal(status, 503)
    assert.match(text, /^The metrics cannot be read: No page of any app in \S+\.\n$/)
  }
})

test('two apps with one metric have one name, also where their buckets or states differ', async (t) => {
  const folder = newFolder(t)
  const start = (options: PublishOptions, declare: (registry: Registry) => void): void => {
    const registry = new Registry()
    declare(registry)
    const publication = publish({ dir: folder, registry, ...options })
    t.after(() => publication.close())
  }
  const { url, child, end } = await scraping(t, '--dir', folder, '--publish-labels')
  start({ app: 'shop', labels: { zone: 'eu' } }, (registry) => {
    registry.histogram('size', { buckets: [1, 10] }).record(5)
    registry.state('pool', { states: ['idle', 'busy'] })
    registry.gauge('jobs').set(3)
  })
  const before = linesOf(await ask(url), '')
  start({ app: 'mail', labels: { zone: 'us' } }, (registry) => {
    registry.histogram('size', { buckets: [1, 5, 10] }).record(5)
    registry.state('pool', { states: ['idle', 'gone'] })
    registry.counter('jobs').add(7)
  })
  const answer = await ask(url)
  const isShop = (line: string): boolean => line.includes('app="shop"') && /^(size|pool|jobs)/.test(line)
  const withoutGone = answer.text.split('\n').filter((line) => isShop(line) && !/(pool|state)="gone"/.test(line))
  assert.deepEqual(
    withoutGone.filter((line) => !line.includes('_seconds')),
    before.filter((line) => isShop(line) && !line.includes('_seconds')),
  )
  assert.deepEqual(linesOf(answer, 'size_bucket{app="mail"'), [
    'size_bucket{app="mail",zone="us",le="1"} 0',
    'size_bucket{app="mail",zone="us",le="5"} 1',
    'size_bucket{app="mail",zone="us",le="10"} 1',
    'size_bucket{app="mail",zone="us",le="+Inf"} 1',
  ])
  assert.deepEqual(linesOf(answer, 'jobs'), ['jobs{app="shop",zone="eu"} 3'])
  assert.match(
    answer.text,
    /^# plimsoll: left out jobs: the counter would have jobs, a name of the other gauge of that name$/m,
  )
  child.kill('SIGTERM')
  assert.equal((await end()).stderr.match(/left out jobs/g)?.length, 1)
})

test('scrape takes bounds for a metric, how fine all are, and creation times as options', async (t) => {
  const folder = newFolder(t)
  await publisher(t, folder, 'shop', 'time 0.25', 'count 1')
  const [first, second] = await Promise.all([
    scraping(t, 'shop', '--dir', folder, '--buckets', 'http.latency=0.25,1', '--created'),
    scraping(t, 'shop', '--dir', folder, '--buckets-per-octave', '1'),
  ])
  assert.deepEqual(linesOf(await ask(first.url), 'http_latency_seconds_bucket'), [
    'http_latency_seconds_bucket{le="0.25"} 1',
    'http_latency_seconds_bucket{le="1"} 1',
    'http_latency_seconds_bucket{le="+Inf"} 1',
  ])
  assert.equal(linesOf(await ask(second.url), 'http_latency_seconds_bucket').length, 23)
  const created = linesOf(await ask(`${first.url}?format=openmetrics`), 'http_requests_created')
  assert.match(created.join(), /^http_requests_created\{route="\/cart",status="200"} \d{10}/)
  assert.deepEqual(linesOf(await ask(`${second.url}?format=openmetrics`), 'http_requests_created'), [])
})

test('bounds that are none are refused before scrape begins', async () => {
  for (const [given, message] of [
    ['http.latency', /<metric>=<bounds>, such as/],
    ['http.latency=', /<metric>=<bounds>, such as/],
    ['http.latency=2,1', /1 to 1,000 finite numbers above 0, ascending/],
    ['http.latency=1,,2', /1 to 1,000 finite numbers above 0, ascending/],
  ] as const) {
    const { status, stderr } = await plimsoll('scrape', '--port', '0', '--buckets', given)
    assert.deepEqual([given, status], [given, 2])
    assert.match(stderr, message)
  }
})
