import { readFileSync, statSync } from 'node:fs'
import { PlimsollError, reasonOf } from '../../errors.ts'
import { isLoopback } from '../../os/access.ts'
import { withProcesses } from '../../snapshot/process-families.ts'
import type { Source } from '../../snapshot/snapshot.ts'
import { type Collector, type CollectorOptions, checkCollectorOptions, collector } from '../../zeromq/collector.ts'
import { newKeyPair } from '../../zeromq/keys.ts'
import { type Arguments, invalidOption, numberOption, secondsOption } from '../arguments.ts'
import type { Command } from '../command.ts'
import type { Options } from '../option.ts'
import { type Context, type Report, type Result, result } from '../result.ts'
import { servedApps } from '../select/join-pages.ts'
import { serve } from '../serve/serve.ts'

const defaultPort = 7547
const defaultGoneAfter = 10

const collectOptions: Options = {
  bind: {
    value: '<endpoint>',
    help: 'ipc://<path> or tcp://<address>:<port>, may be repeated; "*" as port: any free port, as address: all addresses',
  },
  port: { value: '<n>', help: `port of the URL, 0 for any free port; default: ${defaultPort}` },
  listen: {
    value: '<address>',
    help: 'address of this machine to listen on for the URL; everyone who can reach it can read all metrics; default: 127.0.0.1',
  },
  keys: {
    value: '<file>',
    complete: 'file',
    help: 'output of --new-keys; required for endpoints that other machines can reach',
  },
  publishers: {
    value: '<file>',
    complete: 'file',
    help: 'public keys of the allowed publishers, one per line, optionally followed by a comment; default: everyone who has the public key of the collector',
  },
  'gone-after': {
    value: '<seconds>',
    help: `silence after which a publisher is gone; default: ${defaultGoneAfter}`,
  },
  state: {
    value: '<file>',
    complete: 'file',
    help: 'file that keeps the totals, so that a restarted collector continues with them; without it, counts of publishers that are gone by then are lost',
  },
  'new-keys': { help: 'print a new key pair as JSON, and exit' },
}

/** `plimsoll collect`. */
export const collectCommand: Command = {
  usage: [
    '[<app>]... --bind <endpoint>... [--port <n>] [--listen <address>] [--gone-after <seconds>] [--keys <file> [--publishers <file>]] [--state <file>]',
    '--new-keys',
  ],
  examples: [
    'plimsoll collect --bind ipc:///run/shop/metrics --state /var/lib/shop/state',
    '(umask 077; plimsoll collect --new-keys > keys.json)',
    "plimsoll collect --bind 'tcp://*:7548' --keys keys.json",
  ],
  about: `
Prints its endpoints and the URL, and serves until Ctrl-C or SIGTERM:
  GET /metrics       Prometheus text, OpenMetrics text or JSON, selected by the
                     Accept header or ?format=prometheus|openmetrics|json
  GET /metrics.json  JSON

The publishers of one app are added up. With one app as argument, series have
their declared labels; otherwise each series also has the label "app".

Apps send with publisher() of "plimsoll/zeromq". When a publisher is gone, its
counts stay in the totals, its gauges and texts do not. In addition there are
plimsoll_processes by state, plimsoll_heartbeat_age_seconds by worker, which is
the age of its values, and plimsoll_zeromq for publishers and messages.
Requires the package zeromq.`,
  options: collectOptions,
  run: collect,
}

/** Serves the sum of all publishers over HTTP until the user wants an end. Throws a PlimsollError for wrong usage. */
function collect(args: Arguments, context: Context): AsyncIterable<Result> {
  const { command, values, flags, words } = args
  if (flags.has('new-keys')) return printKeys()
  const isPort = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 65_535
  const port = numberOption(args, 'port', isPort, 'a port from 0 to 65535') ?? defaultPort
  const goneAfter = secondsOption(args, 'gone-after', 0.1, 3600) ?? defaultGoneAfter
  const bind = values.get('bind')
  if (bind === undefined)
    throw invalidOption(command, 'bind', 'no value', '--bind ipc://<path> or tcp://<address>:<port>')
  const address = values.get('listen')?.at(-1) ?? '127.0.0.1'
  const { curve, messages } = keysOf(args)
  const state = values.get('state')?.at(-1)
  const options = {
    bind,
    goneAfterMs: Math.round(goneAfter * 1000),
    ...(curve !== undefined && { curve }),
    ...(state !== undefined && { state }),
  }
  checkCollectorOptions(options)
  if (!isLoopback(address)) messages.push(`everyone who can reach ${address} can read all metrics.`)
  return addUp(options, { address, port, words }, messages, context)
}

async function* addUp(
  options: CollectorOptions,
  { words, ...place }: { address: string; port: number; words: readonly string[] },
  messages: readonly (PlimsollError | string)[],
  { signal, clock }: Context,
): AsyncGenerator<Result> {
  const early: PlimsollError[] = []
  let report: Report = (warning) => early.push(warning as PlimsollError)
  let sum: Collector
  try {
    sum = await collector({ ...options, clock, onWarning: (warning) => report(warning) })
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    yield result('', [error])
    return
  }
  yield { text: `${sum.endpoints.join('\n')}\n`, messages: [...messages, ...early], exitCode: 0 }
  const make = (later: Report): Source => {
    report = later
    return {
      read() {
        const { apps, own, ended } = sum.readApps()
        const wanted = [...apps].filter(([app]) => words.length === 0 || words.includes(app))
        const completed = wanted.map(
          ([app, sum]) =>
            [
              app,
              withProcesses(
                sum,
                undefined,
                ended.filter((one) => one.app === app),
              ),
            ] as const,
        )
        return servedApps(new Map(completed), words, own)
      },
    }
  }
  yield* serve(make, place, { signal })
  const late: PlimsollError[] = []
  report = (warning) => late.push(warning as PlimsollError)
  await sum.close()
  if (late.length > 0) yield result('', late)
}

async function* printKeys(): AsyncGenerator<Result> {
  try {
    yield result(`${JSON.stringify(await newKeyPair(), undefined, 2)}\n`)
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    yield result('', [error])
  }
}

/** The keys in the files that were named; all of it is checked later. */
function keysOf({ command, values }: Arguments): {
  curve: { secretKey: string; publishers?: readonly string[] } | undefined
  messages: string[]
} {
  const file = values.get('keys')?.at(-1)
  const list = values.get('publishers')?.at(-1)
  if (file === undefined) {
    if (list !== undefined) throw invalidOption(command, 'publishers', list, '--keys as well')
    return { curve: undefined, messages: [] }
  }
  const secretKey = read(command, 'keys', file, (text) => String(JSON.parse(text).secretKey))
  const others = (statSync(file).mode & 0o077) !== 0
  const messages = others ? [`other users can read the secret key in ${file}. Run "chmod 600" on it.`] : []
  if (list === undefined) return { curve: { secretKey }, messages }
  const publishers = read(command, 'publishers', list, (text) => {
    return text.split('\n').flatMap((line) =>
      line
        .trim()
        .split(/\s+/, 1)
        .filter((key) => key !== ''),
    )
  })
  return { curve: { secretKey, publishers }, messages }
}

function read<T>(command: string, option: string, file: string, take: (text: string) => T): T {
  try {
    return take(readFileSync(file, 'utf8'))
  } catch (cause) {
    // The text of a JSON error would show what is in the file.
    const reason = cause instanceof SyntaxError ? 'not JSON' : reasonOf(cause)
    throw invalidOption(command, option, `${file} (${reason})`, 'a file that can be read')
  }
}
