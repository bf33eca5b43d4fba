import { PlimsollError } from '../../errors.ts'
import { type Arguments, secondsOption } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOrMmstatsOption, type Options, recordingOptions } from '../option.ts'
import type { Context, Result } from '../result.ts'
import { selectionOf } from '../select/selection.ts'
import { LiveSource } from '../top/live-source.ts'
import { RecordedSource } from '../top/recorded-source.ts'
import { printOnce, runTop } from '../top/run-top.ts'

const topOptions: Options = {
  interval: { short: 'd', value: '<seconds>', help: '0.2 to 3600, or with a unit as in 500ms or 2m; default: 1' },
  filter: {
    short: 'f',
    value: '<text>',
    help: 'only processes whose app, pid or state contains this text, or with a series that this selector chooses',
  },
  once: {
    help: 'print one screen as text, for pipes and files, after two reads an --interval apart: CPU, REQ/S and ERR/S are of that time',
  },
  ...recordingOptions,
  dir: dirOrMmstatsOption,
}

/** `plimsoll top`. */
export const topCommand: Command = {
  usage: ['[<pid>|<app>|<file>]... [options]'],
  examples: [
    'plimsoll top',
    'plimsoll top shop',
    "plimsoll top --filter 'http.server.request.duration.1m.p99 > 500ms'",
    'plimsoll top --once --interval 10 > processes.txt',
  ],
  about: `
Every process and thread that publishes, with CPU, memory, event loop, and HTTP
requests where plimsoll/register observes them. Processes that are blocked or
were killed are marked, and described in words. Enter opens a process: its
metrics with their last minutes, charts, and distributions as bars. The left
arrow looks back in time, c compares the workers of an app, ? lists all keys.`,
  options: topOptions,
  complete: 'app',
  run: top,
}

/** Runs `plimsoll top`. Throws PLIMSOLL_OPTION_INVALID, or PLIMSOLL_TERMINAL_REQUIRED where stdout is no terminal. */
export function top(args: Arguments, context: Context): AsyncIterable<Result> {
  const isOnce = args.flags.has('once')
  const seconds = secondsOption(args, 'interval', 0.2, 3600) ?? 1
  const terminal = isOnce ? undefined : context.openTerminal?.()
  if (!isOnce && terminal === undefined)
    throw new PlimsollError('PLIMSOLL_TERMINAL_REQUIRED', { command: args.command })
  const selection = selectionOf(args, args.words, context.clock)
  const { recording } = selection
  const options = {
    // The rate of errors is that of two reads, and errors are in distributions.
    source:
      recording === undefined
        ? new LiveSource(selection, context.clock, isOnce ? 1 : undefined)
        : new RecordedSource(selection, recording),
    // Of a recording, the moment stands still until somebody goes on.
    isPlaying: recording === undefined,
    name: recording?.file,
    intervalMs: seconds * 1000,
    filter: args.values.get('filter')?.at(-1),
    empty: () => selection.nothingHere(),
  }
  return terminal === undefined ? printOnce(options, context) : runTop(options, terminal, context)
}
