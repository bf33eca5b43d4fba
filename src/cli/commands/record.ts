import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { PlimsollError } from '../../errors.ts'
import { durationText } from '../../formats/table/durations.ts'
import { humanNumber } from '../../formats/table/human-number.ts'
import { pageSuffix } from '../../page/layout.ts'
import { type RecordedSources, Recorder } from '../../recording/recorder.ts'
import { beats } from '../../schedule.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { type Arguments, invalidOption, secondsOption } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOrMmstatsOption, type Options } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'
import { isNotFound } from '../select/not-found.ts'
import { pageOf } from '../select/page-snapshots.ts'
import { noMetrics, type Selection, selectionOf } from '../select/selection.ts'

const recordOptions: Options = {
  output: { short: 'o', value: '<file>', complete: 'file', help: 'the file, which must not exist yet' },
  append: { help: 'go on with a file that exists' },
  interval: { short: 'd', value: '<seconds>', help: '0.1 to 3600, or with a unit as in 500ms or 2m; default: 1' },
  for: { value: '<seconds>', help: 'stop after this time, as in 600 or 10m; default: run until Ctrl-C' },
  wait: { help: 'wait for a process or app that is not there, instead of exiting with code 1' },
  dir: dirOrMmstatsOption,
}

/** `plimsoll record`. */
export const recordCommand: Command = {
  usage: ['[<pid>|<app>|<file>]... -o <file> [options]'],
  examples: [
    'plimsoll record -o night.rec',
    'plimsoll record shop -o shop.rec --for 600',
    'plimsoll play night.rec',
    'plimsoll show shop --file night.rec --at -90s',
  ],
  about: `
Records everything that processes publish, once an interval: as a reader would
have read it then. What was recorded can be read however the recording ends.
play shows it as top does; ls, show, poll and compare read it with --file.`,
  options: recordOptions,
  complete: 'app',
  run: record,
}

/** Runs `plimsoll record`. Throws PLIMSOLL_OPTION_INVALID. */
function record(args: Arguments, context: Context): Result | AsyncIterable<Result> {
  const file = args.values.get('output')?.at(-1)
  if (file === undefined)
    throw invalidOption(args.command, 'output', 'no value', 'the file to write, as in -o night.rec')
  const interval = secondsOption(args, 'interval', 0.1, 3600) ?? 1
  const seconds = secondsOption(args, 'for', 0.1) ?? Infinity
  const selection = selectionOf(args, args.words, context.clock)
  const missing = selection.read(noMetrics, true).failures.filter(isNotFound)
  if (missing.length > 0 && !args.flags.has('wait')) {
    selection.close()
    return result(
      '',
      missing.map(({ error }) => error),
    )
  }
  const recorder = new Recorder(resolve(file), interval, args.flags.has('append'))
  return recordPages({ recorder, file, interval, seconds }, selection, context)
}

interface Run {
  readonly recorder: Recorder
  readonly file: string
  readonly interval: number
  readonly seconds: number
}

async function* recordPages(
  { recorder, file, interval, seconds }: Run,
  selection: Selection,
  { clock, signal }: Context,
): AsyncGenerator<Result> {
  const sources = new Sources(selection)
  const begun = clock.now()
  const reported = new Set<string>()
  let last = begun
  try {
    const add = (): (PlimsollError | string)[] => {
      last = clock.now()
      recorder.add(sources.now(), clock.unixTime(), last / 1000)
      const failures = [...sources.failures, ...recorder.failures].filter(
        ({ file, error }) => !reported.has(`${error.code} ${file}`),
      )
      for (const { file, error } of failures) reported.add(`${error.code} ${file}`)
      // What is waited for, or has been removed meanwhile, is no error.
      return failures.map((one) => (isNotFound(one) ? one.error.message : one.error))
    }
    const messages = add()
    if (sources.count === 0 && messages.length === 0) messages.push(selection.nothingHere())
    const processes = sources.count === 1 ? '1 process' : `${sources.count} processes`
    yield result('', [...messages, `recording ${processes} into ${file}; Ctrl-C ends it.`])
    for await (const _ of beats({ intervalMs: interval * 1000, clock }, signal)) {
      const failed = add()
      if (failed.length > 0) yield result('', failed)
      if ((last - begun) / 1000 >= seconds) break
    }
  } finally {
    recorder.close()
    selection.close()
  }
  yield result('', [
    `recorded ${durationText((last - begun) / 1000)} in ${humanNumber(recorder.bytes, 'By')}: plimsoll play ${file}`,
  ])
}

/** What a command line chooses, as sources of a recording. */
class Sources {
  failures: ReturnType<Selection['read']>['failures'] = []
  count = 0
  readonly #selection: Selection
  #archives = new Map<string, Snapshot>()
  #archivesKey = ''

  constructor(selection: Selection) {
    this.#selection = selection
  }

  now(): RecordedSources {
    const { targets } = this.#selection
    const { snapshots, retained, failures } = this.#selection.read(noMetrics, true)
    this.failures = failures
    const pages = snapshots.map(pageOf)
    const files = pages.flatMap(({ file, state }) => (state !== 'archived' && file?.endsWith(pageSuffix) ? [file] : []))
    this.count = files.length
    // Pages whose numbers are in an archive are of all apps.
    const kept = targets.length === 0 ? retained : []
    return { files: [...new Set([...files, ...kept])], retained: kept, snapshots: this.#others(snapshots) }
  }

  /** Archives change seldom, and are read when they did; all other files without cells each time. */
  #others(snapshots: readonly Snapshot[]): ReadonlyMap<string, Snapshot> {
    const others = snapshots.filter((one) => !isPage(one))
    const key = others.map((one) => keyOf(one)).join(' ')
    if (others.length > 0 && key !== this.#archivesKey) {
      const whole = this.#selection.read().snapshots.filter((one) => !isPage(one))
      this.#archives = new Map(whole.map((one) => [`${pageOf(one).file ?? pageOf(one).app}`, one]))
    }
    if (others.length === 0) this.#archives = new Map()
    this.#archivesKey = key
    return this.#archives
  }
}

function isPage(snapshot: Snapshot): boolean {
  const { state, file } = pageOf(snapshot)
  return state !== 'archived' && file?.endsWith(pageSuffix) === true
}

/** What is different once the file has changed. */
function keyOf(snapshot: Snapshot): string {
  const { file, state, app } = pageOf(snapshot)
  const stats = file === null || state !== 'archived' ? undefined : statSync(file, { throwIfNoEntry: false })
  return stats === undefined ? `${app} ${snapshot.takenAt}` : `${file} ${stats.ino} ${stats.mtimeMs} ${stats.size}`
}
