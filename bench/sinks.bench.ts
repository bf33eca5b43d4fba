import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { openSink, report } from 'plimsoll/sinks'
import { durations } from './inputs.ts'
import { newFolder, publishInto } from './published.ts'
import { effort, type Measurement, quantile, tell } from './result.ts'

const counters = 10_000 / effort.divisor
const timers = 200 / effort.divisor
const reports = effort.turns > 1 ? 15 : 1
const warmUps = effort.turns > 1 ? 25 : 1

/** Ports of the receivers, which do nothing with what they get. */
interface Ports {
  readonly tcp: number
  readonly udp: number
  readonly http: number
}

/** The sinks, by the URL for these ports. */
const sinks: Readonly<Record<string, (ports: Ports, folder: string) => string>> = {
  'JSON file': (_, folder) => `file://${folder}/metrics.json`,
  'text file': (_, folder) => `textfile://${folder}/metrics.prom`,
  Graphite: ({ tcp }) => `graphite://127.0.0.1:${tcp}`,
  'StatsD over UDP': ({ udp }) => `statsd://127.0.0.1:${udp}?dialect=datadog`,
  OTLP: ({ http }) => `otlp+http://127.0.0.1:${http}`,
  'remote write': ({ http }) => `remote-write+http://127.0.0.1:${http}/api/v1/write`,
  Pushgateway: ({ http }) => `pushgateway+http://127.0.0.1:${http}`,
}

const [, , , role, ...args] = process.argv
if (role === 'receivers') await runReceivers()
else if (role === 'app') await runApp(args)
else await compare()

/** Takes everything. */
async function runReceivers(): Promise<void> {
  const tcp = createServer((socket) => socket.on('error', () => {}).resume())
  const http = createHttpServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200).end())
  })
  const udp = createSocket('udp4')
  for (const server of [tcp, http] as Server[]) await once(server.listen(0, '127.0.0.1'), 'listening')
  udp.bind(0, '127.0.0.1')
  await once(udp, 'listening')
  const [tcpPort, httpPort] = [tcp, http].map((server) => (server.address() as AddressInfo).port)
  console.log(JSON.stringify({ tcp: tcpPort, http: httpPort, udp: udp.address().port }))
}

/** An app that publishes, and records a little all the time. With a URL, it also sends, and prints what that costs its main thread. */
async function runApp([dir = '', to]: readonly string[]): Promise<void> {
  const registry = new Registry()
  const family = registry.counter('requests', { labels: ['route', 'status'], maxSeries: counters })
  const all = Array.from({ length: counters }, (_, i) => family.labels({ route: `/route/${i}`, status: i % 5 }))
  const latencies = registry.timer('latency', { labels: ['route'], maxSeries: timers })
  const timed = Array.from({ length: timers }, (_, i) => latencies.labels({ route: `/route/${i}` }))
  for (const timer of timed) for (const duration of durations) timer.record(duration)
  const count = (): void => {
    for (const counter of all) counter.inc()
  }
  count()
  publishInto(dir, registry)
  if (to === undefined) {
    setInterval(count, 1000)
    console.log('ready')
    return
  }
  const reporting = report(registry, [await openSink(to)], { everySeconds: 3600 })
  for (let i = 0; i < warmUps; i++) await reporting.flush()
  const busy: number[] = []
  for (let i = 0; i < reports; i++) {
    const before = performance.eventLoopUtilization()
    await reporting.flush()
    busy.push(performance.eventLoopUtilization(before).active)
  }
  console.log(quantile(busy, 0.5))
  await reporting.stop()
}

async function compare(): Promise<void> {
  const children: ChildProcess[] = []
  const dir = newFolder()
  const ports: Ports = JSON.parse(await firstLine(children, 'receivers'))
  await firstLine(children, 'app', dir)
  const folder = newFolder()
  const besides: Record<string, number> = {}
  const within: Record<string, number> = {}
  for (const [name, urlFor] of Object.entries(sinks)) {
    const to = urlFor(ports, folder)
    besides[name] = await costBeside(dir, to)
    within[name] = Number(await firstLine(children, 'app', join(newFolder(), 'pages'), to))
  }
  for (const child of children) child.kill('SIGKILL')
  const names = Object.keys(sinks)
  const [reference = ''] = names
  const about = 'of 10,000 counters and 200 timers of about 220 buckets'
  tell(
    table(`CPU time to send a snapshot ${about}`, besides, {
      note: `From another process, reading the page included: the median of ${reports} reports. 50 ms once a second are 5 % of a core.`,
      reference,
      bars: names.map((contender) => ({ contender, text: 'under 5 % of a core at one report a second', most: 50 })),
    }),
    table(`Time of the main thread for a report ${about}`, within, {
      note: 'In the app, whose published registry a thread reads and sends: how long the event loop is busy with it, the median.',
      reference,
      bars: names.map((contender) => ({ contender, text: 'no pause above 2 ms', most: 2 })),
    }),
  )
}

function table(
  title: string,
  figures: Readonly<Record<string, number>>,
  rest: Pick<Measurement, 'note' | 'reference' | 'bars'>,
): Measurement {
  return { title, unit: 'ms', figures, ...rest }
}

/** Milliseconds of processor time for a report of the app's pages by this process. */
async function costBeside(dir: string, to: string): Promise<number> {
  const pages = fleet('bench', { dir })
  const failures: string[] = []
  const onWarning = ({ message }: Error): void => void failures.push(message)
  const reporting = report(pages, [await openSink(to)], { everySeconds: 3600, registry: new Registry(), onWarning })
  for (let i = 0; i < warmUps; i++) await reporting.flush()
  const spent: number[] = []
  for (let i = 0; i < reports; i++) {
    const before = process.cpuUsage()
    await reporting.flush()
    const { user, system } = process.cpuUsage(before)
    spent.push((user + system) / 1000)
  }
  await reporting.stop()
  pages.close()
  if (failures.length > 0) throw new Error(failures.join('\n'))
  return quantile(spent, 0.5)
}

/** Starts this program in another role, and waits for its first line. */
async function firstLine(children: ChildProcess[], ...words: readonly string[]): Promise<string> {
  const program = [...process.execArgv, fileURLToPath(import.meta.url), effort.divisor === 1 ? 'all' : 'tiny', ...words]
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return line
}
