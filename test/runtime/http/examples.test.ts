import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { listPages, readPage } from 'plimsoll/page'
import { get, until } from './support.ts'

for (const name of ['express', 'fastify', 'koa', 'hono', 'nest']) {
  test(`examples/${name}.mjs has its requests by route in its page, with no code but what it shows`, async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'plimsoll-examples-'))
    const env = { ...process.env, PLIMSOLL_DIR: dir, PORT: '0' }
    const app = spawn(process.execPath, ['--import', 'plimsoll/register', `examples/${name}.mjs`], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(app, 'exit')
    t.after(async () => {
      app.kill('SIGKILL')
      await exited
      rmSync(dir, { recursive: true, maxRetries: 10 })
    })
    const [url] = await once(createInterface(app.stdout), 'line')
    const host = new URL(url).hostname.replace(/[[\]]/g, '')
    const port = Number(new URL(url).port)
    for (const path of ['/', '/orgs/acme/members/7', '/orgs/b/members/8', '/nothing']) await get(port, path, { host })
    const expected = { '/ 2xx': 1, '/orgs/:org/members/:id 2xx': 2, ' 4xx': 1 }
    await until(() => Object.keys(routesIn(dir)).length === 3)
    assert.deepEqual(routesIn(dir), expected)
  })
}

/** How often each route answered with each class of status, in the only page of a directory. */
function routesIn(dir: string): Record<string, number> {
  const [file, ...others] = listPages(dir)
  assert.deepEqual(others, [])
  const { families } = readPage(file as string)
  const family = families.find((one) => one.name === 'http.server.request.duration')
  const series = family?.kind === 'timer' ? family.series : []
  return Object.fromEntries(
    series.map(({ labels, count }) => [`${labels.http_route} ${labels.http_response_status_class}`, count]),
  )
}
