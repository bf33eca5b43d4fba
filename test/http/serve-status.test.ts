import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { test } from 'node:test'
import { publish } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { parseJson } from 'plimsoll/formats'
import { serveStatus } from 'plimsoll/http'
import { newFolder } from '../cli/processes.ts'
import { ask } from '../cli/scraping.ts'
import { startApp } from './apps.ts'

test('the status server answers while the main thread is blocked, with what it counted before', async (t) => {
  const app = await startApp(t)
  await app.begin('count 5')
  await app.next()
  await app.begin('spin 60000')
  const { status, text } = await ask(app.url)
  assert.equal(status, 200)
  assert.match(text, /id="m-http\.requests"/)
  const json = parseJson((await ask(`${app.url}http/requests/?format=json`)).text)
  assert.deepEqual(
    json.families.flatMap(({ series }) => series.map((one) => (one as { value: number }).value)),
    [5],
  )
  assert.equal((await ask(app.url, { host: 'evil.example' })).status, 403)
  assert.equal((await ask(app.url, { 'x-forwarded-for': '198.51.100.7' })).status, 403)
})

test('a profile and the stack of a blocked main thread name the function that holds it', async (t) => {
  const app = await startApp(t)
  await app.begin('spin 60000')
  const blocked = await ask(`${app.url}blocked`)
  assert.equal(blocked.status, 200)
  assert.match(blocked.text, /holdTheLoop<\/b> <i>[^<]*app\.js:\d+/)
  assert.match((await ask(`${app.url}blocked?format=text`)).text, /^holdTheLoop \S*app\.js:\d+\n/m)
  const stack = JSON.parse((await ask(`${app.url}blocked?format=json`)).text)
  assert.ok(
    stack.some(({ name, place }: Record<string, string>) => name === 'holdTheLoop' && place?.includes('app.js')),
  )
  assert.equal((await ask(`${app.url}blocked?format=xml`)).status, 400)
  const page = await ask(`${app.url}profile?seconds=0.3`)
  assert.match(page.text, /<svg class="flame"/)
  const [, id] = /href="\/profile\?id=([^"]*)" download/.exec(page.text) ?? []
  const download = await ask(`${app.url}profile?id=${id}`)
  const { nodes, samples } = JSON.parse(download.text)
  // In code that was compiled before the profile began, Node 20 shows the function that the compiler put it into.
  const names = nodes.map((node: { callFrame: { functionName: string } }) => node.callFrame.functionName)
  assert.ok(names.includes('holdTheLoop') || names.includes('spin'), names.join())
  assert.ok(samples.length > 10)
  assert.equal((await ask(`${app.url}profile?id=other`)).status, 404)
})

test('what runs now is found in a regular expression and in a wait, and an idle loop is idle', async (t) => {
  const app = await startApp(t)
  assert.match((await ask(`${app.url}blocked`)).text, /event loop is idle/)
  for (const order of ['expression 34', 'wait 60000']) {
    const held = await startApp(t)
    await held.begin(order)
    const { text } = await ask(`${held.url}blocked`)
    assert.match(
      text,
      new RegExp(
        `<b>${order.startsWith('wait') ? 'wait' : 'test'}</b> <i></i>.*${order.split(' ')[0]}</b> <i>[^<]*app\\.js:\\d+`,
      ),
    )
  }
})

test('one profile is taken at a time, and its length is bounded', async (t) => {
  const app = await startApp(t)
  const both = await Promise.all([1, 2].map(() => fetch(`${app.url}profile?seconds=2&format=cpuprofile`)))
  const [answer, other] = both.sort((a, b) => a.status - b.status) as [Response, Response]
  assert.deepEqual([answer.status, other.status], [200, 409])
  assert.match(answer.headers.get('content-disposition') ?? '', /attachment; filename="\d+-\d+\.cpuprofile"/)
  assert.ok(Array.isArray(((await answer.json()) as { nodes: unknown }).nodes))
  for (const seconds of ['0', '61', '-1', 'x', 'NaN', '']) {
    assert.equal((await ask(`${app.url}profile?seconds=${seconds}`)).status, 400)
  }
  assert.match((await ask(`${app.url}profile`)).text, /<form method="get"/)
})

