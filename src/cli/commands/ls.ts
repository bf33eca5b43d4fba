import { basename } from 'node:path'
import { bySeverity, type Finding } from '../../findings/finding.ts'
import { findingsIn, findingsSelection } from '../../findings/findings.ts'
import { levelOf, markedState, marks } from '../../findings/levels.ts'
import { type Load, loadOf } from '../../findings/load.ts'
import { Seen } from '../../findings/seen.ts'
import { durationText } from '../../formats/table/durations.ts'
import { printable } from '../../formats/table/printable.ts'
import { labelPairs } from '../../formats/table/table-columns.ts'
import { blockedSeconds, countStates, isAlive, uptime } from '../../snapshot/page-state.ts'
import type { PageInfo, PageState, Snapshot } from '../../snapshot/snapshot.ts'
import { type Arguments, dashed, unknownArgument } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOrMmstatsOption, type Options, recordingOptions } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'
import { numberedName } from '../select/names.ts'
import { byApp, isArchive, pageOf, selectionOf } from '../select/selection.ts'
import { alignColumns, type Column } from '../view/columns.ts'
import { cpuOf, loadColumns } from '../view/load-columns.ts'
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
  usage: ['[--dir <path>]... [--json | --all]'],
  examples: ['plimsoll ls', 'plimsoll ls --dir /var/run/shop --json'],
  about: `
Columns, those without any value left out:
  APP       name under which the process publishes
  PROCESS   process id, with /<n> for thread n and #<n> for worker n; in a pipe
            PID and TID
  STATE     live      running
            blocked   running, but its event loop has not run for ${blockedSeconds} s
            exited    ended normally, or closed its page
            killed    ended without closing its page: by a signal or a crash
            archived  in a pipe: exited or killed, its totals are in the archive
                      of its app
  UP        time since it began to publish; for an ended process, until its end;
            in a pipe UPTIME
  CPU       100 % is one processor; of a blocked process since it blocked
  RSS       resident memory
  LOOP p99  how late callbacks of the event loop ran, in the last minute
  REQ/S     HTTP requests per second in the last minute, and P99, how long 99 %
            of them took at most
  FINDING   the worst that is wrong with it: see plimsoll doctor
  OWNER     user who owns the page, if any is another user's than yours
  WRITTEN   why the page is written once a second and not mapped, if it is
  LABELS    labels passed to publish(), if any
  FILE      path of the page, if the terminal is wide enough
In a pipe also:
  SERIES    number of series in the page
  BEAT      time since the last heartbeat of its event loop, due every second
  WORKER    number of the cluster worker or PM2 instance, if any`,
  options: lsOptions,
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
  { head: 'STATE', align: 'left', cell: stateName },
  { head: 'UPTIME', align: 'right', cell: uptimeText },
  { head: 'SERIES', align: 'right', cell: ({ series }) => String(series) },
  {
    head: 'BEAT',
    align: 'right',
    cell: ({ page }) => (page.heartbeatAge === null ? '-' : durationText(page.heartbeatAge)),
  },
]

/** For programs, what is in an archive has a state of its own. */
function stateName({ page, isArchived }: Row): PageState {
  return isArchived ? 'archived' : page.state
}

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
  return [
    ...loadColumns.filter(({ cell }) => rows.some(({ load }) => cell(load) !== '-')).map(ofLoad),
    ...(!isForPeople && rows.some(({ page }) => page.worker !== undefined) ? [worker] : []),
    ...(rows.some(({ page }) => page.owner !== undefined) ? [owner] : []),
    ...(rows.some(({ page }) => page.written !== undefined) ? [written] : []),
    ...(rows.some(({ page }) => labelText(page) !== '') ? [labels] : []),
  ]
}

function ofLoad(column: Column<Load>): Column<Row> {
  return { ...column, leftOut: 'late', cell: ({ load }) => column.cell(load) }
}

function labelText({ labels = {} }: PageInfo): string {
  return labelPairs(labels).join(' ')
}

