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
/** Two servers of the same code differ by a microsecond, as long as they live: only many pairs of new ones tell. */
const pairs = isEarnest ? 12 : 1
// What else the machine does disturbs some of them. Long enough that it is a server at work, and not one that comes back from
// a pause, with cold caches.
const turns = isEarnest ? 8 : 1
const requestsInTurn = isEarnest ? 2000 : 40
/** Before each turn, to have the server in the caches again. */
const returningRequests = isEarnest ? 400 : 8
/** V8 has optimized all of it by then. */
const warmingRequests = isEarnest ? 20_000 : 40
const connections = 8
const request = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'

const answer: RequestListener = (_request, response) => {
  response.setHeader('Content-Type', 'text/plain')
  response.end('Hello, world')
}

const starts = 'http.server.request.start'
const finishes = 'http.server.response.finish'

/** What each contender adds to a bare server; returns its listener, and how many requests it has recorded. */
const contenders: Readonly<Record<string, () => { listener: RequestListener; count(): number | undefined }>> = {
  bare: () => ({ listener: answer, count: () => undefined }),
  'a second bare server': () => ({ listener: answer, count: () => undefined }),
  'empty subscribers': () => {
    for (const name of [starts, finishes]) subscribe(name, () => {})
    return { listener: answer, count: () => undefined }
  },
  'two readings of the clock': () => {
    let sum = 0
    subscribe(starts, () => {
      sum -= performance.now()
    })
    subscribe(finishes, () => {
      sum += performance.now()
    })
    return { listener: answer, count: () => (Number.isFinite(sum) ? undefined : 0) }
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

/** What a server takes for a request, in microseconds. */
interface Cost {
  readonly cpu: number
  readonly wall: number
}

async function turnOf(server: Server): Promise<Cost> {
  await load(server, returningRequests)
  const before = await cpuOf(server)
  const begun = performance.now()
  await load(server, requestsInTurn)
  const wall = performance.now() - begun
  return { cpu: ((await cpuOf(server)) - before) / requestsInTurn, wall: (wall * 1000) / requestsInTurn }
}

async function stop({ child, sockets }: Server): Promise<void> {
  for (const socket of sockets) socket.destroy()
  child.disconnect()
  await once(child, 'exit')
}

/** The medians of what a bare server takes, and of what a contender beside it takes more, turn by turn. */
async function comparePair(name: string, isFirst: boolean): Promise<{ readonly bare: Cost; readonly more: Cost }> {
  const contender = isFirst ? await start(name) : undefined
  const bare = await start('bare')
  const other = contender ?? (await start(name))
  const taken: { readonly bare: Cost; readonly other: Cost }[] = []
  for (let turn = 0; turn < turns; turn++) {
    // In turns, as who comes second finds what both share in the caches.
    const early = turn % 2 === 0 ? await turnOf(bare) : undefined
    const others = await turnOf(other)
    taken.push({ bare: early ?? (await turnOf(bare)), other: others })
  }
  const count = await ask(other, 'count')
  if (count !== null) mustEqual(`${name}: requests`, count, other.sent)
  await stop(bare)
  await stop(other)
  const middle = (costOf: (turn: (typeof taken)[number]) => number): number => quantile(taken.map(costOf), 0.5)
  return {
    bare: { cpu: middle(({ bare }) => bare.cpu), wall: middle(({ bare }) => bare.wall) },
    more: {
      cpu: middle(({ bare, other }) => other.cpu - bare.cpu),
      wall: middle(({ bare, other }) => other.wall - bare.wall),
    },
  }
}

async function measure(): Promise<void> {
  pin(process.pid, 0)
  const names = Object.keys(contenders).filter((name) => name !== 'bare')
  const compared: { readonly name: string; readonly bare: Cost; readonly more: Cost }[] = []
  for (let i = 0; i < pairs; i++) {
    for (const name of names) compared.push({ name, ...(await comparePair(name, i % 2 === 0)) })
  }
  const medianOf = (costs: readonly Cost[], which: keyof Cost): number =>
    quantile(
      costs.map((cost) => cost[which]),
      0.5,
    )
  const bareOf = (which: keyof Cost): number =>
    medianOf(
      compared.map(({ bare }) => bare),
      which,
    )
  const addedOf = (which: keyof Cost): Record<string, number> =>
    Object.fromEntries(
      names.map((name) => [
        name,
        medianOf(
          compared.filter((one) => one.name === name).map(({ more }) => more),
          which,
        ),
      ]),
    )
  const totalOf = (which: keyof Cost): Record<string, number> => {
    const bare = bareOf(which)
    return { bare, ...Object.fromEntries(Object.entries(addedOf(which)).map(([name, added]) => [name, bare + added])) }
  }
  const note =
    `A server of node:http that answers with a dozen bytes, in a process of its own beside a bare one, in turns of ` +
    `${requestsInTurn} requests over ${connections} connections; the median of ${pairs} pairs of new processes. plimsoll: all that ` +
    'plimsoll/register does, published. prom-client: a counter and a histogram by method, route and status. Empty subscribers: ' +
    'what Node itself takes to publish. Two readings of the clock: what any measure of the duration needs. A second bare server ' +
    'shows how exact this is.'
  const about = { note, reference: 'bare' }
  tell(
    { ...about, title: 'HTTP server, CPU of a request', unit: 'µs', bars: [], figures: totalOf('cpu') },
    {
      ...about,
      title: 'HTTP server, CPU that recording adds to a request',
      unit: 'µs',
      bars: [{ contender: 'plimsoll', text: 'at most 0.6 µs', most: 0.6 }],
      figures: { bare: 0, ...addedOf('cpu') },
    },
    {
      ...about,
      title: 'HTTP server, time of a request under full load',
      unit: 'µs',
      bars: [{ contender: 'plimsoll', text: '0.97 of the throughput of bare', most: 1 / 0.97, times: 'bare' }],
      figures: totalOf('wall'),
    },
  )
}
