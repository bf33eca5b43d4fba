import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { cleanEnvironment, newApp, run, writers } from '../launchers/apps.ts'
import { installed } from '../launchers/install.ts'

const files = {
  'package.json': { name: 'shop', private: true },
  'next.config.mjs': `export default {
    output: 'standalone',
    outputFileTracingRoot: import.meta.dirname,
    outputFileTracingIncludes: { '/**': ['./node_modules/@koromix/**'] },
  }`,
  'instrumentation.js': `export async function register() {
    if (process.env.NEXT_RUNTIME === 'nodejs') (await import('plimsoll')).publish()
  }`,
  'app/layout.js': 'export default function Layout({ children }) { return <html><body>{children}</body></html> }',
  'app/page.js': 'export default function Page() { return <p>shop</p> }',
  'app/metrics/route.js': `import { counter } from 'plimsoll'
    import { fleet } from 'plimsoll/fleet'
    import { formatPrometheus } from 'plimsoll/formats'
    export const dynamic = 'force-dynamic'
    export function GET() {
      counter('requests').inc()
      return new Response(formatPrometheus(fleet('shop').read()))
    }`,
}

test('Next.js 15: a standalone server elsewhere maps its page, and counts with what instrumentation published', async (t) => {
  const { folder, cwd, dir, env } = newApp(t, files, installed('next', ['next@15.5.29', 'react@19', 'react-dom@19']))
  const quiet = { ...env, NEXT_TELEMETRY_DISABLED: '1' }
  run(process.execPath, ['node_modules/next/dist/bin/next', 'build'], { cwd, env: quiet, minutes: 9 })
  const elsewhere = join(folder, 'elsewhere')
  cpSync(join(cwd, '.next', 'standalone'), elsewhere, { recursive: true, verbatimSymlinks: true })
  const port = String(await freePort())
  // The total contains what the first server, which was killed, counted.
  for (const [before, page] of ['mapped', 'written'].entries()) {
    const own = { ...quiet, PORT: port, HOSTNAME: '127.0.0.1', PLIMSOLL_PAGE: page }
    const server = spawn(process.execPath, ['server.js'], { cwd: elsewhere, env: { ...cleanEnvironment(), ...own } })
    const gone = once(server, 'exit')
    try {
      assert.match(await answer(`http://127.0.0.1:${port}/metrics`), new RegExp(`^requests_total ${before + 1}$`, 'm'))
    } finally {
      server.kill('SIGKILL')
      await gone
    }
  }
  const pages = writers(dir).map(({ app, written }) => `${app} ${written ?? 'mapped'}`)
  assert.deepEqual(pages.sort(), ['shop chosen', 'shop mapped'])
})

async function answer(url: string): Promise<string> {
  for (let tries = 0; tries < 300; tries++) {
    const response = await fetch(url).catch(() => undefined)
    if (response !== undefined) return await response.text()
    await delay(100)
  }
  throw new Error(`${url} does not answer`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
