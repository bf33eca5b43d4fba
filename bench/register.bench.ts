import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { newFolder } from './published.ts'
import { effort, quantile, tell } from './result.ts'

const isEarnest = effort.turns > 1
const starts = isEarnest ? 30 : 1
/** Side by side, as one alone may share its processor with something else. */
const processes = isEarnest ? 3 : 1
/** Idle processes are measured each 10 seconds. Within their first minute V8 collects what their start has left over. */
const idleSeconds = isEarnest ? 30 : 0
const warmingSeconds = isEarnest ? 60 : 0

const required = resolve('build/package/dist/register.cjs')
/** What `--import plimsoll/register` leads to. */
const imported = pathToFileURL(required).href
const folder = newFolder()
const sources = {
  // Its listener runs after those of what was loaded before it.
  empty: `process.on('exit', () => console.log(JSON.stringify(process.cpuUsage())))`,
  server: `require('node:http').createServer((_request, response) => response.end()).listen(0, '127.0.0.1')
    process.on('message', () => process.send(process.cpuUsage()))`,
  timer: `setInterval(() => {}, 1000).unref()
    require('./server.cjs')`,
}
for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, `${name}.cjs`), text)
const [empty, server, timer] = ['empty', 'server', 'timer'].map((name) => join(folder, `${name}.cjs`)) as [
  string,
  string,
  string,
]

interface Contender {
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const bare = 'bare Node'
const rival = 'added by --require of prom-client'
const started: Readonly<Record<string, Contender>> = {
  [bare]: { args: [empty] },
  'added by --require': { args: ['--require', required, empty] },
  [rival]: { args: ['--require', createRequire(import.meta.url).resolve('prom-client'), empty] },
  'added by --import': { args: ['--import', imported, empty] },
  'added by NODE_OPTIONS where nothing is published': {
    args: ['--eval', sources.empty],
    env: { NODE_OPTIONS: `--require "${required}"` },
  },
}
/** What the last one is compared with. */
const bareEval = { args: ['--eval', sources.empty] }
const idling: Readonly<Record<string, Contender>> = {
  'bare node:http server': { args: [server] },
  'with an empty timer of a second': { args: [timer] },
  'plimsoll/register without measures': { args: ['--require', required, server], env: { PLIMSOLL_RUNTIME: 'off' } },
  'plimsoll/register': { args: ['--require', required, server] },
}

tell(
  {
    title: 'Start of a process with plimsoll/register',
    unit: 'ms of CPU',
    note: `User and system time, of all threads, of a process that runs an empty script or empty code, up to its end; the median of ${starts} processes each, in turns, and of what each took more than a bare one of the same turn. Nothing was left over by earlier processes. prom-client is only loaded, and collects nothing; to load it shows how fast the machine is at what a start consists of. The bars are 50 and 8 ms of a machine on which that took 34.`,
    reference: bare,
    bars: [
      { contender: 'added by --require', text: 'at most 1.5 x prom-client', most: 1.5, times: rival },
      { contender: 'added by --import', text: 'at most 1.5 x prom-client', most: 1.5, times: rival },
      {
        contender: 'added by NODE_OPTIONS where nothing is published',
        text: 'less than a quarter of prom-client',
        most: 0.25,
        times: rival,
      },
    ],
    figures: measureStarts(),
  },
  {
    title: 'An idle HTTP server with plimsoll/register',
    unit: '% of one processor',
    note: `User and system time, of all threads, in ${idleSeconds} s without a request, after a minute; the second of ${processes} processes each, all at once. The timer shows what it costs to wake a process once a second.`,
    reference: 'bare node:http server',
    bars: [{ contender: 'plimsoll/register', text: 'less than 0.1 %', most: 0.1 }],
    figures: await measureIdling(),
  },
)

function measureStarts(): Record<string, number> {
  const names = Object.keys(started)
  const taken: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
  for (let i = 0; i < starts; i++) {
    const least = { file: 0, code: cpuOfStart(bareEval) }
    for (const name of names) {
      const contender = started[name] as Contender
      const cpu = cpuOfStart(contender)
      if (name === bare) least.file = cpu
      const before = name === bare ? 0 : contender.args[0] === '--eval' ? least.code : least.file
      taken[name]?.push(cpu - before)
    }
  }
  return Object.fromEntries(names.map((name) => [name, quantile(taken[name] as number[], 0.5)]))
}

/** Milliseconds that a process takes up to its end. */
function cpuOfStart({ args, env }: Contender): number {
  const output = execFileSync(process.execPath, args, { env: environment(env), encoding: 'utf8' })
  return milliseconds(JSON.parse(output))
}

async function measureIdling(): Promise<Record<string, number>> {
  const all = Object.entries(idling).flatMap(([name, contender]) =>
    Array.from({ length: processes }, () => ({ name, child: start(contender) })),
  )
  try {
    await wait(warmingSeconds * 1000)
    const before = await Promise.all(all.map(({ child }) => cpuOf(child)))
    const begun = performance.now()
    await wait(idleSeconds * 1000)
    const after = await Promise.all(all.map(({ child }) => cpuOf(child)))
    const elapsed = performance.now() - begun
    const shares = all.map(({ name }, i) => ({
      name,
      share: (100 * ((after[i] as number) - (before[i] as number))) / elapsed,
    }))
    const of = (wanted: string): number[] => shares.filter(({ name }) => name === wanted).map(({ share }) => share)
    return Object.fromEntries(Object.keys(idling).map((name) => [name, quantile(of(name), 0.5)]))
  } finally {
    for (const { child } of all) child.kill('SIGKILL')
  }
}

function start({ args, env }: Contender): ChildProcess {
  const [script] = args.slice(-1) as [string]
  return fork(script, { execArgv: args.slice(0, -1), env: environment(env) })
}

async function cpuOf(child: ChildProcess): Promise<number> {
  child.send('')
  const [usage] = await once(child, 'message')
  return milliseconds(usage)
}

function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...others } = process.env
  return { ...others, PLIMSOLL_DIR: newFolder(), ...more }
}

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000
}
