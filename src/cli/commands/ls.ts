import { basename } from 'node:path'
import { durationText } from '../../formats/table/durations.ts'
import { printable } from '../../formats/table/printable.ts'
import { blockedSeconds, countStates, isAlive, uptime } from '../../snapshot/page-state.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import { type Arguments, dashed, unknownArgument } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOrMmstatsOption, type Options } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'
import { byApp, isArchive, pageOf, selectionOf } from '../select/selection.ts'
import { alignColumns, type Column } from '../view/columns.ts'
import { ownerText } from '../view/page-state.ts'
import { bold, dim, safeLines } from '../view/terminal.ts'

/** After a crash loop there are a hundred of them. */
const maxArchived = 5

const lsOptions: Options = {
  all: { help: `show all archived pages; by default a terminal shows the ${maxArchived} of each app that ended last` },
  json: { help: 'print one JSON array with an object for each page' },
  dir: dirOrMmstatsOption,
}

/** `plimsoll ls`. */
export const lsCommand: Command = {
  usage: ['[--dir <path>]... [--json | --all]'],
  examples: ['plimsoll ls', 'plimsoll ls --dir /var/run/shop --json'],
  about: `
Columns:
  PID, TID  process and thread; TID 0 is the main thread
  APP       name under which the process publishes
  STATE     live      running
            blocked   running, but its event loop has not run for ${blockedSeconds} s
            exited    ended normally, or closed its page
            killed    ended without closing its page: a crash or a signal
            archived  exited or killed, totals are in the archive of its app
  UPTIME    time since it began to publish; for an ended process, until its end
  SERIES    number of series in the page
  BEAT      time since the last heartbeat of its event loop, due every second
  WORKER    number of the cluster worker or PM2 instance, if any
  OWNER     user who owns the page, if any is another user's than yours
  WRITTEN   why the page is written once a second and not mapped, if it is
  LABELS    labels passed to publish(), if any
  FILE      path of the page, if the terminal is wide enough`,
  options: lsOptions,
  run: ls,
}

interface Row {
  readonly page: PageInfo
  readonly takenAt: number
  readonly series: number
}

const usualColumns: readonly Column<Row>[] = [
  { head: 'PID', align: 'right', cell: ({ page }) => String(page.pid) },
  { head: 'TID', align: 'right', cell: ({ page }) => String(page.tid) },
  { head: 'APP', align: 'left', cell: ({ page }) => page.app },
  { head: 'STATE', align: 'left', cell: ({ page }) => page.state },
  { head: 'UPTIME', align: 'right', cell: ({ page, takenAt }) => durationText(uptime(page, takenAt)) },
  { head: 'SERIES', align: 'right', cell: ({ series }) => String(series) },
  {
    head: 'BEAT',
    align: 'right',
    cell: ({ page }) => (page.heartbeatAge === null ? '-' : durationText(page.heartbeatAge)),
  },
]

const workerColumn: Column<Row> = { head: 'WORKER', align: 'right', cell: ({ page }) => page.worker ?? '-' }
const ownerColumn: Column<Row> = { head: 'OWNER', align: 'left', cell: ({ page }) => ownerText(page) }
const writtenColumn: Column<Row> = { head: 'WRITTEN', align: 'left', cell: ({ page }) => page.written ?? '-' }
const labelsColumn: Column<Row> = { head: 'LABELS', align: 'left', cell: ({ page }) => labelText(page) }

/** The usual columns, and those that have anything in them. */
function columnsOf(rows: readonly Row[]): readonly Column<Row>[] {
  const worker = rows.some(({ page }) => page.worker !== undefined) ? [workerColumn] : []
  const owner = rows.some(({ page }) => page.owner !== undefined) ? [ownerColumn] : []
  const written = rows.some(({ page }) => page.written !== undefined) ? [writtenColumn] : []
  const labels = rows.some(({ page }) => labelText(page) !== '') ? [labelsColumn] : []
  return [...usualColumns, ...worker, ...owner, ...written, ...labels]
}

