import type { PlimsollError } from '../../errors.ts'
import { AppMerger } from '../../snapshot/merge/apps.ts'
import type { Snapshot, Source } from '../../snapshot/snapshot.ts'
import { type Arguments, numberOption } from '../arguments.ts'
import type { Context, Result } from '../result.ts'
import { servedApps } from '../select/join-pages.ts'
import { byApp, selectionOf } from '../select/selection.ts'
import { isLoopback, serve, type Tell } from '../serve/serve.ts'

export const scrapeOptions = { dir: 'value', listen: 'value', port: 'value' } as const

const defaultPort = 7546
/** So many messages are remembered, so that none comes again with each scrape. */
const maxTold = 1000

export const scrapeHelp: string = `plimsoll scrape: serves the metrics of this machine's apps to Prometheus

Usage: plimsoll scrape [<app>]... [--port <n>] [--listen <address>] [--dir <path>]...

Prints the URL and serves until Ctrl-C or SIGTERM:
  GET /metrics       Prometheus text, OpenMetrics text or JSON, as the Accept header or
                     ?format=prometheus|openmetrics|json asks
  GET /metrics.json  JSON

Each answer is read from the pages at that moment, without a call into any app: one that
hangs delays nothing. The processes of one app are added up. With one app as a word, its
series have the labels that it declared; with several or none, each series says in the
label "app" whose it is. What processes counted that are gone is moved into the archive,
where this user may write to the directory.

Options:
  --port <n>          0 for any free one; default ${defaultPort}
  --listen <address>  an address of this machine that others reach; whoever reaches it
                      can read all metrics; default 127.0.0.1
  --dir <path>        a directory of pages, may be repeated; default $PLIMSOLL_DIR, else
                      /dev/shm/plimsoll-<uid>, else <tmpdir>/plimsoll-<uid>,
                      and the mmstats files that $MMSTATS_GLOB names

Examples:
  plimsoll scrape
  plimsoll scrape shop --port 9100
  plimsoll scrape --dir /run/shop --listen 10.0.0.7
`

/** Serves the metrics of apps over HTTP until the user wants an end. Throws a PlimsollError for wrong usage. */
export function scrape(args: Arguments, context: Context): AsyncIterable<Result> {
  const isPort = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 65_535
  const port = numberOption(args, 'port', isPort, 'a port, 0 to 65535') ?? defaultPort
  const address = args.values.get('listen')?.at(-1) ?? '127.0.0.1'
  return serve((tell) => appsSource(args, context, address, tell), { address, port }, context)
}

/** All apps, or those that were asked for, as one source. */
function appsSource(args: Arguments, { clock }: Context, address: string, tell: Tell): Source {
  if (!isLoopback(address)) tell(`whoever reaches ${address} can read all metrics.`)
  const told = new Set<string>()
  const tellOnce = (message: PlimsollError | string): void => {
    const text = String(message)
    if (told.has(text)) return
    if (told.size >= maxTold) told.clear()
    told.add(text)
    tell(message)
  }
  const selection = selectionOf(args, args.words, clock, { compact: true, onWarning: tellOnce })
  const sums = new AppMerger()
  const read = (): Snapshot => {
    const { snapshots, failures } = selection.read()
    for (const { error } of failures) tellOnce(error)
    const [first] = failures
    // Nothing at all would look like an app without metrics, and whoever scrapes would take it for a good answer.
    if (snapshots.length === 0 && first !== undefined) throw first.error
    if (snapshots.length === 0) tellOnce(selection.nothingHere())
    for (const [app, pages] of byApp(snapshots)) for (const page of pages) sums.add(page, app)
    return servedApps(sums.end(), selection.targets)
  }
  // A word or directory that leads nowhere is told to who starts this, not only to the log of some later scrape.
  try {
    read()
  } catch {
    // It has been told, and each scrape says it again.
  }
  return { read }
}
