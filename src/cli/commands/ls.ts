import { basename } from 'node:path'
import type { Finding } from '../../findings/finding.ts'
import { findingsIn, findingsSelection } from '../../findings/findings.ts'
import { levelOf, markedState, marks } from '../../findings/levels.ts'
import { type Load, loadOf } from '../../findings/load.ts'
import { Seen } from '../../findings/seen.ts'
import { durationText } from '../../formats/table/durations.ts'
import { printable } from '../../formats/table/printable.ts'
import { labelPairs } from '../../formats/table/table-columns.ts'
import { blockedSeconds, countStates, isAlive, uptime } from '../../snapshot/page-state.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import type { Arguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOrMmstatsOption, type Options, recordingOptions } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'
import { numberedName } from '../select/names.ts'
import { byApp, isArchive, pageOf } from '../select/page-snapshots.ts'
import { type Selection, selectionOf } from '../select/selection.ts'
import { alignColumns, type Column } from '../view/columns.ts'
import { cpuOf, loadColumns } from '../view/load-columns.ts'
import { nextSteps } from '../view/next-steps.ts'
import { ownerText } from '../view/page-state.ts'
import { paint } from '../view/paint.ts'
import { dim, safeLines } from '../view/terminal.ts'

/** After a crash loop, or a night of short jobs, there are hundreds of them. */
const maxEnded = 5

const lsOptions: Options = {
  all: {
    help: `show all processes that have ended; by default a terminal shows the ${maxEnded} of each app that ended last`,
  },
  json: { help: 'print one JSON array with an object for each page' },
  ...recordingOptions,
  dir: dirOrMmstatsOption,
}

/** `plimsoll ls`. */
export const lsCommand: Command = {
  usage: ['[<pid>|<app>|<file>]... [--json | --all] [options]'],
  examples: ['plimsoll ls', 'plimsoll ls shop', 'plimsoll ls --dir /var/run/shop --json'],
  about: `
Columns, those without any value left out:
  APP       name under which the process publishes
  PROCESS   process id, with /<n> for thread n and #<n> for worker n; in a pipe
            PID and TID
  STATE     live      running
            blocked   running, but its event loop has not run for ${blockedSeconds} s
            exited    ended normally, or closed its page
            killed    ended without closing its page: by a signal or a crash
  UP        time since it began to publish; for an ended process, until its end;
            in a pipe UPTIME
  CPU       100 % is one processor; of a blocked process since it blocked
  RSS       resident memory
  LOOP p99  how late callbacks of the event loop ran, in the last minute
  REQ/S     HTTP requests per second in the last minute, and P99, how long 99 %
            of them took at most; plimsoll top has those of the last seconds
  FINDING   the worst that is wrong with it: see plimsoll doctor
  OWNER     user who owns the page, if any is another user's than yours
  WRITTEN   why the page is written once a second and not mapped, if it is
  LABELS    labels passed to publish(), if any
  FILE      path of the page, if the terminal is wide enough
In a pipe also:
  SERIES    number of series in the page
  BEAT      time since the last heartbeat of its event loop, due every second
  WORKER    number of the cluster worker or PM2 instance, if any
  ARCHIVED  yes: it has ended, and its counts are in the archive of its app`,
  options: lsOptions,
  complete: 'app',
  run: ls,
}

interface Row {
  readonly page: PageInfo
  /** Whether its numbers are in the archive of its app. */
  readonly isArchived: boolean
  readonly takenAt: number
  readonly series: number
  readonly load: Load
  readonly findings: readonly Finding[]
}

const pipeColumns: readonly Column<Row>[] = [
  { head: 'PID', align: 'right', cell: ({ page }) => String(page.pid) },
  { head: 'TID', align: 'right', cell: ({ page }) => String(page.tid) },
  { head: 'APP', align: 'left', cell: ({ page }) => page.app },
  { head: 'STATE', align: 'left', cell: ({ page }) => page.state },
  { head: 'UPTIME', align: 'right', cell: uptimeText },
  { head: 'SERIES', align: 'right', cell: ({ series }) => String(series) },
  {
    head: 'BEAT',
    align: 'right',
    cell: ({ page }) => (page.heartbeatAge === null ? '-' : durationText(page.heartbeatAge)),
  },
]

function uptimeText({ page, takenAt }: Row): string {
  return durationText(uptime(page, takenAt))
}