function labelText({ labels = {} }: PageInfo): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

/** The pages of the directories, by app; of each those that live first, then by process and thread. */
function ls(args: Arguments, context: Context): Result {
  const { columns: width, clock } = context
  const [word] = args.words
  if (word !== undefined) throw unknownArgument(args.command, word, dashed(lsOptions))
  const selection = selectionOf(args, [], clock)
  const { snapshots, retained, failures } = selection.read()
  const errors = failures.map(({ error }) => error)
  const pages = [...snapshots.filter((one) => !isArchive(one)), ...selection.readRetained(retained)]
  selection.close()
  const rows = [...byApp(pages).values()].flatMap((app) => livingFirst(app.map(rowOf)))
  const messages = rows.length === 0 && errors.length === 0 ? [selection.nothingHere()] : errors
  if (args.flags.has('json')) return result(safeLines(`${JSON.stringify(rows.map(plain))}\n`, width), messages)
  if (rows.length === 0) return result('', messages)
  if (width === undefined) return result(fullList(rows), errors)
  const hidden = args.flags.has('all') ? new Set<Row>() : oldArchived(rows)
  return result(fittedList(rows, hidden, context, selection.directories), errors)
}

function rowOf(snapshot: Snapshot): Row {
  const series = snapshot.families.reduce((sum, family) => sum + family.series.length, 0)
  return { page: pageOf(snapshot), takenAt: snapshot.takenAt, series }
}

/** After a crash loop there may be a hundred that are gone. */
function livingFirst(rows: readonly Row[]): Row[] {
  const isLive = ({ page }: Row): boolean => isAlive(page)
  return [...rows.filter(isLive), ...rows.filter((row) => !isLive(row))]
}

/** Of each app the archived ones, but for those that ended last. */
function oldArchived(rows: readonly Row[]): ReadonlySet<Row> {
  const archived = rows.filter(({ page }) => page.state === 'archived')
  const youngest = archived.toSorted(
    (a, b) => (a.page.heartbeatAge ?? Number.MAX_VALUE) - (b.page.heartbeatAge ?? Number.MAX_VALUE),
  )
  const seen = new Map<string, number>()
  return new Set(
    youngest.filter(({ page: { app } }) => {
      const before = seen.get(app) ?? 0
      seen.set(app, before + 1)
      return before >= maxArchived
    }),
  )
}

function plain({ page, takenAt, series }: Row): object {
  const { pid, tid, app, host, state, startedAt, heartbeatAge, endedAt, worker, written, owner, labels, file } = page
  const life = { startedAt, uptime: uptime(page, takenAt), heartbeatAge, endedAt }
  return { pid, tid, app, host, state, ...life, worker, written, owner, labels, series, file }
}

/** Everything in full, for programs and files. */
function fullList(rows: readonly Row[]): string {
  const file: Column<Row> = { head: 'FILE', align: 'left', cell: ({ page }) => page.file ?? '-' }
  return `${alignColumns([...columnsOf(rows), file], rows, undefined).join('\n')}\n`
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
    dispensable: true,
    cell: ({ page }) => name(page.file ?? '-'),
  }
  const [head = '', ...lines] = alignColumns([...columnsOf(rows), file], rows, width)
  const styled = lines.map((line, i) => (color ? emphasised(line, (rows[i] as Row).page) : line))
  const left = hidden.size === 0 ? '' : `; ${hidden.size} archived are not listed, --all lists them`
  const sum = `${countStates(all.map(({ page }) => page))} in ${printable(directories.join(', '))}${left}`
  return `${[color ? dim(head) : head, ...styled].join('\n')}\n\n${sum}\n`
}

/** Blocked pages stand out, those that are gone are dim. */
function emphasised(line: string, page: PageInfo): string {
  const { state } = page
  return state === 'blocked' ? bold(line) : state === 'live' ? line : dim(line)
}
