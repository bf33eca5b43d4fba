import { bySignificance } from '../../compare/significance.ts'
import { PlimsollError } from '../../errors.ts'
import { bySeverity, type Finding } from '../../findings/finding.ts'
import { findingsOf } from '../../findings/findings.ts'
import { formatOpenMetrics } from '../../formats/exposition/openmetrics.ts'
import { formatPrometheus } from '../../formats/exposition/prometheus.ts'
import { formatJson, textTooLong } from '../../formats/json/json.ts'
import { cut, printable } from '../../formats/table/printable.ts'
import { formatTable } from '../../formats/table/table.ts'
import { conflictReasons, conflictText } from '../../snapshot/conflicts.ts'
import { joinApps } from '../../snapshot/merge/apps.ts'
import { byWorker } from '../../snapshot/merge/by-worker.ts'
import { endTime, isAlive } from '../../snapshot/page-state.ts'
import { filterSnapshot, findFamilies } from '../../snapshot/selector-match.ts'
import type { Selector } from '../../snapshot/selector-type.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { type Arguments, byWorkerOption, invalidOption } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOrMmstatsOption, type Options, recordingOptions } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'
import { filterSelectors } from '../select/filter-selectors.ts'
import { joinPages } from '../select/join-pages.ts'
import { metricHints } from '../select/not-found.ts'
import { withoutIdle } from '../select/own-metrics.ts'
import { byApp, isArchive, pageOf } from '../select/page-snapshots.ts'
import { type Selection, selectionOf } from '../select/selection.ts'
import { similarMetric } from '../select/similar-metric.ts'
import { hasNoSuchLabels, similarLabels } from '../select/unmatched-labels.ts'
import { heading } from '../view/summary/heading.ts'
import { summaryOf } from '../view/summary/summary.ts'
import { bold, dim, safeLines } from '../view/terminal.ts'

/** The lines of a terminal that does not say. */
const usualRows = 24
/** Of each app or worker at least so many are shown. */
const leastRows = 6
/** A family of which a terminal shows more would push the others off it. */
const maxSeries = 20