/** Each app is named once. */
function terminalColumns(rows: readonly Row[]): readonly Column<Row>[] {
  const first = new Set(rows.filter((row, i) => row.page.app !== rows[i - 1]?.page.app))
  return [
    { head: 'APP', align: 'left', cell: (row) => (first.has(row) ? row.page.app : '') },
    { head: 'PROCESS', align: 'left', isCutLast: true, cell: ({ page }) => numberedName(page) },
    {
      head: 'STATE',
      align: 'left',
      isCutLast: true,
      cell: ({ page, takenAt, findings }) => markedState(page, takenAt, findings),
    },
    { head: 'UP', align: 'right', cell: uptimeText },
  ]
}

const finding: Column<Row> = { head: 'FINDING', align: 'left', cell: findingText, leftOut: 'early' }
const worker: Column<Row> = { head: 'WORKER', align: 'right', cell: ({ page }) => page.worker ?? '-' }
const archived: Column<Row> = { head: 'ARCHIVED', align: 'left', cell: ({ isArchived }) => (isArchived ? 'yes' : '-') }
const owner: Column<Row> = { head: 'OWNER', align: 'left', cell: ({ page }) => ownerText(page) }
const written: Column<Row> = { head: 'WRITTEN', align: 'left', cell: ({ page }) => page.written ?? '-' }
const labels: Column<Row> = { head: 'LABELS', align: 'left', cell: ({ page }) => labelText(page) }

/** The worst, but for what the state says. */
function findingText({ findings }: Row): string {
  const worst = findings.find(({ rule, severity }) => severity !== 'note' && rule !== 'blocked')
  return worst?.text ?? ''
}

/** Columns that are there where any row has something in them. */
function furtherColumns(rows: readonly Row[], isForPeople: boolean): readonly Column<Row>[] {
  const ofLoads = loadColumns.filter(({ cell }) => rows.some(({ load }) => cell(load) !== '-')).map(ofLoad)
  return [
    ...(isForPeople ? ofLoads : ofLoads.map(namedWithTime)),
    ...(!isForPeople && rows.some(({ page }) => page.worker !== undefined) ? [worker] : []),
    ...(!isForPeople && rows.some(({ isArchived }) => isArchived) ? [archived] : []),
    ...(rows.some(({ page }) => page.owner !== undefined) ? [owner] : []),
    ...(rows.some(({ page }) => page.written !== undefined) ? [written] : []),
    ...(rows.some(({ page }) => labelText(page) !== '') ? [labels] : []),
  ]
}

function ofLoad(column: Column<Load>): Column<Row> {
  return { ...column, leftOut: 'late', cell: ({ load }) => column.cell(load) }
}

/** In a pipe the first line is that of the heads. */
function namedWithTime(column: Column<Row>): Column<Row> {
  return column.group === undefined ? column : { ...column, head: `${column.head} 1m` }
}

function labelText({ labels = {} }: PageInfo): string {
  return labelPairs(labels).join(' ')
}

/** The pages of the directories, by app; of each those that live first, then by process and thread. */
function ls(args: Arguments, context: Context): Result {
  const { columns: width, clock } = context
  const selection = selectionOf(args, args.words, clock)
  // How many series there are is only known of what was read.
  const isForPeople = width !== undefined && !args.flags.has('json')
  const wanted = isForPeople ? findingsSelection : undefined
  const read = selection.read(wanted)
  const { snapshots, failures } = read
  const errors = failures.map(({ error }) => error)
  const left = selection.readRetained(read, wanted)
  const archived = new Set(read.retained)
  selection.close()
  const toRow = (one: Snapshot): Row => rowOf(one, archived.has(pageOf(one).file ?? ''))
  const pages = [...snapshots.filter((one) => !isArchive(one)), ...left]
  const rows = [...byApp(pages).values()].flatMap((app) => livingFirst(app.map(toRow)))
  const messages = rows.length === 0 && errors.length === 0 ? [nothingListed(snapshots, selection)] : errors
  if (args.flags.has('json')) return result(safeLines(`${JSON.stringify(rows.map(plain))}\n`, width), messages)
  if (rows.length === 0) return result('', messages)
  if (width === undefined) return result(fullList(rows), errors)
  const hidden = args.flags.has('all') ? new Set<Row>() : endedBefore(rows)
  return result(fittedList(rows, hidden, context, selection), errors)
}

