import { type ChangeWindows, rankChanges } from '../../compare/changes.ts'
import { changeWords, formatChanges } from '../../compare/changes-text.ts'
import { type Lives, lifeKey, livedUntil, livesBetween } from '../../compare/lives.ts'
import type { MetricChange } from '../../compare/metric-change.ts'
import { readSnapshots } from '../../compare/read-snapshots.ts'
import type { PlimsollError } from '../../errors.ts'
import { findingsSelection } from '../../findings/findings.ts'
import { durationText } from '../../formats/table/durations.ts'
import type { Recording } from '../../recording/recording.ts'
import { joinApps } from '../../snapshot/merge/apps.ts'
import type { Selection as MetricSelection } from '../../snapshot/selector-type.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import { type Arguments, invalidArgument, invalidOption, numberOption, unknownArgument } from '../arguments.ts'
import type { Command } from '../command.ts'
import { type Options, recordingOptions } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'
import { joinSurvivors } from '../select/join-pages.ts'
import { isNotFound } from '../select/not-found.ts'
import { byApp, pageOf } from '../select/page-snapshots.ts'
import { recordingOf, timeIn } from '../select/recorded.ts'
import { type Selected, Selection } from '../select/selection.ts'
import { lifeChanges, lifeLines } from '../view/life-lines.ts'
import { safeLines } from '../view/terminal.ts'

const usualSeconds = 60
/** The window before is so many times as long. */
const baselineFactor = 4
const usualLimit = 20

const diffOptions: Options = {
  file: recordingOptions.file as Options[string],
  from: {
    value: '<time>',
    help: `of a recording: where the window begins; default: ${usualSeconds} s before its end, in a short recording a fifth of it`,
  },
  to: { value: '<time>', help: 'of a recording: where it ends; default: the end of the recording' },
  limit: { value: '<n>', help: `how many changes are printed at most; default: ${usualLimit}` },
  json: { help: 'print one JSON array with an object for each change' },
}

/** `plimsoll diff`. */
export const diffCommand: Command = {
  usage: ['<before.json> <after.json> [options]', '--file <recording> [--from <time>] [--to <time>] [<pid>|<app>]...'],
  examples: [
    'plimsoll diff --file night.rec --from 03:12 --to 03:14',
    'plimsoll diff --file night.rec --from -5m shop',
    'plimsoll show --json > before.json',
    'plimsoll diff before.json after.json',
  ],
  about: `
Prints what changed most: rates, quantiles of what was recorded, values. Metrics
of the app, requests, errors, latency, event loop, CPU and memory come first,
parts of V8 such as heap spaces last. A process that ended or started meanwhile
has a line before them; of a recording, the changes are those of the other
processes of its app, if any. A window of a recording is compared with the ${baselineFactor}
times longer one before it. What came between two snapshots is compared with all
that came before the first of them. A change that may be chance counts less.`,
  options: diffOptions,
  complete: 'file',
  run: diff,
}

/** Runs `plimsoll diff`. Throws PLIMSOLL_OPTION_INVALID or PLIMSOLL_RECORDING_UNREADABLE. */
function diff(args: Arguments, context: Context): Result {
  const fits = (value: number): boolean => Number.isSafeInteger(value) && value > 0
  const limit = numberOption(args, 'limit', fits, 'an integer of at least 1') ?? usualLimit
  const recording = recordingOf(args)
  const windows = recording === undefined ? ofFiles(args) : ofRecording(args, recording, context)
  if ('errors' in windows) return result('', windows.errors)
  const all = rankChanges(windows)
  const changes = all.slice(0, limit)
  const { lives } = windows
  if (args.flags.has('json')) {
    const printed = [...lifeChanges(lives), ...changes.map(plain)]
    return result(safeLines(`${JSON.stringify(printed)}\n`, context.columns))
  }
  const width = context.columns ?? 160
  const lines = lifeLines(lives, width)
  const happened = lines.map((line) => `${line}\n`).join('')
  if (changes.length === 0) {
    return result(happened, [`nothing ${lines.length > 0 ? 'else ' : ''}changed by more than chance.`])
  }
  const more = all.length - changes.length
  const others = more === 0 ? '' : `\n${more} more; --limit ${all.length} prints all.\n`
  const ranked = `${titleOf(windows)}\n\n${formatChanges(changes, width)}${others}`
  return result(lines.length === 0 ? ranked : `${happened}\n${ranked}`)
}

/** What is compared, and what happened to processes meanwhile. */
interface Compared extends ChangeWindows {
  readonly lives: Lives
}

