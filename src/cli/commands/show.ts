import { PlimsollError } from '../../errors.ts'
import { formatOpenMetrics } from '../../formats/exposition/openmetrics.ts'
import { formatPrometheus } from '../../formats/exposition/prometheus.ts'
import { formatJson, textTooLong } from '../../formats/json/json.ts'
import { durationText } from '../../formats/table/durations.ts'
import { cut, printable } from '../../formats/table/printable.ts'
import { formatTable } from '../../formats/table/table.ts'
import { conflictReasons, conflictText } from '../../snapshot/conflicts.ts'
import { joinApps } from '../../snapshot/merge/apps.ts'
import { byWorker } from '../../snapshot/merge/by-worker.ts'
import { countStates, isAlive, uptime } from '../../snapshot/page-state.ts'
import { parseSelectors } from '../../snapshot/selector.ts'
import { filterSnapshot } from '../../snapshot/selector-match.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import { type Arguments, byWorkerOption, invalidOption } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOrMmstatsOption, type Options } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'
import { joinPages } from '../select/join-pages.ts'
import { withoutIdle } from '../select/own-metrics.ts'
import { byApp, type Selection, selectionOf } from '../select/selection.ts'
import { bySignificance } from '../select/significance.ts'
import { ownerText } from '../view/page-state.ts'
import { bold, safeLines } from '../view/terminal.ts'

/** A family of which a terminal shows more would push the others off it. */
const maxSeries = 20

const showOptions: Options = {
  filter: {
    value: '<selector>',
    help: "only metrics whose name contains this text or, with * or ?, matches it as a whole; labels and a condition may follow: 'http.requests{status=5*}' 'latency.p99 > 500ms'; may be repeated",
  },
  by: {
    value: 'worker',
    complete: ['worker'],
    help: 'one series per process, with the labels "worker", "pid", "tid" and those passed to publish(), instead of totals',
  },
  all: {
    help: `show all series; by default a terminal shows the ${maxSeries} largest of each metric; also show metrics that are 0, and those that newer processes declare differently, which are in no total`,
  },
  json: { help: 'print one line of JSON for each app' },
  prometheus: { help: 'print Prometheus text format 0.0.4' },
  openmetrics: {
    help: 'print OpenMetrics text format 1.0; in both, series of several apps have the label "app"',
  },
  dir: dirOrMmstatsOption,
}

/** `plimsoll show`. */
export const showCommand: Command = {
  usage: ['[<pid>|<app>|<file>]... [options]'],
  examples: [
    'plimsoll show',
    'plimsoll show shop --filter http',
    'plimsoll show shop --by worker --filter queue',
    'plimsoll show 4711 --json',
    "plimsoll show ./shop-4711-0-5f0c1a2b.page --filter 'http.*'",
    'plimsoll show shop --prometheus > /var/lib/node_exporter/shop.prom',
  ],
  about: `
Without a pid, app or file, all pages are shown. The pages of one app are added
up: counters and distributions of all processes, including ended ones, and
gauges of running processes only. To see the last gauges of an ended process,
select it by pid or file. Tables begin with the metrics of the app, then HTTP,
event loop, CPU and memory. plimsoll's own error counters, and metrics of HTTP
servers and clients, are printed once they are not 0.`,
  options: showOptions,
  complete: 'app',
  run: show,
}

const formats = ['json', 'prometheus', 'openmetrics'] as const

/** Runs `plimsoll show`. */
function show(args: Arguments, context: Context): Result {
  const [format, second] = formats.filter((name) => args.flags.has(name))
  if (second !== undefined) throw invalidOption(args.command, second, 'a second format', 'only one format')
  const apart = byWorkerOption(args)
  const texts = args.values.get('filter') ?? []
  const selectors = texts.flatMap((text) => parseSelectors(text, args.command, '--filter'))
  const selection = selectionOf(args, args.words, context.clock)
  const { snapshots, failures } = selection.read()
  const errors = failures.map(({ error }) => error)
  selection.close()
  const apps = new Map<string, Snapshot>()
  for (const [app, pages] of byApp(snapshots)) {
    const isNamed = pages.length === 1 || pages.every((page) => page.pages.every((each) => selection.isNamed(each)))
    apps.set(app, filterSnapshot(apart ? byWorker(pages) : joinPages(pages, isNamed), selectors))
  }
  const messages = errors.length > 0 ? errors : messagesFor(apps, selection)
  const conflicts = format === undefined ? [...apps.values()].flatMap(conflictReasons).map(conflictText) : []
  const all = args.flags.has('all')
  const max = context.columns === undefined || all ? Number.POSITIVE_INFINITY : maxSeries
  try {
    const text = textOf(apps, format, context, { brief: selectors.length === 0 && !all, max, all })
    return result(text, [...messages, ...conflicts])
  } catch (cause) {
    if (cause instanceof PlimsollError) return result('', [cause])
    if (!(cause instanceof RangeError)) throw cause
    return result('', [textTooLong([...apps.values()], cause)])
  }
}