const showOptions: Options = {
  filter: {
    short: 'f',
    value: '<selector>',
    help: "only metrics whose name contains this text or, with * or ?, matches it as a whole; labels and a condition may follow: 'http.requests{status=5*}' 'latency.p99 > 500ms'; may be repeated",
  },
  by: {
    value: 'worker',
    complete: ['worker'],
    help: 'each process by itself instead of totals; in --json and for Prometheus as series with the labels "worker", "pid", "tid" and those passed to publish()',
  },
  all: {
    help: `show all metrics with all series; by default a terminal shows what fits one screen, or of those that --filter selects the ${maxSeries} largest series each; also metrics that are 0, and those that newer processes declare differently, which are in no total`,
  },
  json: { help: 'print one line of JSON for each app' },
  prometheus: { help: 'print Prometheus text format 0.0.4' },
  openmetrics: {
    help: 'print OpenMetrics text format 1.0; in both, series of several apps have the label "app"',
  },
  ...recordingOptions,
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
gauges of running processes only. Where no process of an app runs, the one that
ended last is shown below, with its last gauges, texts and states. To see those
of another ended process, select it by pid or file.

A terminal shows a summary: what is wrong, the metrics of the app and of HTTP
with the last minute beside the time since the start, the largest series of
each, and the load of the process. With --all or --filter, and in a pipe, there
are tables of all metrics: first those of the app, then HTTP, event loop, CPU
and memory. plimsoll's own error counters, and metrics of HTTP servers and
clients, are printed once they are not 0.`,
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
  const selectors = texts.flatMap((text) => filterSelectors(text, args.command, '--filter'))
  const selection = selectionOf(args, args.words, context.clock)
  const read = selection.read()
  const { snapshots, failures } = read
  const errors = [...failures.map(({ error }) => error), ...metricHints(failures, args, context)]
  const archived = byApp(selection.readRetained(read))
  selection.close()
  const apps = new Map<string, Snapshot>()
  const shown: Shown[] = []
  for (const [app, pages] of byApp(snapshots)) {
    const isNamed = pages.length === 1 || pages.every((page) => page.pages.every((each) => selection.isNamed(each)))
    const sum = filterSnapshot(apart ? byWorker(pages) : joinPages(pages, isNamed), selectors)
    apps.set(app, sum)
    if (!apart) shown.push(...ofApp(app, sum, pages, archived.get(app) ?? [], selectors))
    else for (const page of livingFirst(pages)) shown.push(ofOne(app, page, selectors))
  }
  const messages =
    errors.length > 0 ? errors : messagesFor(apps, selection, texts, similarMetrics(selectors, snapshots))
  const conflicts = format === undefined ? [...apps.values()].flatMap(conflictReasons).map(conflictText) : []
  const all = args.flags.has('all')
  const max = context.columns === undefined || all ? Number.POSITIVE_INFINITY : maxSeries
  try {
    const text = textOf(apps, shown, format, context, { brief: selectors.length === 0 && !all, max, all })
    return result(text, [...messages, ...conflicts])
  } catch (cause) {
    if (cause instanceof PlimsollError) return result('', [cause])
    if (!(cause instanceof RangeError)) throw cause
    return result('', [textTooLong([...apps.values()], cause)])
  }
}

/** What stands below a heading of its own. */
interface Shown {
  readonly app: string
  readonly snapshot: Snapshot
  readonly findings: readonly Finding[]
}

/**
 * An app; and where none of its processes lives, the one that ended last: what it was at is in no total. `archived`: processes
 * whose counts are in the archive, and whose pages are there for a while.
 */
function ofApp(
  app: string,
  sum: Snapshot,
  pages: readonly Snapshot[],
  archived: readonly Snapshot[],
  selectors: readonly Selector[],
): Shown[] {
  const all = [...pages, ...archived]
  const ended = all.filter((one) => !isArchive(one)).toSorted((a, b) => endOf(b) - endOf(a))
  const last = all.length > 1 && !ended.some(isLiving) ? ended[0] : undefined
  const total = {
    app,
    snapshot: { ...sum, pages: [...sum.pages, ...archived.map(pageOf)] },
    findings: findingsOfAll(all.filter((one) => one !== last)),
  }
  return last === undefined ? [total] : [total, ofOne(app, last, selectors)]
}

function endOf(snapshot: Snapshot): number {
  return endTime(pageOf(snapshot), snapshot.takenAt)
}

function isLiving({ pages }: Snapshot): boolean {
  return pages.some(isAlive)
}

/** A process by itself: its labels stand in the heading, once. */
function ofOne(app: string, page: Snapshot, selectors: readonly Selector[]): Shown {
  return { app, snapshot: filterSnapshot(joinPages([page], true), selectors), findings: findingsOfAll([page]) }
}

/** Notes are for who asks for one process, and how that ended comes first. */
function findingsOfAll(pages: readonly Snapshot[]): Finding[] {
  const all = pages.flatMap(findingsOf)
  return pages.length === 1 ? all : bySeverity(all).filter(({ severity }) => severity !== 'note')
}

function livingFirst(pages: readonly Snapshot[]): Snapshot[] {
  return [...pages.filter(isLiving), ...pages.filter((one) => !isLiving(one))]
}

/** The metrics or labels that selectors are likely meant to choose, in words. */
function similarMetrics(selectors: readonly Selector[], snapshots: readonly Snapshot[]): string {
  const families = snapshots.flatMap((one) => one.families)
  const names = new Set(families.map(({ name }) => name))
  return selectors
    .map((one) => {
      if (findFamilies(one, names, true) === undefined) return similarMetric(one, [...names])
      // Where series have the labels, the condition matches nothing.
      return hasNoSuchLabels(one, families, true) ? similarLabels(one, families, true) : ''
    })
    .join('')
}

function messagesFor(
  apps: ReadonlyMap<string, Snapshot>,
  selection: Selection,
  filters: readonly string[],
  similar: string,
): string[] {
  if (apps.size === 0) return [selection.nothingHere()]
  if ([...apps.values()].some(({ families }) => families.length > 0)) return []
  if (filters.length === 0) return ['no metric to show.']
  return [`no metric matches --filter ${filters.join(' or ')}. ${similar}Leave it out to see all metrics.`]
}

function textOf(
  apps: ReadonlyMap<string, Snapshot>,
  shown: readonly Shown[],
  format: (typeof formats)[number] | undefined,
  context: Context,
  { brief, max, all }: { readonly brief: boolean; readonly max: number; readonly all: boolean },
): string {
  const { columns, color } = context
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
      if (brief && columns !== undefined) return summaries(shown, context)
      return (
        tables(
          shown.map((one) => ({ ...one, snapshot: forPeople(one.snapshot, brief) })),
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

/** One table for each app or worker. A pipe has no width: lines are as long as they must be. */
function tables(shown: readonly Shown[], columns: number | undefined, color: boolean, maxSeries: number): string {
  const width = columns ?? Number.MAX_SAFE_INTEGER
  const full = shown.filter(({ snapshot }) => snapshot.families.length > 0)
  const texts = full.map(({ app, snapshot }) => {
    return `${heading(app, snapshot, columns, color)}\n\n${formatTable(snapshot, { width, color, maxSeries })}`
  })
  const isCut = full.some(({ snapshot }) => snapshot.families.some(({ series }) => series.length > maxSeries))
  const hint = cut(`Showing the ${maxSeries} largest series of each metric; --all shows all.`, width)
  return [...texts, ...(isCut ? [`${hint}\n`] : [])].join('\n')
}

/** One screen for all of them together, as far as that goes. */
function summaries(shown: readonly Shown[], { columns: width = 80, rows = usualRows, color }: Context): string {
  if (shown.length === 0) return ''
  const room = Math.max(leastRows, Math.floor((rows - 2) / shown.length) - 2)
  const within = ({ app, snapshot, findings }: Shown, room: number): { text: string; isCut: boolean } => {
    const { text, isCut } = summaryOf(forPeople(snapshot, true), findings, { width, rows: room, color })
    return { text: `${heading(app, snapshot, width, color)}\n${text}`, isCut }
  }
  const fair = shown.map((one) => within(one, room))
  // What those with few metrics leave is for the others.
  const free = rows - 1 - fair.reduce((lines, { text }) => lines + text.split('\n').length, 0)
  const more = Math.floor(free / fair.filter(({ isCut }) => isCut).length)
  const all = fair.map((one, i) => (one.isCut && more > 0 ? within(shown[i] as Shown, room + more) : one))
  const isCut = all.some((one) => one.isCut)
  const cutWords = isCut ? 'The largest series; ' : ''
  const usual = `${cutWords}--all shows all metrics, --filter <text> some.`
  const [ill] = shown.filter(({ findings }) => findings.some(({ severity }) => severity !== 'note'))
  const app = shown.length === 1 && ill !== undefined ? ` ${printable(ill.app)}` : ''
  const hint = cut(ill ? `${cutWords}--all shows all. plimsoll doctor${app}: what to do about it.` : usual, width)
  return `${all.map(({ text }) => text).join('\n')}${color ? dim(hint) : hint}\n`
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