/** The pages of the directories, by app; of each those that live first, then by process and thread. */
function ls(args: Arguments, context: Context): Result {
  const { columns: width, clock } = context
  const [word] = args.words
  if (word !== undefined) throw unknownArgument(args.command, word, dashed(lsOptions))
  const selection = selectionOf(args, [], clock)
  // How many series there are is only known of what was read.
  const isForPeople = width !== undefined && !args.flags.has('json')
  const wanted = isForPeople ? findingsSelection : undefined
  const { snapshots, retained, failures } = selection.read(wanted)
  const errors = failures.map(({ error }) => error)
  const archived = new Set(selection.readRetained(retained, wanted))
  const pages = [...snapshots.filter((one) => !isArchive(one)), ...archived]
  selection.close()
  const toRow = (one: Snapshot): Row => rowOf(one, archived.has(one))
  const rows = [...byApp(pages).values()].flatMap((app) => livingFirst(app.map(toRow)))
  const messages = rows.length === 0 && errors.length === 0 ? [selection.nothingHere()] : errors
  if (args.flags.has('json')) return result(safeLines(`${JSON.stringify(rows.map(plain))}\n`, width), messages)
  if (rows.length === 0) return result('', messages)
  if (width === undefined) return result(fullList(rows), errors)
  const hidden = args.flags.has('all') ? new Set<Row>() : endedBefore(rows)
  return result(fittedList(rows, hidden, context, selection.directories), errors)
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
  const { pid, tid, app, host, startedAt, heartbeatAge, endedAt, worker, written, owner, labels, file } = page
  const life = { startedAt, uptime: uptime(page, takenAt), heartbeatAge, endedAt }
  const found = findings.map(({ rule, severity, text }) => ({ rule, severity, text }))
  const more = {
    ...(Object.values(load).some((value) => value !== undefined) && { load }),
    ...(found.length > 0 && { findings: found }),
  }
  return { pid, tid, app, host, state: stateName(row), ...life, worker, written, owner, labels, series, ...more, file }
}

/** Everything in full, for programs and files. */
function fullList(rows: readonly Row[]): string {
  const file: Column<Row> = { head: 'FILE', align: 'left', cell: ({ page }) => page.file ?? '-' }
  return `${alignColumns([...pipeColumns, ...furtherColumns(rows, false), file], rows, undefined).join('\n')}\n`
}

function fittedList(
  all: readonly Row[],
  hidden: ReadonlySet<Row>,
  { columns: width, color }: Context,
  directories: readonly string[],
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
  const [head = '', ...lines] = alignColumns(columns, rows, width)
  const styled = lines.map((line, i) => (color ? emphasised(line, rows[i] as Row) : line))
  const left = hidden.size === 0 ? '' : `; ${hidden.size} that ended before are not listed, --all lists them`
  const sum = `${countStates(all.map(({ page }) => page))} in ${printable(directories.join(', '))}${left}`
  return `${[color ? dim(head) : head, ...styled].join('\n')}\n\n${sum}\n${printable(nextStep(rows))}\n`
}

/** What is well is as it is, all else has the colour of its level. */
function emphasised(line: string, { page, findings }: Row): string {
  const level = levelOf(page, findings)
  return level === 'live' ? line.replace(marks.live, paint(marks.live, level)) : paint(line, level)
}

/** What one does next about the worst of them. */
function nextStep(rows: readonly Row[]): string {
  const [worst] = bySeverity(rows.flatMap(({ findings }) => findings)).filter(({ severity }) => severity !== 'note')
  const isWrong = ({ page, findings }: Row): boolean => ['error', 'warning'].includes(levelOf(page, findings))
  const several = rows.filter(isWrong).length > 1
  if (several) return 'plimsoll doctor: all that is wrong, and what to do about it.'
  if (worst?.rule === 'blocked') return `plimsoll stack ${worst.page?.pid}: the calls that it is in.`
  if (worst !== undefined) return `plimsoll doctor ${worst.page?.pid}: what is wrong with it, and what to do.`
  const gone = rows.find(({ page }) => page.state === 'killed')
  if (gone !== undefined) return `plimsoll show ${gone.page.pid}: what it was doing.`
  return `plimsoll show ${rows[0]?.page.app ?? ''}: its metrics.`
}
