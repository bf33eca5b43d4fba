import { readFileSync } from 'node:fs'
import { optionInvalid, PlimsollError, reasonOf } from '../../errors.ts'
import { Registry } from '../../metrics/registry/registry.ts'
import { checkOptions, flag, type OptionRules } from '../../options.ts'
import { hold } from '../../os/before-end.ts'
import { hasSink, openSink, sinkUrl } from '../../sinks/open-sink.ts'
import { Reporter, type ReportListener, type Timing } from '../../sinks/reporter.ts'
import type { Sink } from '../../sinks/sink.ts'
import { SinkMetrics } from '../../sinks/sink-metrics.ts'
import { withFamilies } from '../../snapshot/process-families.ts'
import type { Snapshot, Source } from '../../snapshot/snapshot.ts'
import { type Arguments, invalidOption, secondsOption } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOrMmstatsOption, type Options } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'
import { AppsSource } from '../select/apps-source.ts'

const defaultEverySeconds = 10

const pushOptions: Options = {
  to: { value: '<url>', help: 'where to send to; options of the receiver stand in the query; may be repeated' },
  config: { value: '<file>', complete: 'file', help: 'JSON with many receivers and their options' },
  every: { short: 'd', value: '<seconds>', help: `0.05 to 86400; default: ${defaultEverySeconds}` },
  aligned: { help: 'send at whole multiples of the interval in Unix time' },
  once: { help: 'send once, and end with exit code 1 if a receiver did not accept it' },
  dir: dirOrMmstatsOption,
}

/** `plimsoll push`. */
export const pushCommand: Command = {
  usage: [
    '[<app>]... --to <url>... [--every <seconds>] [--aligned] [--once] [--dir <path>]...',
    '[<app>]... --config <file> [--to <url>...] [options]',
  ],
  examples: [
    'plimsoll push --to graphite://graphite.example:2003',
    'plimsoll push shop --to statsd://127.0.0.1:8125?dialect=datadog --every 5',
    'plimsoll push shop --to file:///var/lib/shop/metrics.json --once',
    'plimsoll push --config /etc/plimsoll/push.json',
  ],
  about: `
Reads the pages at each interval, without a call into any app, and sends the
sums of each app until Ctrl-C or SIGTERM, then the last values. What a killed
process counted is in the sums, up to its last moment. With one app as argument,
series have their declared labels; otherwise each series also has the label
"app". A receiver that fails is reported once, and tried again with growing
pauses; plimsoll.sink.* count that, and are sent as well.

Receivers; docs/sinks.md has a page for each, with its options:
  graphite://<host>:<port>, graphite+pickle://, graphite+udp://
  statsd://<host>:<port>?dialect=etsy|datadog|collectd|netdata, statsd+tcp://,
  statsd+unix:///<path>
  otlp+http://<host>:<port>, otlp+https://
  remote-write+http://<host>:<port>/<path>, remote-write+https://
  pushgateway+http://<host>:<port>, pushgateway+https://
  file:///<path>       a JSON snapshot, replaced in one step
  textfile:///<path>   Prometheus text for node_exporter, in a file *.prom
  stdout:              a line of JSON each time`,
  options: pushOptions,
  notes: `
A configuration has the options of report(), and receivers with their options:
  { "everySeconds": 10,
    "sinks": [ { "to": "file:///var/lib/shop/metrics.json", "keep": 3 },
               { "to": "stdout:", "allow": ["http/*"] } ] }`,
  complete: 'app',
  run: push,
}

/** One receiver of a configuration. */
interface Receiver {
  readonly to: string
  readonly options: Readonly<Record<string, unknown>>
}

/** The file of `--config`. */
interface Config {
  readonly everySeconds?: number
  readonly aligned?: boolean
  readonly jitterSeconds?: number
  readonly deadlineSeconds?: number
  readonly sinks?: readonly Readonly<Record<string, unknown>>[]
}

function isSeconds(min: number, max: number): (given: unknown) => boolean {
  return (given) => typeof given === 'number' && given >= min && given <= max
}

