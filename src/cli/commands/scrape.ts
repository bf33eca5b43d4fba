import { checkExpositionOptions, type ExpositionOptions } from '../../formats/exposition/options.ts'
import { isLoopback } from '../../os/access.ts'
import type { Source } from '../../snapshot/snapshot.ts'
import { type Arguments, invalidOption, numberOption } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOrMmstatsOption, type Options } from '../option.ts'
import type { Context, Report, Result } from '../result.ts'
import { AppsSource } from '../select/apps-source.ts'
import { type ServeOptions, serve } from '../serve/serve.ts'

const defaultPort = 7546

const scrapeOptions: Options = {
  port: { value: '<n>', help: `0 for any free port; default: ${defaultPort}` },
  listen: {
    value: '<address>',
    help: 'address of this machine to listen on; everyone who can reach it can read all metrics; default: 127.0.0.1',
  },
  buckets: {
    value: '<metric>=<bounds>',
    help: '"le" bounds, separated by commas, of a histogram or timer declared without buckets; each is moved to the nearest recorded edge, within 1.1 %; may be repeated; default: fixed bounds by unit',
  },
  'buckets-per-octave': {
    value: '<n>',
    complete: ['1', '2', '4', '8', '16', '32'],
    help: 'number of fixed bounds per doubling: 1, 2, 4, 8, 16 or 32; default: 2 for times, else 1',
  },
  names: {
    value: 'prom-client',
    complete: ['prom-client'],
    help: "the names that prom-client's default metrics have, for what plimsoll/runtime observes",
  },
  created: { help: 'add _created to OpenMetrics text, and creation times to protobuf' },
  'publish-labels': {
    help: 'add the labels passed to publish() that all processes of an app have in common to each of its series',
  },
  dir: dirOrMmstatsOption,
}

/** `plimsoll scrape`. */
export const scrapeCommand: Command = {
  usage: [
    '[<app>]... [--port <n>] [--listen <address>] [--dir <path>]... [--buckets <metric>=<bounds>]... [--buckets-per-octave <n>] [--names prom-client] [--created] [--publish-labels]',
  ],
  examples: [
    'plimsoll scrape',
    'plimsoll scrape shop --port 9100',
    'plimsoll scrape --dir /run/shop --listen 10.0.0.7',
    'plimsoll scrape --buckets http.latency=0.1,0.25,0.5,1',
  ],
  about: `
Prints the URL and serves until Ctrl-C or SIGTERM:
  GET /metrics       Prometheus text, OpenMetrics text, protobuf with native
                     histograms, or JSON, selected by the Accept header or
                     ?format=prometheus|openmetrics|protobuf|json|prettyjson;
                     compressed with gzip if the Accept-Encoding header allows
                     it
  GET /metrics.json  JSON

Each response is read from the pages at that moment, without a call into any
app: a blocked process delays nothing. If no page can be read, the response is
503 with the reason. The processes of one app are added up.
With one app as argument, series have their declared labels; otherwise each
series also has the label "app". In addition there are plimsoll_processes by
state, plimsoll_heartbeat_age_seconds by worker and plimsoll_unreadable_pages.
Totals of ended processes are compacted into the archive if this user can write
to the directory.`,
  options: scrapeOptions,
  complete: 'app',
  run: scrape,
}

/** Serves the metrics of apps over HTTP until the user wants an end. Throws a PlimsollError for wrong usage. */
function scrape(args: Arguments, context: Context): AsyncIterable<Result> {
  const isPort = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 65_535
  const port = numberOption(args, 'port', isPort, 'a port from 0 to 65535') ?? defaultPort
  const address = args.values.get('listen')?.at(-1) ?? '127.0.0.1'
  const apps = new AppsSource(args, context, args.flags.has('publish-labels'))
  const exposition = { ...expositionOptions(args), onLeftOut: apps.onLeftOut }
  const options: ServeOptions = { address, port, exposition, comments: () => apps.comments }
  const start = (report: Report): Source => {
    if (!isLoopback(address)) report(`everyone who can reach ${address} can read all metrics.`)
    return apps.start(report)
  }
  return serve(start, options, context)
}

function expositionOptions(args: Arguments): ExpositionOptions {
  const { command, values, flags } = args
  const octaves = [1, 2, 4, 8, 16, 32]
  const fits = (value: number): boolean => octaves.includes(value)
  const perOctave = numberOption(args, 'buckets-per-octave', fits, '1, 2, 4, 8, 16 or 32')
  const buckets: Record<string, number[]> = {}
  for (const given of values.get('buckets') ?? []) {
    const [, metric, list] = /^([^=]+)=([-+.,\de\s]+)$/i.exec(given) ?? []
    if (metric === undefined || list === undefined) {
      throw invalidOption(command, 'buckets', given, '<metric>=<bounds>, such as http.latency=0.1,0.5,1')
    }
    buckets[metric] = list.split(',').map(Number)
  }
  const names = values.get('names')?.at(-1)
  if (names !== undefined && names !== 'prom-client') throw invalidOption(command, 'names', names, 'prom-client')
  const options = {
    buckets,
    ...(names !== undefined && ({ names } as const)),
    ...(perOctave !== undefined && { bucketsPerOctave: perOctave as ExpositionOptions['bucketsPerOctave'] & number }),
    created: flags.has('created'),
  }
  checkExpositionOptions(options, command)
  return options
}