test('the server keeps no process alive, and needs none of the flags of its process', async (t) => {
  const app = await startApp(t, {}, ['--disallow-code-generation-from-strings', '--require', 'node:fs'])
  assert.equal((await ask(app.url)).status, 200)
  app.child.stdin?.end()
  assert.equal(await app.ended, 0)
})

test('a port that is taken is reported by a warning, and the app goes on', async (t) => {
  const app = await startApp(t)
  const { port } = new URL(app.url)
  const warnings: unknown[] = []
  const server = await serveStatus({ port: Number(port), dir: app.dir, onWarning: (error) => warnings.push(error) })
  assert.equal(server.url, undefined)
  assert.equal(server.error?.code, 'PLIMSOLL_SERVE_FAILED')
  assert.match(server.error?.message ?? '', /EADDRINUSE/)
  assert.deepEqual(warnings, [server.error])
  await server.close()
})

test('close frees the port, and wrong options throw', async (t) => {
  const { dir } = await startApp(t)
  const first = await serveStatus({ port: 0, dir, app: 'shop' })
  const port = Number(new URL(first.url ?? '').port)
  assert.equal((await ask(`http://127.0.0.1:${port}/`)).status, 200)
  await first.close()
  await first.close()
  assert.equal(first.url, undefined)
  const exposition = { defaultLabels: { dc: 'east' } }
  const second = await serveStatus({ port, dir, app: 'shop', profile: false, exposition })
  assert.match((await ask(`${second.url}metrics`)).text, /^queue_length{dc="east"} 3$/m)
  assert.equal(second.error, undefined)
  assert.equal((await ask(`${second.url}profile`)).status, 404)
  await second.close()
  for (const wrong of [
    { port: -1 },
    { port: '80' },
    { scope: 'all' },
    { hosts: [1] },
    { dir: '' },
    { profile: 1 },
    { exposition: { onLeftOut() {} } },
  ]) {
    await assert.rejects(serveStatus(wrong as never), { code: 'PLIMSOLL_OPTION_INVALID' })
  }
  await assert.rejects(serveStatus({ host: '0.0.0.0' } as never), { code: 'PLIMSOLL_OPTION_UNKNOWN' })
})

test('scope process shows this process only', async (t) => {
  const app = await startApp(t, { scope: 'process' })
  const other = await startApp(t, { dir: app.dir })
  await other.begin('count 1')
  await app.begin('count 5')
  await app.next()
  const { pages } = parseJson((await ask(`${app.url}?format=json`)).text)
  assert.deepEqual(
    pages.map(({ pid }) => pid),
    [app.child.pid],
  )
})

test('five hundred slow connections keep nobody out, and are dropped', async (t) => {
  const app = await startApp(t)
  const port = Number(new URL(app.url).port)
  const closed: Promise<unknown>[] = []
  const sockets: Socket[] = []
  for (let i = 0; i < 500; i++) {
    const socket = createConnection(port, '127.0.0.1')
    sockets.push(socket.on('error', () => {}))
    closed.push(once(socket, 'close'))
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
  }
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  await Promise.all(sockets.map((socket) => (socket.connecting ? once(socket, 'connect') : undefined)))
  const begun = performance.now()
  assert.equal((await ask(app.url)).status, 200)
  for (const socket of sockets) socket.resume()
  await Promise.all(closed)
  assert.ok(performance.now() - begun < 30_000)
})

test('without a name, the status server and a fleet are those of the app that this process publishes', async (t) => {
  const dir = newFolder(t)
  const page = publish({ app: 'mail', dir })
  const server = await serveStatus({ port: 0, dir })
  const own = fleet(undefined, { dir })
  t.after(async () => {
    own.close()
    page.close()
    await server.close()
  })
  const { pages } = parseJson((await ask(`${server.url}?format=json`)).text)
  assert.deepEqual(
    [pages, own.read().pages].map((each) => each.map(({ app }) => app)),
    [['mail'], ['mail']],
  )
})
