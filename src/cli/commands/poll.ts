import type { PlimsollError } from '../../errors.ts'
import { conflictReasons, conflictText } from '../../snapshot/conflicts.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import { type Arguments, byWorkerOption, invalidOption, numberOption, secondsOption } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOrMmstatsOption, type Options, recordingOptions } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'
import { checkFields, checkLabels } from '../select/check-fields.ts'
import { defaultFields } from '../select/default-fields.ts'
import { type Field, familiesOf, withoutPatterns } from '../select/field.ts'
import { workerName } from '../select/names.ts'
import { byApp, grouped } from '../select/page-snapshots.ts'
import {
  type Chosen,
  isThere,
  openPollPages,
  type PollPages,
  untilThere,
  whyNothing,
  writersOf,
} from '../select/poll-pages.ts'
import type { Selected } from '../select/selection.ts'
import { maxColumns, type PollFormat, PollTable } from '../view/poll-table.ts'
import { ShownReadings } from '../view/shown-readings.ts'
import { type AppReading, pageEvents, Watch } from '../view/watch.ts'

const pollOptions: Options = {
  interval: { short: 'd', value: '<seconds>', help: '0.05 to 86400, or with a unit as in 500ms or 2m; default: 1' },
  count: { short: 'c', value: '<n>', help: 'stop after this many intervals; default: 0, run until Ctrl-C' },
  headers: {
    short: 'n',
    value: '<n>',
    help: 'repeat the header after this many lines, 0: never; default: 20 on a terminal, else 0',
  },
  prefix: { short: 'p', value: '<text>', help: 'prefix of each field, omitted in the header' },
  filter: {
    short: 'f',
    value: '<selector>',
    help: "only pages with a matching series, such as 'queue.length > 9' or 'requests{status=500}', or with a metric or label whose name begins with this text; name=value also matches labels; may be repeated: a page must match one of them",
  },
  by: { value: 'worker', complete: ['worker'], help: 'one line per process and thread, while it runs' },
  csv: { help: 'print comma-separated values with a header' },
  json: { help: 'print one line of JSON for each app and interval' },
  wait: { help: 'wait for processes and metrics that are not there, instead of exiting with code 1' },
  ...recordingOptions,
  dir: dirOrMmstatsOption,
}

/** `plimsoll poll`. */
export const pollCommand: Command = {
  usage: ['[<pid>|<app>|<file>]... [<field>]... [options]'],
  examples: [
    'plimsoll poll',
    "plimsoll poll shop http.requests 'http.requests{status=500}' http.latency.p99",
    'plimsoll poll shop queue.length --by worker',
    'plimsoll poll 4711 queue.length --interval 0.2',
    'plimsoll poll http.requests.count --interval 60 >> requests.tsv',
    'plimsoll poll -p web. -f org.python.version hits.count,load -d 5 -c 12',
  ],
  about: `
An argument that is a pid, an app or a page file selects pages; any other is a
field, or several fields separated by commas, with a column each. Values are
totals of all pages of an app and all series of the metric; a page without the
metric counts as 0. Without fields, the busiest metrics are shown. Each app has
a line of its own.

Fields:
  http.requests                  counter, meter or distribution: rate per second
  http.requests{status=500}      only series with these label values
  http.requests{status=500}.count
                                 .rate   per second      .count  in the interval
                                 .total  since the start, including ended
                                         processes
  http.latency.p99               distribution, in the interval: .p0 to .p100,
                                 such as .p99.9, and .mean .stddev .min .max
  http.latency.1m.p99            distribution, in the last minute (.1m) or five
                                 minutes (.5m): .p99 .mean .stddev .count .rate
  jobs.done.m1                   meter or timer: 1-minute rate; also .m5, .m15
  jobs.size                      average: mean in the interval; .window: mean of
                                 its own window
  queue.length                   gauge: current value; .1m.max, .5m.min:
                                 extremes; also the text of a single process
  pool.state                     state: that of most processes; .users: holders,
                                 .seconds.<state>: time spent in a state
  'http.*.count'                 pattern: a column for each matching metric`,
  options: pollOptions,
  notes: `
An unknown metric, or labels that no series has, end the command with code 1
unless --wait is given. An app that has ended has no further lines until it is
back.

In a pipe, columns are separated by tabs: time (UTC), app, number of live pages,
then values in the unit of the metric, "-" for no value. Changes of processes
are reported on stderr.`,
  complete: 'app',
  run: poll,
}

const maxEvents = 5

interface Pace {
  readonly intervalMs: number
  readonly count: number
  readonly headers: number
  /** Whether each worker has a line of its own. */
  readonly apart: boolean
  /** Whether to wait for what is not there. */
  readonly wait: boolean
}

/** Shows metrics once an interval. Throws a PlimsollError for wrong usage before the first read. */
function poll(args: Arguments, context: Context): Result | AsyncIterable<Result> {
  const seconds = secondsOption(args, 'interval', 0.05, 86_400)
  const whole = (least: number) => (value: number) => Number.isSafeInteger(value) && value >= least
  const count = numberOption(args, 'count', whole(0), 'an integer of at least 0') || Infinity
  const headers =
    numberOption(args, 'headers', whole(0), 'an integer of at least 0') ?? (context.columns === undefined ? 0 : 20)
  const apart = byWorkerOption(args)
  const pages = openPollPages(args, context)
  const wait = args.flags.has('wait')
  if (pages.atStart.snapshots.length === 0 && !wait) {
    pages.selection.close()
    return result('', whyNothing(pages))
  }
  const pace = { intervalMs: (seconds ?? 1) * 1000, count, headers, apart, wait }
  return watchPages(pages, args, pace, formatOption(args), context)
}

