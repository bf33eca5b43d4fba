import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { publish, Registry } from 'plimsoll'
import { formatJson } from 'plimsoll/formats'
import { maxSeries, maxSeriesInAll } from '#src/fleet/archive/archive-limits.ts'
import { maxRetained, usualSilence } from '#src/fleet/archive/compact.ts'

const docs = readFileSync('docs/fleet.md', 'utf8')

/** The example that has this in it, as a module below the package, so that it finds plimsoll by name. */
function example(t: TestContext, part: string, name: string): string {
  const code = [...docs.matchAll(/```js\n(.*?)```/gs)].map(([, text = '']) => text).find((text) => text.includes(part))
  assert.ok(code)
  const folder = resolve('build', 'fleet-docs')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, code)
  t.after(() => rmSync(file))
  return file
}

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-fleet-docs-'))
  t.after(() => rmSync(folder, { recursive: true, maxRetries: 10 }))
  return folder
}

/** Runs a script to its end; gives what it wrote. */
async function run(file: string, cwd: string): Promise<string> {
  const child = spawn(process.execPath, [file], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece) => {
    text += piece
  })
  const [code] = await once(child, 'close')
  assert.equal(code, 0)
  return text
}

test('the server of docs/fleet.md answers for all processes of the app', async (t) => {
  const dir = newFolder(t)
  const publications = [1, 2].map((count) => {
    const registry = new Registry()
    registry.counter('sales').add(count)
    return publish({ registry, app: 'shop', dir })
  })
  t.after(() => {
    for (const publication of publications) publication.close()
  })
  const before = process.env.PLIMSOLL_DIR
  process.env.PLIMSOLL_DIR = dir
  const { server } = await import(pathToFileURL(example(t, 'createServer', 'metrics-server')).href)
  if (before === undefined) delete process.env.PLIMSOLL_DIR
  else process.env.PLIMSOLL_DIR = before
  server.listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`)
  assert.match(await answer.text(), /^sales_total 3$/m)
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
})

test('the spot check of docs/fleet.md computes what it says', async (t) => {
  const folder = newFolder(t)
  mkdirSync(join(folder, 'servers'))
  for (const [name, errors] of [
    ['web-1', 3],
    ['web-2', 4],
  ] as const) {
    const registry = new Registry()
    const requests = registry.counter('http.requests', { labels: ['status'] })
    requests.labels({ status: '200' }).add(100)
    requests.labels({ status: '503' }).add(errors)
    registry.gauge('pool.db.busy').set(errors)
    writeFileSync(join(folder, 'servers', `${name}.json`), formatJson(registry.read()))
  }
  assert.equal(
    await run(example(t, 'readSnapshots', 'spot-check'), folder),
    `http.requests  counter
  sum  7  2 sources
  max  4  web-2

pool.db.busy  gauge
  sorted  4  web-2
          3  web-1

`,
  )
})

test('docs/fleet.md names the limits and options that there are', () => {
  for (const limit of [maxSeries, maxSeriesInAll, maxRetained]) {
    assert.ok(docs.includes(limit.toLocaleString('en-US')), `${limit}`)
  }
  assert.match(docs, new RegExp(`last heartbeat is ${usualSilence} s ago`))
  const source = readFileSync('src/fleet/fleet-options.ts', 'utf8')
  const [, options = ''] = /interface FleetOptions \{(.*?)^\}/ms.exec(source) ?? []
  const [, section = ''] = /^## Reading(.*?)^## /ms.exec(docs) ?? []
  assert.deepEqual(
    [...section.matchAll(/^\| `(\w+)/gm)].map(([, name]) => name).sort(),
    [...options.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, name]) => name).sort(),
  )
})
