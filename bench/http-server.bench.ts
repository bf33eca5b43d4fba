import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Registry } from 'plimsoll'
import { observeRuntime } from 'plimsoll/runtime'
import { Counter, Histogram } from 'prom-client'
import { publishHere } from './published.ts'
import { effort, mustEqual, quantile, tell } from './result.ts'

const isEarnest = effort.turns > 1
const processes = isEarnest ? 5 : 1
// What else the machine does disturbs some of them, and the rest shows what the server itself takes. Long enough that it is
// that of a server at work, and not of one that comes back from a pause, with cold caches.
const turns = isEarnest ? 12 : 1
const requestsInTurn = isEarnest ? 2000 : 40
/** Before each turn, to have the server in the caches again. */
const returningRequests = isEarnest ? 200 : 8
/** V8 has optimized all of it by then. */
const warmingRequests = isEarnest ? 20_000 : 40
const connections = 8
const request = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

const answer: RequestListener = (_request, response) => {
  response.setHeader('Content-Type', 'text/plain')
  response.end('Hello, world')
}

/** What each contender adds to a bare server; returns its listener, and how many requests it has recorded. */
const contenders: Readonly<Record<string, () => { listener: RequestListener; count(): number | undefined }>> = {
  bare: () => ({ listener: answer, count: () => undefined }),
  'empty subscribers': () => {
    for (const name of ['http.server.request.start', 'http.server.response.finish']) subscribe(name, () => {})
    return { listener: answer, count: () => undefined }
  },
  'plimsoll, nothing observed': () => {
    publishHere(new Registry())
    return { listener: answer, count: () => undefined }
  },
  plimsoll: () => {
    const registry = new Registry()
    publishHere(registry)
    observeRuntime(registry)
    return { listener: answer, count: () => recordedBy(registry) }
  },
  'prom-client': byHand,
}

if (process.argv[3] === undefined) await measure()
else serve(process.argv[3])

/** As its documentation shows it: a counter and a histogram by method, route and status. */
function byHand(): { listener: RequestListener; count(): number } {
  const labelNames = ['method', 'route', 'status'] as const
  const requests = new Counter({ name: 'requests_total', help: 'Requests', labelNames })
  const durations = new Histogram({ name: 'request_duration_seconds', help: 'Duration', labelNames })
  let count = 0
  const listener: RequestListener = (request, response) => {
    const end = durations.startTimer()
    response.on('finish', () => {
      const labels = { method: request.method as string, route: '/', status: response.statusCode }
      requests.inc(labels)
      end(labels)
      count++
    })
    answer(request, response)
  }
  return { listener, count: () => count }
}

function recordedBy(registry: Registry): number {
  const family = registry.read().families.find(({ name }) => name === 'http.server.request.duration')
  return family?.kind === 'timer' ? family.series.reduce((sum, { count }) => sum + count, 0) : Number.NaN
}

/** A process with one server: tells its port, then, as it is asked, its CPU time in microseconds or its count. */
function serve(contender: string): void {
  const { listener, count } = (contenders[contender] as (typeof contenders)[string])()
  const server = createServer(listener).listen(0, '127.0.0.1', () => {
    process.send?.((server.address() as AddressInfo).port)
  })
  // Connections are idle while others have their turn.
  server.keepAliveTimeout = 0
  process.on('message', (asked: Asked) => {
    const { user, system } = process.cpuUsage()
    // To count is to read the registry, which takes longer than many requests: never within a turn.
    process.send?.(asked === 'cpu' ? user + system : (count() ?? null))
  })
  process.on('disconnect', () => process.exit())
}

type Asked = 'cpu' | 'count'

interface Server {
  readonly child: ChildProcess
  readonly sockets: readonly Socket[]
  sent: number
}

async function start(contender: string): Promise<Server> {
  const child = fork(fileURLToPath(import.meta.url), [process.argv[2] ?? 'earnest', contender])
  const [port] = (await once(child, 'message')) as [number]
  pin(child.pid as number, 1)
  const sockets = Array.from({ length: connections }, () => connect(port, '127.0.0.1').setNoDelay())
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  const server = { child, sockets, sent: 0 }
  await load(server, warmingRequests)
  return server
}

