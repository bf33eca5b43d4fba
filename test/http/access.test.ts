import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { test } from 'node:test'
import { Registry } from 'plimsoll'
import { type StatusHandlerOptions, statusHandler } from 'plimsoll/http'
import { serveHandler } from './apps.ts'

type Headers = Readonly<Record<string, string | string[]>>

async function statusOf(url: string, headers: Headers): Promise<number | undefined> {
  const asked = request(url, { headers, agent: false })
  asked.end()
  const [answer] = await once(asked, 'response')
  answer.resume()
  return answer.statusCode
}

function registry(): Registry {
  const made = new Registry()
  made.counter('sales').add(3)
  return made
}

const refused: readonly Headers[] = [
  { forwarded: 'for=192.0.2.60;proto=http;by=203.0.113.43' },
  { forwarded: 'for=127.0.0.1, for="[2001:db8:cafe::17]:4711"' },
  { forwarded: 'for=unknown' },
  { forwarded: 'for=_hidden' },
  { forwarded: 'proto=https' },
  { forwarded: ['for=127.0.0.1', 'for=192.0.2.60'] },
  { 'x-forwarded-for': '198.51.100.7' },
  { 'x-forwarded-for': '127.0.0.1, 198.51.100.7' },
  { 'x-forwarded-for': '198.51.100.7, 127.0.0.1' },
  { 'x-forwarded-for': ['127.0.0.1', '198.51.100.7'] },
  { 'x-forwarded-for': '::ffff:198.51.100.7' },
  { 'x-forwarded-for': 'localhost' },
  { 'x-forwarded-for': '127.1' },
  { 'x-forwarded-for': '' },
  { 'x-real-ip': '198.51.100.7' },
  { 'x-real-ip': '0x7f000001' },
  { via: '1.1 proxy' },
  { 'x-forwarded-host': 'localhost' },
  { host: 'evil.example' },
  { host: 'localhost.evil.example' },
  { host: '127.0.0.1.evil.example' },
  { host: '10.0.0.1' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'nonsense' },
]

const allowed: readonly Headers[] = [
  {},
  { 'x-forwarded-for': '127.0.0.1' },
  { 'x-forwarded-for': ' ::1 , 127.9.9.9:8080, [::1]:80' },
  { 'x-forwarded-for': '::ffff:127.0.0.1' },
  { 'x-real-ip': '127.0.0.1' },
  { forwarded: 'by=x; For="[::1]:4711"; proto=http, for=127.0.0.1' },
  { host: 'localhost:7547' },
  { host: 'LOCALHOST' },
  { host: '[::1]:80' },
  { host: '127.3.2.1' },
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
]

test('a handler for loopback refuses what came through a proxy, for another host, or from a page of another site', async (t) => {
  const url = await serveHandler(t, statusHandler(registry(), { allow: 'loopback' }))
  for (const path of ['/', '/metrics', '/?format=json', '/nothing']) {
    for (const headers of refused) assert.deepEqual([headers, await statusOf(url + path, headers)], [headers, 403])
  }
  for (const headers of allowed) assert.deepEqual([headers, await statusOf(url, headers)], [headers, 200])
})

test('what does more than show numbers is refused to pages of other ports of this machine too', async (t) => {
  const url = await serveHandler(t, statusHandler(registry(), { allow: 'loopback', profile: true }))
  for (const path of ['/profile', '/profile?seconds=0.1', '/blocked']) {
    for (const site of ['cross-site', 'same-site'])
      assert.equal(await statusOf(url + path, { 'sec-fetch-site': site }), 403)
  }
  assert.equal(await statusOf(`${url}/profile`, { 'sec-fetch-site': 'same-origin' }), 200)
})

test('a mounted handler has no profile unless that is asked for', async (t) => {
  const url = await serveHandler(t, statusHandler(registry(), { allow: 'loopback' }))
  assert.equal(await statusOf(`${url}/profile?seconds=0.1`, {}), 404)
  assert.equal(await statusOf(`${url}/blocked`, {}), 404)
})

test('allow takes addresses and networks, hosts further names, and loopback is not among them by itself', async (t) => {
  const serve = (options: StatusHandlerOptions): Promise<string> => serveHandler(t, statusHandler(registry(), options))
  assert.equal(await statusOf(await serve({ allow: ['10.0.0.0/8'] }), {}), 403)
  const listed = await serve({ allow: ['127.0.0.1', '10.0.0.0/8'], hosts: ['Web-1.example'] })
  assert.equal(await statusOf(listed, { host: 'web-1.example:80' }), 200)
  assert.equal(await statusOf(listed, { host: 'web-2.example' }), 403)
  assert.equal(await statusOf(listed, { 'x-forwarded-for': '10.1.2.3' }), 200)
  assert.equal(await statusOf(listed, { 'x-forwarded-for': '10.1.2.3, 127.0.0.2' }), 403)
})

test('a function decides instead of peer, proxies and host, but not for pages of other sites, and lets nobody in when it throws', async (t) => {
  const url = await serveHandler(
    t,
    statusHandler(registry(), { allow: async ({ headers }) => headers.authorization === 'Bearer secret' }),
  )
  const good = { authorization: 'Bearer secret', host: 'shop.example', 'x-forwarded-for': '198.51.100.7' }
  assert.equal(await statusOf(url, good), 200)
  assert.equal(await statusOf(url, { ...good, 'sec-fetch-site': 'cross-site' }), 403)
  assert.equal(await statusOf(url, { authorization: 'Bearer wrong' }), 403)
  const throwing = await serveHandler(
    t,
    statusHandler(registry(), {
      allow: () => {
        throw new Error('no session')
      },
    }),
  )
  assert.equal(await statusOf(throwing, {}), 403)
  const truthy = await serveHandler(t, statusHandler(registry(), { allow: (() => 'yes') as never }))
  assert.equal(await statusOf(truthy, {}), 403)
})

test('a handler without allow, and with wrong options, throws where it is made', () => {
  const wrong: readonly unknown[] = [
    undefined,
    {},
    { allow: 'everyone' },
    { allow: ['10.0.0.0/33'] },
    { allow: ['10.0.0.0/8/8'] },
    { allow: ['10.0.0/8'] },
    { allow: ['localhost'] },
    { allow: [7] },
    { allow: 'loopback', hosts: 'x' },
    { allow: 'loopback', path: 'status' },
    { allow: 'loopback', path: '/status/' },
    { allow: 'loopback', profile: 1 },
    { allow: 'loopback', title: 1 },
  ]
  for (const options of wrong) {
    assert.throws(() => statusHandler(registry(), options as StatusHandlerOptions), { code: 'PLIMSOLL_OPTION_INVALID' })
  }
  assert.throws(() => statusHandler(registry(), { allow: 'loopback', host: [] } as never), {
    code: 'PLIMSOLL_OPTION_UNKNOWN',
    message: /Did you mean "hosts"/,
  })
  assert.throws(() => statusHandler({} as never, { allow: 'loopback' }), { code: 'PLIMSOLL_OPTION_INVALID' })
})
