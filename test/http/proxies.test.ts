import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Registry } from 'plimsoll'
import { statusHandler } from 'plimsoll/http'
import { newFolder } from '../cli/processes.ts'
import { ask } from '../cli/scraping.ts'
import { needsPackage } from '../support/debian.ts'
import { serveHandler } from './apps.ts'

const nginx = needsPackage('nginx-light', 'nginx')
const haproxy = needsPackage('haproxy', 'haproxy')

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

/** Starts a proxy in the foreground, and waits until it answers. */
async function proxied(t: TestContext, path: string, args: readonly string[], port: number): Promise<string> {
  const child = spawn(path, args, { stdio: 'ignore' })
  const ended = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGTERM')
    await ended
  })
  const url = `http://127.0.0.1:${port}/`
  while (!(await fetch(url).then(Boolean, () => false))) {
    assert.equal(child.exitCode, null, `${path} has ended`)
    await delay(50)
  }
  return url
}

async function nginxTo(t: TestContext, target: string, location: string): Promise<string> {
  const folder = newFolder(t)
  mkdirSync(join(folder, 'tmp'))
  const port = await freePort()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/tmp;`,
  )
  const text = `daemon off; pid ${folder}/pid; error_log /dev/null; worker_processes 1; events {}
    http { access_log off; ${temporary.join(' ')} server { listen 127.0.0.1:${port}; location / { proxy_pass ${target}; ${location} } } }`
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, text)
  return proxied(t, (nginx as { path: string }).path, ['-e', '/dev/null', '-p', folder, '-c', file], port)
}

async function haproxyTo(t: TestContext, target: string, option: string): Promise<string> {
  const port = await freePort()
  const file = join(newFolder(t), 'haproxy.cfg')
  // The defaults of the package, without its global part, which needs its own user and folders.
  const [, defaults = ''] =
    /^(defaults[\s\S]*?)^\s*errorfile/m.exec(readFileSync('/etc/haproxy/haproxy.cfg', 'utf8')) ?? []
  assert.match(defaults, /mode\s+http/)
  writeFileSync(
    file,
    `${defaults.replace(/^\s*log.*$/gm, '')}
frontend in
  bind 127.0.0.1:${port}
  default_backend app
backend app
  ${option}
  server app ${new URL(target).host}
`,
  )
  return proxied(t, (haproxy as { path: string }).path, ['-db', '-f', file], port)
}

function handler(allow: 'loopback' | 'header') {
  return statusHandler(new Registry(), {
    allow: allow === 'loopback' ? allow : ({ headers }) => headers.authorization === 'Bearer secret',
    profile: true,
  })
}

const withNginx = 'path' in nginx ? {} : { skip: nginx.missing }
const withHaproxy = 'path' in haproxy ? {} : { skip: haproxy.missing }

test('what nginx forwards with the usual headers is refused, whatever a client forges', withNginx, async (t) => {
  const url = await serveHandler(t, handler('loopback'))
  const forwarding = await nginxTo(
    t,
    url,
    'proxy_set_header Host $host; proxy_set_header X-Real-IP 198.51.100.7; proxy_set_header X-Forwarded-For "$http_x_forwarded_for, 198.51.100.7";',
  )
  assert.equal((await ask(forwarding)).status, 403)
  for (const forged of ['127.0.0.1', '::1', 'localhost', '127.0.0.1, 127.0.0.1']) {
    const headers = { 'x-forwarded-for': forged, 'x-real-ip': '127.0.0.1', host: 'localhost' }
    assert.equal((await ask(forwarding, headers)).status, 403)
    assert.equal((await ask(`${forwarding}profile?seconds=0.1`, headers)).status, 403)
  }
})

// The trap that docs/status.md warns of: if this test fails one day, nginx says more, and the warning can go.
test(
  'nginx in its default configuration lets everyone pass as a client of this machine, unless a function decides',
  withNginx,
  async (t) => {
    const open = await nginxTo(t, await serveHandler(t, handler('loopback')), '')
    assert.equal((await ask(open, { host: 'shop.example' })).status, 200)
    const decided = await nginxTo(t, await serveHandler(t, handler('header')), '')
    assert.equal((await ask(decided)).status, 403)
    assert.equal((await ask(decided, { authorization: 'Bearer secret' })).status, 200)
  },
)

test(
  'haproxy in its default configuration keeps the host, by which requests from outside are refused; with forwardfor also others',
  withHaproxy,
  async (t) => {
    const url = await serveHandler(t, handler('loopback'))
    const plain = await haproxyTo(t, url, '')
    assert.equal((await ask(plain, { host: 'shop.example' })).status, 403)
    const forwarding = await haproxyTo(t, url, 'http-request set-header X-Forwarded-For 198.51.100.7')
    assert.equal((await ask(forwarding, { host: 'localhost', 'x-forwarded-for': '127.0.0.1' })).status, 403)
  },
)