function messagesFor(apps: ReadonlyMap<string, Snapshot>, selection: Selection): string[] {
  if (apps.size === 0) return [selection.nothingHere()]
  return [...apps.values()].every(({ families }) => families.length === 0) ? ['no metric to show.'] : []
}

function textOf(
  apps: ReadonlyMap<string, Snapshot>,
  format: (typeof formats)[number] | undefined,
  { columns, color }: Context,
  { brief, max, all }: { readonly brief: boolean; readonly max: number; readonly all: boolean },
): string {
  const snapshots = [...apps.values()]
  const [only] = snapshots
  const joined = (): Snapshot => (snapshots.length === 1 && only !== undefined ? only : joinApps(apps))
  switch (format) {
    case 'json':
      return safeLines(snapshots.map((snapshot) => jsonLines(snapshot, columns)).join(''), columns)
    case 'prometheus':
      return safeLines(formatPrometheus(joined()), columns)
    case 'openmetrics':
      return safeLines(formatOpenMetrics(joined()), columns)
    case undefined:
      return (
        tables(
          [...apps].map(([app, one]) => [app, forPeople(one, brief)]),
          columns,
          color,
          max,
        ) + (all ? conflictTables(apps, columns, color) : '')
      )
    default:
      return format satisfies never
  }
}

/** What is looked for most often comes first; `brief` leaves out what nobody looks for. */
function forPeople(snapshot: Snapshot, brief: boolean): Snapshot {
  return { ...snapshot, families: bySignificance(brief ? withoutIdle(snapshot.families) : snapshot.families) }
}

/** One table for each app. A pipe has no width: lines are as long as they must be. */
function tables(
  apps: readonly (readonly [app: string, snapshot: Snapshot])[],
  columns: number | undefined,
  color: boolean,
  maxSeries: number,
): string {
  const width = columns ?? Number.MAX_SAFE_INTEGER
  const shown = apps.filter(([, { families }]) => families.length > 0)
  const texts = shown.map(([app, snapshot]) => {
    return `${heading(app, snapshot, columns, color)}\n\n${formatTable(snapshot, { width, color, maxSeries })}`
  })
  const isCut = shown.some(([, { families }]) => families.some(({ series }) => series.length > maxSeries))
  const hint = cut(`Showing the ${maxSeries} largest series of each metric; --all shows all.`, width)
  return [...texts, ...(isCut ? [`${hint}\n`] : [])].join('\n')
}

/** Tables of metrics that are in no total, one for each definition. */
function conflictTables(apps: ReadonlyMap<string, Snapshot>, columns: number | undefined, color: boolean): string {
  const width = columns ?? Number.MAX_SAFE_INTEGER
  const texts = [...apps].map(([app, { conflicts = [], ...snapshot }]) => {
    if (conflicts.length === 0) return ''
    const title = cut(`${printable(app)}  not in totals: newer processes declare these differently`, width)
    const families = conflicts.map(({ family }) => family)
    const options = { width, color, maxSeries: Number.POSITIVE_INFINITY }
    return `\n${color ? bold(title) : title}\n\n${formatTable({ ...snapshot, families }, options)}`
  })
  return texts.join('')
}

/** One line in a pipe, indented on a terminal. */
function jsonLines(snapshot: Snapshot, columns: number | undefined): string {
  return `${formatJson(snapshot, { indent: columns === undefined ? 0 : 2 })}\n`
}

/** The first line: the app, then the state of its processes. */
function heading(app: string, { pages, takenAt }: Snapshot, columns: number | undefined, color: boolean): string {
  const [page] = pages
  const about =
    pages.length === 1 && page !== undefined && page.state !== 'archived' ? onePage(page, takenAt) : manyPages(pages)
  const owners = [...new Set(pages.filter(({ owner }) => owner !== undefined).map(ownerText))]
  const whose = owners.length === 0 ? '' : `, of user ${owners.join(', ')}`
  const name = printable(app)
  const text = cut(`${name}  ${printable(about + whose)}`, columns ?? Number.MAX_SAFE_INTEGER)
  return color && text.startsWith(name) ? bold(name) + text.slice(name.length) : text
}

function onePage(page: PageInfo, takenAt: number): string {
  const thread = page.tid === 0 ? '' : ` thread ${page.tid}`
  const beat = page.heartbeatAge === null ? '' : `, last heartbeat ${durationText(page.heartbeatAge)} ago`
  const { state } = page
  const time = durationText(uptime(page, takenAt))
  if (state === 'live') return `pid ${page.pid}${thread}, up ${time}`
  return `pid ${page.pid}${thread}, ${state === 'blocked' ? `blocked, up ${time}` : `${state} after ${time}`}${beat}`
}

function manyPages(pages: readonly PageInfo[]): string {
  const writers = pages.filter(({ state }) => state !== 'archived')
  const archive = writers.length < pages.length ? ['the archive'] : []
  const live = [...new Set(pages.filter(isAlive).map(({ pid }) => pid))]
  const pids = live.length === 0 ? '' : `: pid ${live.join(', ')}`
  return `${[...(writers.length > 0 ? [countStates(writers)] : []), ...archive].join(', ')}${pids}`
}
