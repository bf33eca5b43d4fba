import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { get, request } from 'node:http'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Registry } from 'plimsoll'
import { durations } from './inputs.ts'
import { newFolder, publishInto } from './published.ts'
import { effort, tell } from './result.ts'

const pages = 50 / (effort.divisor === 1 ? 1 : 25)
const apps = pages / (effort.divisor === 1 ? 5 : 2)
const numbers = 430
const timers = 50
/** Of so many series one changes in a second. */
const share = 10
/** For so many seconds all processes have run: their recent windows are full, and all of their metrics are known. */
const ageSeconds = effort.divisor === 1 ? 600 : 30
const tickSeconds = 5
const warmUpMs = effort.divisor === 1 ? 20_000 : 100
const measuredMs = effort.divisor === 1 ? 15_000 : 100
const command = resolve('dist/cli/main.js')

const [, , , role, folder = ''] = process.argv
if (role === 'apps') runApps(folder)
else await compare()

/** Publishes all pages: those of as many processes, each of which observes itself as plimsoll/register has it do. */
function runApps(dir: string): void {
  const setBack = clocksSetBack()
  setBack(ageSeconds)
  const published = Array.from({ length: pages }, (_, page) => publishOne(dir, page))
  let second = 0
  const update = (): void => {
    second++
    for (const { pass } of published) pass(second)
  }
  for (let past = ageSeconds; past > 0; past--) {
    setBack(past)
    update()
    if (past % tickSeconds === 0) for (const { registry } of published) registry.tick()
  }
  setBack(0)
  setInterval(update, 1000)
  console.log('ready')
}

/** Sets the clocks of this process back, so that ten minutes are over in some seconds. */
function clocksSetBack(): (seconds: number) => void {
  let shift = 0
  const now = performance.now.bind(performance)
  const { now: date } = Date
  performance.now = () => now() - shift
  Date.now = () => date() - shift
  return (seconds) => {
    shift = seconds * 1000
  }
}

function publishOne(dir: string, page: number): { registry: Registry; pass: (second: number) => void } {
  const registry = new Registry()
  const observed = observedMetrics(registry)
  const uses: ((second: number) => void)[] = []
  for (let n = 0; n < numbers; n++) {
    const labels = { route: `/route/${n % 10}` }
    const name = `app.number${Math.floor(n / 10)}`
    if (n % 20 < 10) {
      const counter = registry.counter(name, { labels: ['route'] }).labels(labels)
      uses.push((second) => counter.add(second))
    } else {
      const gauge = registry.gauge(name, { labels: ['route'] }).labels(labels)
      uses.push((second) => gauge.set(second / 7))
    }
  }
  for (let n = 0; n < timers; n++) {
    const timer = registry
      .timer(`app.timer${Math.floor(n / 10)}`, { labels: ['route'] })
      .labels({ route: `/route/${n % 10}` })
    uses.push((second) => {
      for (let i = 0; i < 50; i++) timer.record(durations[(second * 31 + i) & 4095] as number)
    })
  }
  publishInto(dir, registry, 2 ** 24, `app-${page % apps}`)
  const pass = (second: number): void => {
    observed(second)
    for (let i = (second + page) % share; i < uses.length; i += share) uses[i]?.(second)
  }
  return { registry, pass }
}

/** The metrics of a process that the tools show, in their usual form. */
function observedMetrics(registry: Registry): (second: number) => void {
  const cpu = registry.counter('process.cpu.time', { labels: ['cpu_mode'], unit: 's' })
  const memory = registry.gauge('process.memory.usage', { unit: 'By' })
  const used = registry.gauge('nodejs.memory.heap.used', { unit: 'By' })
  registry.gauge('nodejs.memory.heap.limit', { unit: 'By' }).set(4e9)
  const utilization = registry.gauge('nodejs.eventloop.utilization', { unit: '1' })
  const delay = registry.histogram('nodejs.eventloop.delay', { unit: 's' })
  const gc = registry.histogram('v8js.gc.duration', { labels: ['type'], unit: 's' })
  const open = registry.gauge('process.unix.file_descriptor.count')
  registry.gauge('process.unix.file_descriptor.limit').set(1024)
  const requests = registry.counter('http.server.requests')
  const duration = registry.timer('http.server.request.duration', {
    labels: ['http_route', 'http_response_status_code'],
  })
  return (second) => {
    for (const mode of ['user', 'system']) cpu.labels({ cpu_mode: mode }).add(0.1)
    memory.set(7e7 + second * 4096)
    used.set(3e7 + second * 4096)
    utilization.set(0.2 + (second % 7) / 100)
    open.set(20 + (second % 3))
    for (let i = 0; i < 50; i++) delay.record(0.001 + (durations[(second * 7 + i) & 4095] as number) / 100)
    for (const type of ['minor', 'major']) gc.labels({ type }).record(0.001)
    for (let i = 0; i < 100; i++) {
      requests.inc()
      const labels = { http_route: `/route/${i % 10}`, http_response_status_code: i % 50 === 0 ? '500' : '200' }
      duration.labels(labels).record(durations[(second * 13 + i) & 4095] as number)
    }
  }
}