/** Why no process is listed: there is none, or only what those left that ended long ago. */
function nothingListed(snapshots: readonly Snapshot[], selection: Selection): string {
  const [archive] = snapshots
  if (archive === undefined) return selection.nothingHere()
  return `no process is there any more. plimsoll show ${pageOf(archive).app}: what those that ended have counted.`
}

function rowOf(snapshot: Snapshot, isArchived: boolean): Row {
  const series = snapshot.families.reduce((sum, family) => sum + family.series.length, 0)
  const page = pageOf(snapshot)
  const seen = new Seen(snapshot)
  const load = isAlive(page) ? cpuOf(page, snapshot, loadOf(seen)) : {}
  return { page, isArchived, takenAt: snapshot.takenAt, series, load, findings: findingsIn(seen) }
}

/** After a crash loop there may be a hundred that are gone. */
function livingFirst(rows: readonly Row[]): Row[] {
  const isLive = ({ page }: Row): boolean => isAlive(page)
  return [...rows.filter(isLive), ...rows.filter((row) => !isLive(row))]
}

/** Of each app those that have ended, but for the last ones. */
function endedBefore(rows: readonly Row[]): ReadonlySet<Row> {
  const ended = rows.filter(({ page }) => !isAlive(page))
  const youngest = ended.toSorted(
    (a, b) => (a.page.heartbeatAge ?? Number.MAX_VALUE) - (b.page.heartbeatAge ?? Number.MAX_VALUE),
  )
  const seen = new Map<string, number>()
  return new Set(
    youngest.filter(({ page: { app } }) => {
      const before = seen.get(app) ?? 0
      seen.set(app, before + 1)
      return before >= maxEnded
    }),
  )
}

function plain(row: Row): object {
  const { page, takenAt, series, load, findings } = row
  const { pid, tid, app, host, state, startedAt, heartbeatAge, endedAt, worker, written, owner, labels, file } = page
  const life = { startedAt, uptime: uptime(page, takenAt), heartbeatAge, endedAt }
  const found = findings.map(({ rule, severity, text }) => ({ rule, severity, text }))
  const more = {
    ...(Object.values(load).some((value) => value !== undefined) && { load }),
    ...(found.length > 0 && { findings: found }),
  }
  const archived = row.isArchived ? true : undefined
  return { pid, tid, app, host, state, ...life, archived, worker, written, owner, labels, series, ...more, file }
}

/** Everything in full, for programs and files. */
function fullList(rows: readonly Row[]): string {
  const file: Column<Row> = { head: 'FILE', align: 'left', cell: ({ page }) => page.file ?? '-' }
  const { head, lines } = alignColumns([...pipeColumns, ...furtherColumns(rows, false), file], rows, undefined)
  return `${[head, ...lines].join('\n')}\n`
}

function fittedList(
  all: readonly Row[],
  hidden: ReadonlySet<Row>,
  { columns: width, color }: Context,
  { directories, targets, recording }: Selection,
): string {
  const rows = all.filter((row) => !hidden.has(row))
  const name = (file: string): string => (directories.length === 1 ? basename(file) : file)
  const file: Column<Row> = {
    head: 'FILE',
    align: 'left',
    leftOut: 'early',
    cell: ({ page }) => name(page.file ?? '-'),
  }
  const findings = rows.some((row) => findingText(row) !== '') ? [finding] : []
  const columns = [...terminalColumns(rows), ...furtherColumns(rows, true), ...findings, file]
  const { above, head, lines } = alignColumns(columns, rows, width)
  const heads = above === '' ? [head] : [above, head]
  const styled = lines.map((line, i) => (color ? emphasised(line, rows[i] as Row) : line))
  const left = hidden.size === 0 ? '' : `; ${hidden.size} that ended before are not listed, --all lists them`
  const sum = `${countStates(all.map(({ page }) => page))} in ${printable(directories.join(', '))}${left}`
  const next = nextSteps(rows, targets, recording?.file)
  return `${[...heads.map((line) => (color ? dim(line) : line)), ...styled].join('\n')}\n\n${sum}\n${next.map((line) => `${printable(line)}\n`).join('')}`
}

/** What is well is as it is, all else has the colour of its level. */
function emphasised(line: string, { page, findings }: Row): string {
  const level = levelOf(page, findings)
  return level === 'live' ? line.replace(marks.live, paint(marks.live, level)) : paint(line, level)
}
