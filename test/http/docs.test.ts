import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { newFolder } from '../cli/processes.ts'
import { ask } from '../cli/scraping.ts'

const docs = readFileSync('docs/status.md', 'utf8')

test('the example runs, and its status page answers while it is blocked', async (t) => {
  const env = { ...process.env, PLIMSOLL_DIR: newFolder(t), STATUS_PORT: '0' }
  const child = spawn(process.execPath, ['examples/status.mjs'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const [, app = ''] = /(http\S+)\?/.exec((await lines.next()).value) ?? []
  const [, status = ''] = /(http\S+)/.exec((await lines.next()).value) ?? []
  await ask(app)
  const blocked = fetch(`${app}?ms=60000`).catch(() => undefined)
  let stack = ''
  while (!stack.includes('workFor')) stack = (await ask(`${status}blocked`)).text
  assert.match((await ask(`${status}metrics`)).text, /^http_requests_total\{route="\/work"\} 1$/m)
  child.kill('SIGKILL')
  await blocked
})

test('the handler of docs/status.md answers at its path', async (t) => {
  const code = [...docs.matchAll(/^```js\n(.*?)^```/gms)]
    .map(([, text = '']) => text)
    .find((text) => text.includes('createServer'))
  const folder = resolve('build', 'status-docs')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'handler.mjs')
  writeFileSync(file, code ?? '')
  t.after(() => rmSync(folder, { recursive: true, maxRetries: 10 }))
  const { server } = (await import(pathToFileURL(file).href)) as { server: Server }
  server.listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  assert.equal((await ask(origin)).text, 'the app')
  assert.match((await ask(`${origin}/status`)).text, /^<!doctype html>/)
})

test('docs/status.md lists the options that there are', () => {
  for (const [heading, file, name] of [
    ['Options of `serveStatus()`', 'serve-status', 'ServeStatusOptions'],
    ['In your own server', 'handler', 'StatusHandlerOptions'],
  ] as const) {
    const [, section = ''] = docs.split(`## ${heading}\n`)
    const rows = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| `(\w+)` \|/gm)].map(([, option]) => option)
    const source = readFileSync(`src/http/${file}.ts`, 'utf8')
    const [, body = ''] = new RegExp(`interface ${name}[^{]*\\{(.*?)^\\}`, 'ms').exec(source) ?? []
    const own = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, option]) => option)
    const wanted = file === 'handler' ? [...own, 'allow', 'hosts'] : own
    assert.deepEqual(rows.sort(), wanted.sort())
  }
})
