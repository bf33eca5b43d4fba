import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { newFolder, publisher } from '../cli/processes.ts'
import { main } from '../support/command.ts'
import { freePort, until } from './receivers/program.ts'

/** A name that no resolver knows but the one of the test. */
const name = 'metrics.plimsoll.test'
const apart = [
  '--mount',
  'sh',
  '-c',
  'mount --bind "$0" /etc/hosts && mount --bind "$1" /etc/resolv.conf && shift && exec "$@"',
]

function refusal(): string | false {
  const { status, stderr } = spawnSync('unshare', [...apart, '/etc/hosts', '/etc/resolv.conf', 'true'], {
    encoding: 'utf8',
  })
  return status === 0 ? false : `no files of its own for a process here: ${stderr ?? 'there is no unshare'}`
}
const skip = process.env['CI'] === 'true' ? false : refusal()

/** What came over each protocol at one address. */
class Place {
  readonly graphite: string[] = []
  readonly statsd: string[] = []
  requests = 0
  readonly #ends: (() => void)[] = []

  static async at(address: string, ports: { readonly tcp: number; readonly http: number }): Promise<Place> {
    const place = new Place()
    const sockets = new Set<Socket>()
    const tcp = createServer((socket) => {
      sockets.add(socket.on('error', () => {}))
      socket.setEncoding('utf8').on('data', (text: string) => place.graphite.push(text))
    }).listen(ports.tcp, address)
    const http = createHttpServer((request, response) => {
      place.requests++
      request.resume().on('end', () => response.end())
    }).listen(ports.http, address)
    const udp = createSocket('udp4').on('message', (bytes) => {
      if (bytes.length > 0) place.statsd.push(bytes.toString())
    })
    udp.bind(ports.tcp, address)
    await Promise.all([tcp, http, udp].map((each) => once(each, 'listening')))
    place.#ends.push(() => {
      for (const socket of sockets) socket.destroy()
      http.closeAllConnections()
      tcp.close()
      http.close()
      udp.close()
    })
    return place
  }

  end(): void {
    for (const end of this.#ends.splice(0)) end()
  }

  get hasAll(): boolean {
    return this.graphite.length > 0 && this.statsd.length > 0 && this.requests > 0
  }
}

/** `plimsoll push` in a process for which these files are `/etc/hosts` and `/etc/resolv.conf`. */
function push(t: TestContext, files: readonly string[], ...args: readonly string[]) {
  const child = spawn('unshare', [...apart, ...files, process.execPath, main, 'push', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const lines: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => lines.push(...text.trim().split('\n')))
  return { child, lines, ended }
}

test('push waits for the name of a receiver that is not found, and follows it where it moves', { skip }, async (t) => {
  const folder = newFolder(t)
  const [hosts, resolver] = [join(folder, 'hosts'), join(folder, 'resolv.conf')]
  writeFileSync(hosts, '127.0.0.1 localhost\n')
  // Nobody answers there, at once.
  writeFileSync(resolver, 'nameserver 127.0.0.1\noptions attempts:1 timeout:1\n')
  const ports = { tcp: await freePort(), http: await freePort() }
  const counting = await publisher(t, folder, 'shop', 'count 5')
  const { child, lines, ended } = push(
    t,
    [hosts, resolver],
    'shop',
    '--dir',
    folder,
    '--every',
    '0.1',
    ...['--to', `graphite://${name}:${ports.tcp}?prefix=`],
    ...['--to', `statsd://${name}:${ports.tcp}`],
    ...['--to', `otlp+http://${name}:${ports.http}`],
  )
  const failures = (): string[] => lines.filter((line) => line.includes('PLIMSOLL_SINK_FAILED'))
  await until('three failures', () => failures().length >= 3 || undefined)
  for (const line of failures()) assert.match(line, /getaddrinfo (ENOTFOUND|EAI_AGAIN)|not found/)

  const first = await Place.at('127.0.0.1', ports)
  t.after(() => first.end())
  writeFileSync(hosts, `127.0.0.1 localhost ${name}\n`)
  await until('values at the first address', async () => {
    await counting.order('count 1')
    return first.hasAll || undefined
  })

  const second = await Place.at('127.0.0.2', ports)
  t.after(() => second.end())
  writeFileSync(hosts, `127.0.0.1 localhost\n127.0.0.2 ${name}\n`)
  first.end()
  await until('values at the second address', async () => {
    await counting.order('count 1')
    return second.hasAll || undefined
  })
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
})