const rules: OptionRules<Config> = {
  everySeconds: [isSeconds(0.05, 86_400), 'a number of seconds from 0.05 to 86400'],
  aligned: flag,
  jitterSeconds: [isSeconds(0, 86_400), 'a number of seconds from 0 to 86400'],
  deadlineSeconds: [isSeconds(0.01, 3600), 'a number of seconds from 0.01 to 3600'],
  sinks: [
    (given) => Array.isArray(given) && given.every((one) => typeof Object(one).to === 'string'),
    'an array of objects with "to", as in [{ "to": "stdout:" }]',
  ],
}

/** Sends the metrics of apps until the user wants an end. Throws a PlimsollError for wrong usage. */
function push(args: Arguments, context: Context): AsyncIterable<Result> {
  const { command, values, flags } = args
  const config = configOf(args)
  const every = secondsOption(args, 'every', 0.05, 86_400)
  const receivers: Receiver[] = [
    ...(values.get('to') ?? []).map((to) => ({ to, options: {} })),
    ...(config.sinks ?? []).map(({ to, ...options }) => ({ to: to as string, options })),
  ]
  const unknown = values.get('to')?.find((to) => !hasSink(to))
  if (unknown !== undefined) throw invalidOption(command, 'to', unknown, sinkUrl)
  if (receivers.length === 0) throw invalidOption(command, 'to', 'no value', 'a URL, such as --to stdout:')
  const { everySeconds = defaultEverySeconds, aligned = false, jitterSeconds = 0, deadlineSeconds = 10 } = config
  const timing: Timing = {
    intervalMs: (every ?? everySeconds) * 1000,
    deadlineMs: deadlineSeconds * 1000,
    jitterMs: jitterSeconds * 1000,
    aligned: aligned || flags.has('aligned'),
    immediately: !flags.has('once'),
  }
  return send(args, receivers, timing, context)
}

function configOf({ command, values }: Arguments): Config {
  const path = values.get('config')?.at(-1)
  if (path === undefined) return {}
  let config: Config
  try {
    config = JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw invalidOption(command, 'config', path, `a file with JSON, but ${reasonOf(cause)}`)
  }
  checkOptions(path, config, rules)
  return config
}

async function* send(
  args: Arguments,
  receivers: readonly Receiver[],
  timing: Timing,
  context: Context,
): AsyncGenerator<Result> {
  let sinks: Sink[]
  try {
    sinks = await Promise.all(receivers.map(({ to, options }) => openSink(to, options)))
    checkNames(sinks)
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    yield { text: '', messages: [error], exitCode: 2 }
    return
  }
  const messages: Result['messages'][number][] = []
  let wake = (): void => {}
  const report = (message: Result['messages'][number]): void => {
    messages.push(message)
    wake()
  }
  const registry = new Registry()
  const listener = listenerOf(new SinkMetrics(registry), report)
  const apps = new AppsSource(args, context).start(report)
  const reporter = new Reporter(new WithOwn(apps, registry), sinks, timing, listener, context.clock)
  const { signal } = context
  if (!args.flags.has('once')) {
    signal.addEventListener('abort', () => wake(), { once: true })
    while (!signal.aborted) {
      if (messages.length === 0) await hold(new Promise<void>((resolve) => (wake = resolve)))
      else yield result('', messages.splice(0))
    }
  }
  await hold(reporter.stop())
  yield result('', messages.splice(0))
}

function listenerOf(metrics: SinkMetrics, report: (message: PlimsollError | string) => void): ReportListener {
  return {
    count: (event) => metrics.count(event),
    onChange: (sink, error) => report(error ?? `${sink} accepts metrics again.`),
    onUnreadable: report,
  }
}

/** Two sinks of one name would be one in `plimsoll.sink.*`, and write to one receiver. */
function checkNames(sinks: readonly Sink[]): void {
  const names = sinks.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw optionInvalid('to', 'plimsoll push', twice, 'each receiver once')
}

/** The apps, and what this process counts about its sinks. */
class WithOwn implements Source {
  readonly #apps: Source
  readonly #own: Registry

  constructor(apps: Source, own: Registry) {
    this.#apps = apps
    this.#own = own
  }

  async read(): Promise<Snapshot> {
    return withFamilies(await this.#apps.read(), this.#own.read().families)
  }
}
