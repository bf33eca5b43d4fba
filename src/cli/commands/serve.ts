import { once } from 'node:events'
import type { Pages } from '../../dashboard/pages.ts'
import { type DashboardOptions, type DashboardServer, serveDashboard } from '../../dashboard/server.ts'
import { PlimsollError } from '../../errors.ts'
import { isLoopback } from '../../os/access.ts'
import { type Arguments, numberOption } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOrMmstatsOption, recordingOptions } from '../option.ts'
import { collectReadsSoon } from '../repeated-reads.ts'
import { type Context, type Result, result } from '../result.ts'
import { isNotFound } from '../select/not-found.ts'
import { noMetrics, type Selection, selectionOf } from '../select/selection.ts'

const defaultPort = 7549
const defaultMebibytes = 64
/** Where the files of the page are. In the package, too, this command is a file two folders below. */
const assets = new URL('../../dashboard/assets/', import.meta.url)

/** `plimsoll serve`. */
export const serveCommand: Command = {
  usage: [
    '[<app>]... [--port <n>] [--host <address>] [--history <MiB>] [--dir <path>]...',
    '--file <recording> [--at <time>] [--port <n>] [--host <address>]',
  ],
  examples: [
    'plimsoll serve',
    'plimsoll serve shop --port 8080',
    'plimsoll serve --dir /run/shop',
    'plimsoll serve --file night.rec',
  ],
  about: `
Prints the URL and serves until Ctrl-C or SIGTERM:
  GET /         the dashboard: all processes by app, charts that keep themselves
                up to date, workers side by side, what happened when
  GET /api/v1/  JSON: processes, stats, files, history; described by
                /api/v1/openapi.json

Pages are read once a second, without a call into any app: a blocked or killed
process is shown as well. Charts reach back to the start of this command, at
most one hour. An argument is the name of an app, a process id or a page file;
without one, all are served. A recording is played: a slider chooses its moment,
which is the same for all who look.`,
  options: {
    port: { value: '<n>', help: `0 for any free port; default: ${defaultPort}` },
    host: {
      value: '<address>',
      help: 'address of this machine to listen on; everyone who can reach it can read all metrics; default: 127.0.0.1',
    },
    history: {
      value: '<MiB>',
      help: `memory for the points of all charts, 1 to 4096; default: ${defaultMebibytes}`,
    },
    ...recordingOptions,
    dir: dirOrMmstatsOption,
  },
  complete: 'app',
  run: serveDashboardOf,
}

/** Serves the dashboard until the user wants an end. Throws a PlimsollError for wrong usage. */
function serveDashboardOf(args: Arguments, context: Context): AsyncIterable<Result> {
  const { clock } = context
  const isPort = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 65_535
  const port = numberOption(args, 'port', isPort, 'a port from 0 to 65535') ?? defaultPort
  const isSize = (value: number): boolean => value >= 1 && value <= 4096
  const mebibytes = numberOption(args, 'history', isSize, 'a number from 1 to 4096') ?? defaultMebibytes
  const address = args.values.get('host')?.at(-1) ?? '127.0.0.1'
  const selection = selectionOf(args, args.words, clock)
  const options = { address, port, assets, maxBytes: mebibytes * 2 ** 20, clock }
  return serve(selection, options, context)
}

async function* serve(selection: Selection, options: DashboardOptions, { signal }: Context): AsyncGenerator<Result> {
  collectReadsSoon()
  const { address } = options
  const missing = missingAtStart(selection)
  let server: DashboardServer
  try {
    server = await serveDashboard(pagesOf(selection), options)
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    selection.close()
    yield result('', [error])
    return
  }
  const warning = isLoopback(address) ? [] : [`everyone who can reach ${address} can read all metrics.`]
  yield result(`${server.url}\n`, [...warning, ...missing])
  if (!signal.aborted) await once(signal, 'abort')
  await server.close()
}

/** What was asked for and is not there; it is served once it is. */
function missingAtStart(selection: Selection): string[] {
  const { snapshots, failures } = selection.read(noMetrics, true)
  if (snapshots.length === 0 && failures.length === 0) return [selection.nothingHere()]
  return failures.filter(isNotFound).map(({ error }) => error.message)
}

function pagesOf(selection: Selection): Pages {
  return {
    get directories() {
      return selection.directories
    },
    recording: selection.recording,
    read(wanted, selectionOf) {
      const { snapshots, failures } = selection.read(wanted, true, selectionOf)
      return { snapshots, failures, ended: selection.ended }
    },
    close: () => selection.close(),
  }
}