function formatOption(args: Arguments): PollFormat | undefined {
  const [format, second] = (['csv', 'json'] as const).filter((name) => args.flags.has(name))
  if (second !== undefined) throw invalidOption(args.command, second, 'a second format', 'only one format')
  return format
}

async function* watchPages(
  begun: PollPages,
  args: Arguments,
  pace: Pace,
  format: PollFormat | undefined,
  context: Context,
): AsyncGenerator<Result> {
  const { signal, columns } = context
  const pages = isThere(begun) || !pace.wait ? begun : yield* untilThere(begun, args, context, pace.intervalMs)
  if (isThere(pages)) yield* showPages(pages, pace, format, context)
  pages.selection.close()
  // The terminal has echoed ^C: the prompt begins on a line of its own.
  if (signal.aborted && columns !== undefined) yield result('\n')
}

async function* showPages(
  pages: PollPages,
  pace: Pace,
  format: PollFormat | undefined,
  context: Context,
): AsyncGenerator<Result> {
  const { words, fields: given, atStart: first } = pages
  const names = new Set(first.snapshots.flatMap(({ families }) => families.map(({ name }) => name)))
  const fields =
    given.length > 0 ? withoutPatterns(given, names) : defaultFields(first.snapshots, maxColumns(context.columns))
  const groups = pace.apart ? grouped(first.snapshots, workerName) : byApp(first.snapshots)
  const wrong = [...checkFields(fields, groups.values(), words.unknown), ...checkLabels(given, first.snapshots)]
  if (fields.length === 0) yield result('', ['no metric to show.'])
  else if (!pace.wait && wrong.some(({ code }) => code !== 'PLIMSOLL_FIELD_TEXTS'))
    yield result('', [...wrong, ...ended(first)])
  else yield* lines(pages, fields, wrong, pace, format, context)
}

/** Why a metric of a process that has ended may be missing. */
function ended(selected: Chosen): string[] {
  if (writersOf(selected).some(isAlive)) return []
  return ['no process that is selected lives; "plimsoll show" prints what they left.']
}

async function* lines(
  { selection, read, atStart: first }: PollPages,
  fields: readonly Field[],
  wrong: readonly PlimsollError[],
  pace: Pace,
  format: PollFormat | undefined,
  { columns, color, signal }: Context,
): AsyncGenerator<Result> {
  const { clock } = selection
  const watch = pace.apart ? new Watch(workerName) : new Watch()
  const table = new PollTable(fields, format === undefined ? columns : undefined, color, pace.headers, format)
  const reported = new Set<string>()
  const shown = new ShownReadings(pace.apart, selection.targets.length > 0)
  const add = ({ snapshots, failures, ignored }: Chosen): AppReading[] =>
    watch.add(
      snapshots.map((snapshot) => familiesOf(fields, snapshot)),
      new Set([...failures.map(({ file }) => file), ...ignored]),
    )
  let before = { at: clock.now(), pages: writersOf(first) }
  const begun = add(first)
  const blocked = pageEvents(
    [],
    before.pages.filter((page) => page.state === 'blocked'),
    maxEvents,
  )
  // With --wait, what is not there yet is no error.
  const notYet = pace.wait ? wrong.map(({ message }) => message) : wrong
  yield result('', [...newFailures(first, reported), ...newConflicts(begun, reported), ...notYet, ...blocked])
  let line = 0
  for await (const _ of selection.beats(pace.intervalMs, signal)) {
    const selected = read()
    const at = clock.now()
    const pages = writersOf(selected)
    const all = add(selected)
    const readings = shown.of(all)
    const messages = [
      ...newFailures(selected, reported),
      ...newConflicts(all, reported),
      ...pageEvents(before.pages, pages, maxEvents, selected.retained),
    ]
    if (messages.length > 0) yield result('', messages)
    if (readings.length > 0) yield result(table.lines(readings, (at - before.at) / 1000, clock.unixTime()))
    before = { at, pages }
    if (++line >= pace.count) break
    // A process does not come back under its id.
    const isOver = !pace.wait && pages.every((page) => !isAlive(page) && selection.isNamed(page))
    if (isOver && line > 1 && pages.length > 0) break
  }
}

/** Definitions that are not in the numbers, each reported once. */
function newConflicts(readings: readonly AppReading[], reported: Set<string>): string[] {
  return readings.flatMap(({ app, grown }) => {
    const fresh = conflictReasons(grown).filter(({ name }) => !reported.has(`${app} ${name}`))
    for (const { name } of fresh) reported.add(`${app} ${name}`)
    return fresh.map(conflictText)
  })
}

/** Each failure is reported once, not once an interval. */
function newFailures({ failures }: Selected, reported: Set<string>): PlimsollError[] {
  const fresh = failures.filter(({ file, error }) => !reported.has(`${error.code} ${file}`))
  for (const { file, error } of fresh) reported.add(`${error.code} ${file}`)
  return fresh.map(({ error }) => error)
}
