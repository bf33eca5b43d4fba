import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import * as plimsoll from 'plimsoll/prom-client'
import * as promClient from 'prom-client'

interface Received {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly authorization: string | undefined
  readonly body: string
}

/** What is passed to a gateway, and how it is asked. */
interface Case {
  readonly title: string
  readonly url: (port: number) => string
  readonly options?: (port: number) => plimsoll.PushgatewayOptions
  readonly call: 'push' | 'pushAdd' | 'delete'
  readonly groupings?: Record<string, string>
}

const gzip = { 'Content-Encoding': 'gzip' }
const cases: readonly Case[] = [
  { title: 'adds to a group', url: (port) => `http://127.0.0.1:${port}`, call: 'pushAdd' },
  {
    title: 'replaces a group with further labels below a path',
    url: (port) => `http://127.0.0.1:${port}/gateway`,
    call: 'push',
    groupings: { instance: 'a/b c' },
  },
  {
    title: 'removes a group',
    url: (port) => `http://127.0.0.1:${port}`,
    call: 'delete',
    options: () => ({ headers: gzip }),
  },
  { title: 'compresses', url: (port) => `http://127.0.0.1:${port}`, call: 'push', options: () => ({ headers: gzip }) },
  { title: 'takes the user from the URL', url: (port) => `http://me:p%40ss@127.0.0.1:${port}`, call: 'push' },
  {
    title: 'prefers options to the URL',
    url: () => 'http://you:other@127.0.0.1:1',
    call: 'push',
    options: (port) => ({ port, auth: 'me:pass' }),
  },
]

describe('Pushgateway', () => {
  let server: Server
  let port: number
  let received: Received[]

  before(async () => {
    server = createServer(async (request, response) => {
      const { method, url, headers } = request
      const chunks = await request.toArray()
      const bytes = Buffer.concat(chunks)
      const body = (headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString()
      received.push({ method, url, authorization: headers.authorization, body })
      response.writeHead(url?.endsWith('/refused') ? 400 : 202).end('answer')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })
  after(() => server.close())
  beforeEach(() => {
    received = []
  })

  for (const { title, url, options, call, groupings } of cases) {
    it(`${title}, with the request that prom-client sends`, async () => {
      for (const library of [plimsoll, promClient] as unknown as readonly (typeof plimsoll)[]) {
        const registry = new library.Registry()
        new library.Counter({ name: 'jobs_total', help: 'Jobs', registers: [registry] }).inc(3)
        const gateway = new library.Pushgateway(url(port), options?.(port), registry)
        const { body } = await gateway[call]({ jobName: 'nightly', ...(groupings && { groupings }) })
        assert.equal(body, 'answer')
      }
      assert.equal(received.length, 2)
      assert.deepEqual(received[0], received[1])
      if (call !== 'delete') assert.match((received[0] as Received).body, /^jobs_total 3$/m)
    })
  }

  it('rejects with the status and the answer of a gateway that refuses', async () => {
    const gateway = new plimsoll.Pushgateway(`http://127.0.0.1:${port}`, {}, new plimsoll.Registry())
    await assert.rejects(gateway.push({ jobName: 'refused' }), { message: 'push failed with status 400, answer' })
  })
})