/**
 * Keeps a process on one processor, where Linux can: servers on another one than what asks them. Else the kernel moves some of
 * them next to it, and the same server takes a fifth more or less for as long as it runs.
 */
function pin(pid: number, processor: number): void {
  try {
    execFileSync('taskset', ['-a', '-c', '-p', `${processor}`, `${pid}`], { stdio: 'ignore' })
  } catch {}
}

/** Sends requests over all connections, on each the next one when the answer to the last one is there. */
async function load(server: Server, count: number): Promise<void> {
  const each = count / server.sockets.length
  await Promise.all(
    server.sockets.map(async (socket) => {
      let left = each
      await new Promise<void>((resolve, reject) => {
        socket.once('close', () => reject(new Error('the server has closed a connection')))
        socket.on('data', () => {
          if (--left > 0) socket.write(request)
          else resolve()
        })
        socket.write(request)
      })
      socket.removeAllListeners('data').removeAllListeners('close')
    }),
  )
  server.sent += count
}

async function ask({ child }: Server, asked: Asked): Promise<number | null> {
  child.send(asked)
  const [told] = await once(child, 'message')
  return told
}

async function cpuOf(server: Server): Promise<number> {
  return (await ask(server, 'cpu')) ?? Number.NaN
}

async function measure(): Promise<void> {
  pin(process.pid, 0)
  const names = Object.keys(contenders)
  const servers: { name: string; server: Server; cpu: number[]; wall: number[] }[] = []
  for (let i = 0; i < processes; i++) {
    for (const name of names) servers.push({ name, server: await start(name), cpu: [], wall: [] })
  }
  for (let turn = 0; turn < turns; turn++) {
    // Each turn another one begins.
    for (const { server, cpu, wall } of [
      ...servers.slice(turn % servers.length),
      ...servers.slice(0, turn % servers.length),
    ]) {
      await load(server, returningRequests)
      const before = await cpuOf(server)
      const begun = performance.now()
      await load(server, requestsInTurn)
      wall.push(((performance.now() - begun) * 1000) / requestsInTurn)
      cpu.push(((await cpuOf(server)) - before) / requestsInTurn)
    }
  }
  for (const { name, server } of servers) {
    const count = await ask(server, 'count')
    if (count !== null) mustEqual(`${name}: requests`, count, server.sent)
    for (const socket of server.sockets) socket.destroy()
    server.child.disconnect()
    await once(server.child, 'exit')
  }
  /** The lower quartile of the turns of each process, because other work can only add; the median of the processes. */
  const figuresOf = (which: 'cpu' | 'wall'): Record<string, number> =>
    Object.fromEntries(
      names.map((name) => {
        const own = servers.filter((one) => one.name === name)
        return [
          name,
          quantile(
            own.map((one) => quantile(one[which], 0.25)),
            0.5,
          ),
        ]
      }),
    )
  const cpu = figuresOf('cpu')
  const added = Object.fromEntries(names.map((name) => [name, (cpu[name] as number) - (cpu.bare as number)]))
  const note =
    `A server of node:http that answers with a dozen bytes, in a process of its own; ${processes} processes each, in turns of ` +
    `${requestsInTurn} requests over ${connections} connections. plimsoll: all that plimsoll/register does, published. prom-client: a counter and ` +
    'a histogram by method, route and status. Empty subscribers: what Node itself takes to publish.'
  const about = { note, reference: 'bare' }
  tell(
    { ...about, title: 'HTTP server, CPU of a request', unit: 'µs', bars: [], figures: cpu },
    {
      ...about,
      title: 'HTTP server, CPU that recording adds to a request',
      unit: 'µs',
      bars: [{ contender: 'plimsoll', text: 'at most 0.6 µs', most: 0.6 }],
      figures: added,
    },
    {
      ...about,
      title: 'HTTP server, time of a request under full load',
      unit: 'µs',
      bars: [{ contender: 'plimsoll', text: '0.97 of the throughput of bare', most: 1 / 0.97, times: 'bare' }],
      figures: figuresOf('wall'),
    },
  )
}
