import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Counter, Registry } from 'plimsoll'
import { fleet } from 'plimsoll/fleet'
import { openSink, report } from 'plimsoll/sinks'
import { durations } from './inputs.ts'
import { type Turns, watchTurns } from './loop-turns.ts'
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

/** How often the event loop is watched with a report and without one, and for how long each time. */
const phases = effort.turns > 1 ? 15 : 1
const phaseMs = effort.turns > 1 ? 200 : 20

const noReport = 'no report'
const delayNote =
  'Between two turns of the event loop of an app that increments 100 counters in each turn, over phases of 200 ms with a report ' +
  'and without one, one after the other: the lower quartile of 15 phases each.'

const [, , , role, ...args] = process.argv
if (role === 'receivers') await runReceivers()
else if (role === 'app') await runApp(args)
else await compare()

/** What a report costs the app that it is made in, in milliseconds. */
interface Within {
  /** For which its main thread was busy. */
  readonly busy: number
  readonly with: Pauses
  readonly without: Pauses
}

/** Between turns of a busy event loop. */
interface Pauses {
  readonly p999: number
  readonly longest: number
  /** The longest by the processor time of the main thread. */
  readonly ownLongest: number
}

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

/** An app that publishes, and records a little all the time. With URLs, it also sends, and prints what that costs its main thread. */
async function runApp([dir = '', ...targets]: readonly string[]): Promise<void> {
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
  if (targets.length === 0) {
    setInterval(count, 1000)
    console.log('ready')
    return
  }
  const costs: Within[] = []
  for (const to of targets) costs.push(await costWithin(registry, all, to))
  console.log(JSON.stringify(costs))
}

/** What it costs the main thread of this process to report to `to`. */
async function costWithin(registry: Registry, all: readonly Counter[], to: string): Promise<Within> {
  const reporting = report(registry, [await openSink(to)], { everySeconds: 3600 })
  for (let i = 0; i < warmUps; i++) await reporting.flush()
  const busy: number[] = []
  for (let i = 0; i < reports; i++) {
    const before = performance.eventLoopUtilization()
    await reporting.flush()
    busy.push(performance.eventLoopUtilization(before).active)
  }
  const work = (): void => {
    for (let i = 0; i < 100; i++) all[i % all.length]?.inc()
  }
  const turns: Record<'with' | 'without', Turns[]> = { with: [], without: [] }
  for (let phase = 0; phase < phases; phase++) {
    turns.without.push(await watchTurns(phaseMs, work))
    const flushed = reporting.flush()
    turns.with.push(await watchTurns(phaseMs, work))
    await flushed
  }
  await reporting.stop()
  return { busy: quantile(busy, 0.5), with: pausesOf(turns.with), without: pausesOf(turns.without) }
}

/** The lower quartile of each, as whatever else runs on the machine makes turns longer as well. */
function pausesOf(all: readonly Turns[]): Pauses {
  const of = (measure: (turns: Turns) => number): number => quantile(all.map(measure), 0.25)
  return {
    p999: of(({ passed }) => quantile(passed, 0.999)),
    longest: of(({ passed }) => quantile(passed, 1)),
    ownLongest: of(({ busy }) => quantile(busy, 1)),
  }
}

async function compare(): Promise<void> {
  const children: ChildProcess[] = []
  const dir = newFolder()
  const ports: Ports = JSON.parse(await firstLine(children, 'receivers'))
  await firstLine(children, 'app', dir)
  const folder = newFolder()
  const besides: Record<string, number> = {}
  const targets = Object.fromEntries(Object.entries(sinks).map(([name, urlFor]) => [name, urlFor(ports, folder)]))
  for (const [name, to] of Object.entries(targets)) besides[name] = await costBeside(dir, to)
  const within = await costsWithin(children, targets)
  for (const child of children) child.kill('SIGKILL')
  const names = Object.keys(targets)
  const [reference = ''] = names
  const about = 'of 10,000 counters and 200 timers of about 220 buckets'
  const barsOf = (text: string, most: number) => names.map((contender) => ({ contender, text, most }))
  const figuresOf = (of: (cost: Within) => number): Record<string, number> =>
    Object.fromEntries(names.map((name) => [name, of(within[name] as Within)]))
  const without = (of: (pauses: Pauses) => number): number => {
    const all = Object.values(within).map((cost) => of(cost.without))
    return quantile(all, 0.5)
  }
  const ownLongestOf = ({ ownLongest }: Pauses): number => ownLongest
  const delays = (what: string, of: (pauses: Pauses) => number, bars: Measurement['bars'] = []): Measurement => {
    const figures = { [noReport]: without(of), ...figuresOf((cost) => of(cost.with)) }
    return table(`Event-loop delay of an app while it reports, ${what}`, figures, {
      note: delayNote,
      reference: noReport,
      bars,
    })
  }
  tell(
    table(`CPU time to send a snapshot ${about}`, besides, {
      note: `From another process, reading the page included: the median of ${reports} reports. 50 ms once a second are 5 % of a core.`,
      reference,
      bars: barsOf('under 5 % of a core at one report a second', 50),
    }),
    table(
      `Time of the main thread for a report ${about}`,
      figuresOf(({ busy }) => busy),
      {
        note: 'In the app, whose published registry a thread reads and sends: how long the event loop is busy with it, the median.',
        reference,
        bars: barsOf('no pause above 2 ms', 2),
      },
    ),
    delays('99.9th percentile', ({ p999 }) => p999),
    delays('longest', ({ longest }) => longest),
    delays(
      'longest by the processor time of its main thread',
      ownLongestOf,
      barsOf('2 ms above no report at most', without(ownLongestOf) + 2),
    ),
  )
}

/** Each sink in an app of its own. Where little is measured, all in one: to start it takes longest then. */
async function costsWithin(children: ChildProcess[], targets: Readonly<Record<string, string>>) {
  const all = Object.values(targets)
  const costs: Within[] = []
  for (const group of effort.turns > 1 ? all.map((to) => [to]) : [all]) {
    costs.push(...JSON.parse(await firstLine(children, 'app', join(newFolder(), 'pages'), ...group)))
  }
  return Object.fromEntries(Object.keys(targets).map((name, i) => [name, costs[i] as Within]))
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
