import { PlimsollError } from '../../errors.ts'
import { durationText } from '../../formats/table/durations.ts'
import { printable } from '../../formats/table/printable.ts'
import { findDirectory } from '../../os/trusted-directory.ts'
import { listPages } from '../../page/directory.ts'
import { OpenPages } from '../../page/read/open-pages.ts'
import { isAlive } from '../../snapshot/page-state.ts'
import { selectionFor, selectionOfParts } from '../../snapshot/selection.ts'
import { parseSelectors } from '../../snapshot/selector.ts'
import type { Selector } from '../../snapshot/selector-type.ts'
import type { PageInfo, Snapshot } from '../../snapshot/snapshot.ts'
import { amountIn } from '../../units.ts'
import { type Arguments, invalidOption } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOption, type Options } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'
import { checkCondition } from '../select/condition.ts'

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
that is not there, or has no value yet, is no reason to fail.`,
  options: probeOptions,
  complete: 'app',
  run: probe,
}

/** Runs `plimsoll probe`. Of all commands it runs most often, so it reads nothing that it does not need. */
function probe(args: Arguments, { clock }: Context): Result {
  const maxAge = ageOption(args)
  const conditions = (args.values.get('where') ?? []).flatMap((text) => conditionsOf(args, text))
  const { words } = args
  const isWanted = ({ app, pid }: PageInfo): boolean =>
    words.length === 0 || words.some((word) => word === app || word === String(pid))
  const pages = new OpenPages({ clock })
  // Of several processes buckets add up, quantiles do not.
  const wanted = selectionOfParts(selectionFor(conditions))
  const snapshots: Snapshot[] = []
  const failures: PlimsollError[] = []
  for (const directory of args.values.get('dir') ?? [undefined]) {
    try {
      const files = listPages(findDirectory(directory))
      const failed = pages.each(files, (one) => snapshots.push(one), wanted, isWanted)
      failures.push(...failed.map(({ error }) => error))
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error
      failures.push(error)
    }
  }
  pages.close()
  const living = snapshots.filter((one) => one.pages.some(isAlive))
  const reasons = [...ageReasons(living, maxAge), ...conditions.flatMap((one) => checkCondition(one, living))]
  const name = words.length === 0 ? 'all' : words.join(' ')
  if (living.length === 0) reasons.push(`no live process${words.length === 0 ? '' : ` of ${name}`}`)
  const oldest = Math.max(0, ...living.map((one) => one.pages[0]?.heartbeatAge ?? 0))
  const line =
    reasons.length > 0
      ? `failed: ${reasons.join('; ')}`
      : `ok: ${living.length} live, last heartbeat ${durationText(oldest)} ago`
  return { ...result(`${printable(line)}\n`, failures), exitCode: reasons.length > 0 ? 1 : 0 }
}

function ageOption(args: Arguments): number {
  const text = args.values.get('max-heartbeat-age')?.at(-1)
  if (text === undefined) return defaultMaxAge
  const seconds = amountIn('s', text)
  if (seconds > 0 && seconds < Infinity) return seconds
  throw invalidOption(args.command, 'max-heartbeat-age', text, 'a time such as 5s or 500ms')
}

function conditionsOf({ command }: Arguments, text: string): Selector[] {
  const selectors = parseSelectors(text, command, '--where')
  if (selectors.length > 0 && selectors.every(({ comparison }) => comparison !== undefined)) return selectors
  throw invalidOption(command, 'where', text, 'a condition such as "http.latency.1m.p99 < 0.5"')
}

/** Who has not given a sign of life for too long. A writer without a ticker gives none. */
function ageReasons(living: readonly Snapshot[], maxAge: number): string[] {
  return living.flatMap(({ pages }) => {
    const [page] = pages
    const age = page?.heartbeatAge ?? 0
    if (page === undefined || age <= maxAge) return []
    const thread = page.tid === 0 ? '' : `/${page.tid}`
    return [
      `${page.app} ${page.pid}${thread} is blocked: last heartbeat ${durationText(age)} ago, more than ${durationText(maxAge)}`,
    ]
  })
}
