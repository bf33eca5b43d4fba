import type { Clock } from '../../clock.ts'
import { PlimsollError } from '../../errors.ts'
import { durationText } from '../../formats/table/durations.ts'
import { printable } from '../../formats/table/printable.ts'
import { suggestion } from '../../nearest.ts'
import { findDirectory } from '../../os/trusted-directory.ts'
import { listPages } from '../../page/directory.ts'
import type { WriterLine } from '../../page/log.ts'
import { readAbout } from '../../page/read/about.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import type { PageInfo } from '../../snapshot/snapshot.ts'
import { type Arguments, invalidArgument, invalidOption } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOption, type Options } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'
import { secondsIn } from '../seconds.ts'

const defaultMaxAge = 5

const probeOptions: Options = {
  'max-heartbeat-age': {
    value: '<time>',
    help: `how long ago the event loop of each process may have run last: 5s, 500ms; default: ${defaultMaxAge}s`,
  },
  where: {
    value: '<condition>',
    help: "a condition that must be true, such as 'http.latency.1m.p99 < 500ms'; may be repeated",
  },
  dir: dirOption,
}

/** `plimsoll probe`. */
export const probeCommand: Command = {
  usage: ['[<pid>|<app>]... [options]'],
  examples: [
    'plimsoll probe shop',
    "plimsoll probe shop --max-heartbeat-age 5s --where 'http.latency.1m.p99 < 0.5'",
    "plimsoll probe shop --where 'plimsoll.rejected = 0'",
  ],
  about: `
A health check from outside of the process: prints one line, and exits with code
0 if at least one process lives, the event loops of all that live have run
lately, and all conditions are true, else with code 1. A blocked process cannot
answer a request, and is noticed.

A condition is a selector with a comparison. As in "plimsoll poll", its value is
the total of all processes and of all series that the selector chooses. A metric
that is not there, or has no value yet, is no reason to fail; what is not there
is in the line.`,
  options: probeOptions,
  complete: 'app',
  run: probe,
}

/**
 * Runs `plimsoll probe`. Of all commands it runs most often, so it loads and reads nothing that it does not need: without a
 * condition, the headers of pages.
 */
async function probe(args: Arguments, { clock }: Context): Promise<Result> {
  const maxAge = ageOption(args)
  const where = args.values.get('where') ?? []
  const { parseConditions, checkPages } = where.length === 0 ? {} : await import('../select/condition.ts')
  const conditions = parseConditions?.(args.command, where) ?? []
  const { words } = args
  const condition = words.find((word) => /[<>=]/.test(word))
  if (condition !== undefined)
    throw invalidArgument(args.command, 'app', condition, 'a process id or an app; --where stands before a condition')
  const named = new Map<string, boolean>(words.map((word) => [word, false]))
  const apps = new Set<string>()
  const { living, failures } = livingPages(args.values.get('dir'), clock, ({ app, pid }) => {
    apps.add(app)
    const fitting = [app, String(pid)].filter((name) => named.has(name))
    for (const name of fitting) named.set(name, true)
    return words.length === 0 || fitting.length > 0
  })
  const checked = checkPages?.(conditions, living, clock)
  const reasons = [...ageReasons(living, maxAge), ...(checked?.reasons ?? [])]
  if (living.length === 0) reasons.push(`no live process${words.length === 0 ? '' : ` of ${words.join(' ')}`}`)
  const absent = words.filter((word) => named.get(word) === false)
  const missing = [...(living.length === 0 ? [] : absent), ...(checked?.missing ?? [])]
  const unknown = missing.length === 0 ? '' : `; not there: ${missing.join(', ')}`
  const apart = absent.filter((word) => !/^\d+$/.test(word)).map((word) => suggestion(word, [...apps]))
  const hints = [...apart, ...(checked?.hints ?? [])].join('').trimEnd()
  const oldest = Math.max(0, ...living.map(({ heartbeatAge }) => heartbeatAge ?? 0))
  const verdict =
    reasons.length > 0
      ? `failed: ${reasons.join('; ')}`
      : `ok: ${living.length} live, last heartbeat ${durationText(oldest)} ago`
  const line = `${verdict}${unknown}${hints === '' ? '' : `. ${hints}`}`
  const messages = [...failures, ...(checked?.failures ?? [])]
  return { ...result(`${printable(line)}\n`, messages), exitCode: reasons.length > 0 ? 1 : 0 }
}

/** The pages of these directories whose writers are wanted and live, and what could not be read. */
function livingPages(
  directories: readonly (string | undefined)[] = [undefined],
  clock: Clock,
  isWanted: (writer: WriterLine) => boolean,
): { living: PageInfo[]; failures: PlimsollError[] } {
  const living: PageInfo[] = []
  const failures: PlimsollError[] = []
  const guard = (take: () => void): void => {
    try {
      take()
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error
      failures.push(error)
    }
  }
  for (const directory of directories) {
    guard(() => {
      for (const file of listPages(findDirectory(directory))) {
        guard(() => {
          const page = readAbout(file, clock, isWanted)
          if (page !== undefined && isAlive(page)) living.push(page)
        })
      }
    })
  }
  return { living, failures }
}

function ageOption(args: Arguments): number {
  const text = args.values.get('max-heartbeat-age')?.at(-1)
  if (text === undefined) return defaultMaxAge
  const seconds = secondsIn(text)
  if (seconds > 0 && seconds < Infinity) return seconds
  throw invalidOption(args.command, 'max-heartbeat-age', text, 'a time such as 5s or 500ms')
}

/** Who has not given a sign of life for too long. A writer without a ticker gives none. */
function ageReasons(living: readonly PageInfo[], maxAge: number): string[] {
  return living.flatMap((page) => {
    const age = page.heartbeatAge ?? 0
    if (age <= maxAge) return []
    const thread = page.tid === 0 ? '' : `/${page.tid}`
    return [
      `${page.app} ${page.pid}${thread} is blocked: last heartbeat ${durationText(age)} ago, more than ${durationText(maxAge)}`,
    ]
  })
}
