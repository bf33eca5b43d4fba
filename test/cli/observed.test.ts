import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { counter, publish } from 'plimsoll'
import { observeRuntime } from 'plimsoll/runtime'
import type { Result } from '#src/cli/result.ts'
import { run } from '#src/cli/run.ts'
import { flushOwn } from '#src/page/own-pages.ts'
import { newFolder, terminal } from './processes.ts'

const pipe = { ...terminal, columns: undefined }

test('show and poll begin with what the app counts, then requests and the event loop, and leave out HTTP that is not used', async (t) => {
  const folder = newFolder(t)
  const stop = observeRuntime()
  const page = publish({ app: 'shop', dir: folder })
  t.after(() => {
    stop()
    page.close()
  })
  const names = async (...words: string[]): Promise<string[]> => {
    flushOwn(page.file ?? '')
    const { text } = (await run(['show', 'shop', '--dir', folder, ...words], pipe)) as Result
    return [...text.matchAll(/^(\S+\.\S+) {2}\w/gm)].map(([, name = '']) => name)
  }
  const head = async (): Promise<string[]> => {
    flushOwn(page.file ?? '')
    const words = ['poll', 'shop', '--count', '1', '--interval', '0.05', '--dir', folder]
    let text = ''
    for await (const piece of (await run(words, pipe)) as AsyncIterable<Result>) text += piece.text
    return text.split('\n', 1)[0]?.split('\t').slice(1) ?? []
  }

  const idle = await names()
  assert.deepEqual(idle.slice(0, 2), ['nodejs.uncaught_exceptions', 'nodejs.eventloop.utilization'])
  assert.equal(idle.at(-1), 'nodejs.version')
  assert.ok(!idle.some((name) => name.startsWith('http.')))
  assert.ok((await names('--all')).includes('http.server.active_requests'))
  assert.ok((await names('--filter', 'http')).includes('http.server.active_requests'))
  assert.match((await head())[2] ?? '', /cpu\.time$/)

  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).text()
  counter('orders.taken').inc()
  const busy = await names()
  assert.deepEqual(busy.slice(0, 2), ['orders.taken', 'http.server.request.duration'])
  assert.ok(busy.indexOf('http.client.request.duration') < busy.indexOf('nodejs.eventloop.delay'))
  assert.ok(busy.indexOf('nodejs.eventloop.delay') < busy.indexOf('process.memory.usage'))
  assert.deepEqual((await head()).slice(0, 3), ['app', 'live', 'orders.taken'])
  assert.match((await head())[3] ?? '', /duration\.p50$/)
})