/** Nanoseconds of processor time that the threads of a process have had. */
function processorTime(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const times = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  )
  return times.reduce((sum, one) => sum + one, 0)
}

/** Milliseconds of processor time a second, once most is compiled: at one turn a second that takes a while. */
async function costOf(pid: number): Promise<number> {
  await sleep(warmUpMs)
  const before = processorTime(pid)
  const begun = performance.now()
  await sleep(measuredMs)
  return (processorTime(pid) - before) / 1000 / (performance.now() - begun)
}

function start(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) return ''
  for await (const line of createInterface({ input: stdout })) return line
  throw new Error('it ended without a line')
}

/** On a terminal of its own, which `script` makes; the shell prints its number, and becomes the command. */
async function costOfTop(dir: string): Promise<number> {
  const node = [process.execPath, command, 'top', '--dir', dir].map((word) => `'${word}'`).join(' ')
  const terminal = start('script', ['-qefc', `stty rows 56 cols 160; echo $$; exec ${node}`, '/dev/null'])
  const pid = Number(await firstLine(terminal))
  terminal.stdout?.resume()
  try {
    return await costOf(pid)
  } finally {
    process.kill(pid, 'SIGTERM')
    await once(terminal, 'exit')
  }
}

/** A browser listens that shows some charts of one app. */
async function costOfServe(dir: string): Promise<number> {
  const serving = start(process.execPath, [command, 'serve', '--port', '0', '--dir', dir])
  try {
    const url = await firstLine(serving)
    const listening = get(`${url}events?session=benchmark1`, (response) => response.resume())
    listening.on('error', () => {})
    await once(listening, 'response')
    await sleep(effort.divisor === 1 ? 2000 : 100)
    await show(url, await tracksOf(url))
    const cost = await costOf(serving.pid as number)
    listening.destroy()
    return cost
  } finally {
    serving.kill('SIGTERM')
    await once(serving, 'exit')
  }
}

interface Catalog {
  readonly families: readonly { series: readonly { tracks: readonly { id: number }[] }[] }[]
}

/** Those of the first series of each family: what the view of an app shows at first, and more. */
async function tracksOf(url: string): Promise<number[]> {
  const [response] = (await once(get(`${url}api/v1/catalog?app=app-0`), 'response')) as [AsyncIterable<Buffer>]
  let text = ''
  for await (const piece of response) text += piece
  const { families } = JSON.parse(text) as Catalog
  return families.flatMap(({ series: [first] }) => first?.tracks.map(({ id }) => id) ?? [])
}

async function show(url: string, tracks: readonly number[]): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  const asking = request(`${url}show?session=benchmark1`, { method: 'POST', headers })
  asking.end(JSON.stringify({ all: false, apps: ['app-0'], tracks }))
  const [response] = await once(asking, 'response')
  response.resume()
  if (response.statusCode !== 204) throw new Error(`the dashboard answered ${response.statusCode}`)
}

async function compare(): Promise<void> {
  const dir = newFolder()
  const effortName = effort.divisor === 1 ? 'all' : 'tiny'
  const published = start(process.execPath, [fileURLToPath(import.meta.url), effortName, 'apps', dir])
  await firstLine(published)
  published.stdout?.resume()
  const figures = { 'plimsoll top': await costOfTop(dir), 'plimsoll serve': await costOfServe(dir) }
  published.kill('SIGKILL')
  await once(published, 'exit')
  tell({
    title: 'CPU time of the tools that watch 50 processes',
    unit: 'ms',
    note:
      `Per second, of the command alone. Each process has run for ${ageSeconds / 60} minutes, and has ${numbers} counters and ` +
      `gauges and ${timers} timers, of which a tenth changes each second, besides what plimsoll observes of a process; top ` +
      'draws 160 x 56 characters, and a browser looks at one app of five processes.',
    reference: 'plimsoll top',
    bars: [
      { contender: 'plimsoll top', text: 'under 2 % of a core', most: 20 },
      { contender: 'plimsoll serve', text: 'under 5 % of a core', most: 50 },
    ],
    figures,
  })
}
