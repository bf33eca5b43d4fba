import { readFileSync, statSync } from 'node:fs'
import { PlimsollError, reasonOf } from '../../errors.ts'
import type { Source } from '../../snapshot/snapshot.ts'
import { type Collector, type CollectorOptions, checkCollectorOptions, collector } from '../../zeromq/collector.ts'
import { newKeyPair } from '../../zeromq/keys.ts'
import { type Arguments, invalidOption, numberOption } from '../arguments.ts'
import { type Context, type Result, result } from '../result.ts'
import { servedApps } from '../select/join-pages.ts'
import { isLoopback, serve, type Tell } from '../serve/serve.ts'

export const collectOptions = {
  bind: 'value',
  port: 'value',
  listen: 'value',
  keys: 'value',
  publishers: 'value',
  'gone-after': 'value',
  state: 'value',
  'new-keys': 'flag',
} as const

const defaultPort = 7547
const defaultGoneAfter = 10

export const collectHelp: string = `plimsoll collect: adds up what publishers send over ZeroMQ, and serves the sum

Usage: plimsoll collect [<app>]... --bind <endpoint>... [--port <n>] [--listen <address>]
                          [--keys <file> [--publishers <file>]] [--gone-after <seconds>]
                          [--state <file>]
       plimsoll collect --new-keys

Prints its endpoints and the URL, and serves until Ctrl-C or SIGTERM:
  GET /metrics       Prometheus text, OpenMetrics text or JSON, as the Accept header or
                     ?format=prometheus|openmetrics|json asks
  GET /metrics.json  JSON

The publishers of one app are added up. With one app as a word, its series have the labels
that it declared; with several or none, each series says in the label "app" whose it is.

Apps send with publisher() of "plimsoll/zeromq". What they counted stays in the sum when they
are gone; gauges and texts leave it. "heartbeatAge" in the JSON says how old the values of each
process are, "plimsoll.zeromq" how many publishers there are and what became of messages.
Needs the package zeromq beside plimsoll.

Options:
  --bind <endpoint>       ipc://<path> or tcp://<address>:<port>, may be repeated; "*" as a
                          port for any free one, as an address for all of this machine
  --port <n>              of the URL, 0 for any free one; default ${defaultPort}
  --listen <address>      of the URL: an address of this machine that others reach; whoever
                          reaches it can read all metrics; default 127.0.0.1
  --keys <file>           what --new-keys wrote; needed for endpoints that other machines reach
  --publishers <file>     the public keys of those who may publish, a line each, words behind
                          it are a note; without it, all who know the collector's public key
  --gone-after <seconds>  of silence; default ${defaultGoneAfter}
  --state <file>          where to keep what publishers counted, so that the next collector
                          goes on where this one ended; without it, those that are gone by
                          then are missing from its sum
  --new-keys              prints a new key pair as JSON, and ends

Examples:
  plimsoll collect --bind ipc:///run/shop/metrics.sock --state /var/lib/shop/metrics
  (umask 077; plimsoll collect --new-keys > keys.json)
  plimsoll collect --bind 'tcp://*:7548' --keys keys.json
`

/** Serves the sum of all publishers over HTTP until the user wants an end. Throws a PlimsollError for wrong usage. */
export function collect(args: Arguments, context: Context): AsyncIterable<Result> {
  const { command, values, flags, words } = args
  if (flags.has('new-keys')) return printKeys()
  const isPort = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 65_535
  const port = numberOption(args, 'port', isPort, 'a port, 0 to 65535') ?? defaultPort
  const isDelay = (value: number): boolean => value >= 0.1 && value <= 3600
  const goneAfter = numberOption(args, 'gone-after', isDelay, '0.1 to 3600 seconds') ?? defaultGoneAfter
  const bind = values.get('bind')
  if (bind === undefined)
    throw invalidOption(command, 'bind', 'missing', '--bind ipc://<path> or tcp://<address>:<port>')
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
  if (!isLoopback(address)) messages.push(`whoever reaches ${address} can read all metrics.`)
  return addUp(options, { address, port, words }, messages, context)
}

async function* addUp(
  options: CollectorOptions,
  { words, ...place }: { address: string; port: number; words: readonly string[] },
  messages: readonly (PlimsollError | string)[],
  { signal, clock }: Context,
): AsyncGenerator<Result> {
  const early: PlimsollError[] = []
  let tell: Tell = (warning) => early.push(warning as PlimsollError)
  let sum: Collector
  try {
    sum = await collector({ ...options, clock, onWarning: (warning) => tell(warning) })
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    yield result('', [error])
    return
  }
  yield { text: `${sum.endpoints.join('\n')}\n`, messages: [...messages, ...early], exitCode: 0 }
  const make = (later: Tell): Source => {
    tell = later
    return {
      read() {
        const { apps, own } = sum.readApps()
        const wanted = words.length === 0 ? apps : new Map([...apps].filter(([app]) => words.includes(app)))
        return servedApps(wanted, words, own)
      },
    }
  }
  yield* serve(make, place, { signal })
  const late: PlimsollError[] = []
  tell = (warning) => late.push(warning as PlimsollError)
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
  const messages = others ? [`other users may read the secret key in ${file}; "chmod 600" keeps them out.`] : []
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
    const reason = cause instanceof SyntaxError ? 'is no JSON' : reasonOf(cause)
    throw invalidOption(command, option, `${file}, which ${reason}`, 'a file that can be read')
  }
}