/** What is compared, or why it cannot be. */
type Windows = Compared | { readonly errors: readonly PlimsollError[] }

function plain(change: MetricChange): object {
  return { ...change, words: changeWords(change) }
}

function titleOf({ baseline, from, to }: ChangeWindows): string {
  const time = (seconds: number): string => new Date(seconds * 1000).toTimeString().slice(0, 8)
  const [begin, end] = [livedUntil(from), livedUntil(to)]
  const before = baseline === undefined ? 'all before' : `the ${durationText(begin - livedUntil(baseline))} before`
  return `What changed most from ${time(begin)} to ${time(end)}, against ${before}:`
}

function ofFiles(args: Arguments): Windows {
  const [first, second, third] = args.words
  if (first === undefined || second === undefined || third !== undefined)
    throw invalidArgument(
      args.command,
      'file',
      args.words.join(' '),
      'two files of snapshots, or --file with a recording',
    )
  const option = ['from', 'to'].find((name) => args.values.has(name))
  if (option !== undefined) throw unknownArgument(args.command, `--${option}`, ['--file'])
  const reads = [readSnapshots(first), readSnapshots(second)] as const
  const errors = reads.flatMap(({ failures }) => failures.map(({ error }) => error))
  if (errors.length > 0) return { errors }
  const isSeveral = reads.some(({ snapshots }) => snapshots.size > 1)
  const [from, to] = reads.map(({ snapshots }) => {
    const all = [...snapshots.values()]
    const apps = new Map(all.map((one) => [one.pages[0]?.app ?? '', one]))
    return isSeveral ? joinApps(apps) : all[0]
  })
  const [before, after] = reads.map(({ snapshots }) => [...snapshots.values()])
  return { from: from as Snapshot, to: to as Snapshot, lives: livesBetween(before ?? [], after ?? []) }
}

/** Of a recording of so many seconds: without so long a time before it, a window has nothing to be compared with. */
function usualWindow(seconds: number): number {
  return Math.min(usualSeconds, seconds / (1 + baselineFactor))
}

function ofRecording(args: Arguments, recording: Recording, { clock }: Context): Windows {
  const timeOf = (option: 'from' | 'to', usual: number): number => {
    const text = args.values.get(option)?.at(-1)
    const time = text === undefined ? usual : timeIn(recording, text)
    if (time === undefined) throw invalidOption(args.command, option, text ?? '', 'a time: -90s, 12:30:05 or a date')
    return time
  }
  const to = Math.min(recording.to, timeOf('to', recording.to))
  const from = Math.max(recording.from, timeOf('from', to - usualWindow(to - recording.from)))
  if (!(from < to)) throw invalidOption(args.command, 'from', String(from), 'a time before --to, within the recording')
  const selection = new Selection(undefined, args.words, { clock, recording })
  const readAt = (time: number, wanted?: MetricSelection): Selected => {
    recording.at(time)
    return selection.read(wanted)
  }
  const pagesAt = (time: number): readonly Snapshot[] => readAt(time).snapshots
  const [first, last] = [readAt(from, findingsSelection), readAt(to, findingsSelection)]
  const ends = [first.snapshots, last.snapshots] as const
  // What is there at one end only has ended or started meanwhile.
  const notFound = first.failures.filter(
    (one) => isNotFound(one) && last.failures.some((other) => isNotFound(other) && other.file === one.file),
  )
  if (notFound.length > 0) return { errors: notFound.map(({ error }) => error) }
  const lives = livesBetween(...ends)
  const isOneApp = byApp(ends.flat()).size === 1
  // What ended or began has a line of its own. Where other processes of its app go on, the numbers are theirs.
  const goOn = new Set([...lives.lasting.values()].map(({ app }) => app))
  const isCompared = (one: Snapshot): boolean => {
    const page = pageOf(one)
    return !goOn.has(page.app) || lives.lasting.has(lifeKey(page))
  }
  const hasLived = (page: PageInfo): boolean => lives.lived.has(lifeKey(page))
  const at = (time: number): Snapshot => {
    const compared = pagesAt(time).filter(isCompared)
    const apps = [...byApp(compared)].map(([app, pages]) => [app, joinSurvivors(pages, hasLived)] as const)
    const [[, only] = []] = apps
    const joined = isOneApp && only !== undefined ? only : joinApps(new Map(apps))
    return { ...joined, takenAt: recording.time }
  }
  const begin = Math.max(recording.from, from - baselineFactor * (to - from))
  return { ...(begin < from && { baseline: at(begin) }), from: at(from), to: at(to), lives }
}
