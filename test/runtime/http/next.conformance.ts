import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { listPages, readPage } from 'plimsoll/page'
import { cleanEnvironment, newFolder, run, write } from '../../launchers/apps.ts'
import { installed } from '../../launchers/install.ts'
import { get, until } from './support.ts'

/** What the app of `examples/next` has not. */
const more = {
  'app/(group)/files/[...path]/page.js': 'export default async ({ params }) => <p>{(await params).path}</p>',
  'app/api/things/[thing]/route.js': 'export const GET = async () => new Response("thing")',
  'app/api/fail/route.js': 'export const GET = async () => new Response("failed", { status: 500 })',
  'pages/old/[slug].js':
    'export default ({ slug }) => slug\nexport const getServerSideProps = ({ params }) => ({ props: params })',
}

for (const version of [15, 16]) {
  test(`Next.js ${version}: examples/next has its requests by route, and routes of pages and handlers are patterns`, async (t) => {
    const nodeModules = installed('next', [`next@${version}`, 'react@19', 'react-dom@19'])
    // Below the packages, as it does not follow links to them.
    const cwd = mkdtempSync(join(nodeModules, '..', 'app-'))
    t.after(() => rmSync(cwd, { recursive: true, force: true, maxRetries: 10 }))
    cpSync('examples/next', cwd, { recursive: true })
    write(cwd, more)
    const next = join(nodeModules, 'next/dist/bin/next')
    const dir = newFolder(t)
    const env = { PLIMSOLL_DIR: dir, NEXT_TELEMETRY_DISABLED: '1' }
    run(process.execPath, [next, 'build'], { cwd, env, minutes: 10 })
    const port = await freePort()
    const args = ['--import', resolve('dist/register.js'), next, 'start', '-H', '127.0.0.1', '-p', String(port)]
    const server = spawn(process.execPath, args, { cwd, env: { ...cleanEnvironment(), ...env }, stdio: 'inherit' })
    const exited = once(server, 'exit')
    t.after(async () => {
      server.kill('SIGKILL')
      await exited
    })
    await until(() => get(port, '/favicon.ico').then(Boolean, () => false))
    const paths = [
      '/',
      '/orgs/acme/members/1',
      '/orgs/b/members/2?x=1',
      '/health',
      '/files/a/b',
      '/api/things/7',
      '/api/fail',
      '/old/page',
      '/.env',
      '/wp/x',
    ]
    for (const path of paths) await get(port, path)
    const counts = Object.entries(routesIn(dir))
    // What was not found has no route, or that of the page which says so.
    const unknown = counts.filter(([key]) => key.endsWith('4xx'))
    assert.deepEqual(
      unknown.filter(([key]) => /env|wp|favicon/.test(key)),
      [],
    )
    assert.deepEqual(Object.fromEntries(counts.filter((count) => !unknown.includes(count))), {
      '/ 2xx': 1,
      '/orgs/[org]/members/[id] 2xx': 2,
      '/health 2xx': 1,
      '/files/[...path] 2xx': 1,
      '/api/things/[thing] 2xx': 1,
      '/api/fail 5xx': 1,
      '/old/[slug] 2xx': 1,
    })
  })
}

/** How often each route answered with each class of status, in all pages of a directory. */
function routesIn(dir: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const file of listPages(dir)) {
    const family = readPage(file).families.find((one) => one.name === 'http.server.request.duration')
    for (const { labels, count } of family?.kind === 'timer' ? family.series : []) {
      counts[`${labels.http_route} ${labels.http_response_status_class}`] = count
    }
  }
  return counts
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
