import { PlimsollError } from '../../errors.ts'
import { type Arguments, invalidArgument, numberOption, unknownArgument } from '../arguments.ts'
import type { Command } from '../command.ts'
import { type Options, recordingOptions } from '../option.ts'
import type { Context, Result } from '../result.ts'
import { recordingOf } from '../select/recorded.ts'
import { Selection } from '../select/selection.ts'
import { RecordedSource } from '../top/recorded-source.ts'
import { runTop } from '../top/run-top.ts'

const playOptions: Options = {
  at: recordingOptions.at as Options[string],
  speed: { value: '<n>', help: 'so many seconds of the recording each second, 0.1 to 100; default: 1' },
  filter: {
    short: 'f',
    value: '<text>',
    help: 'only processes whose app, pid or state contains this text, or with a series that this selector chooses',
  },
}

/** `plimsoll play`. */
export const playCommand: Command = {
  usage: ['<recording> [<pid>|<app>]... [options]'],
  examples: ['plimsoll play night.rec', 'plimsoll play night.rec --at -5m', 'plimsoll play night.rec shop --speed 10'],
  about: `
Shows a recording as top shows the present, from its beginning or --at a time.
Space plays and pauses, the arrow keys go a second back or forward, [ and ] ten,
{ and } a minute, t to a time. ? lists all keys.`,
  options: playOptions,
  complete: 'file',
  run: play,
}

/** Runs `plimsoll play`. Throws PLIMSOLL_OPTION_INVALID, PLIMSOLL_RECORDING_UNREADABLE or PLIMSOLL_TERMINAL_REQUIRED. */
function play(args: Arguments, context: Context): AsyncIterable<Result> {
  const [file, ...targets] = args.words
  if (file === undefined) throw invalidArgument(args.command, 'recording', '', 'a file that "plimsoll record" wrote')
  const fits = (value: number): boolean => value >= 0.1 && value <= 100
  const speed = numberOption(args, 'speed', fits, 'a number from 0.1 to 100') ?? 1
  const terminal = context.openTerminal?.()
  if (terminal === undefined) throw new PlimsollError('PLIMSOLL_TERMINAL_REQUIRED', { command: args.command })
  const recording = recordingOf(args, file)
  if (recording === undefined) throw unknownArgument(args.command, file, [])
  if (!args.values.has('at')) recording.at(recording.from)
  const selection = new Selection(undefined, targets, { clock: context.clock, recording })
  const run = {
    source: new RecordedSource(selection, recording),
    intervalMs: (recording.interval * 1000) / speed,
    filter: args.values.get('filter')?.at(-1),
    name: file,
    empty: () => selection.nothingHere(),
    isPlaying: true,
  }
  return runTop(run, terminal, context)
}
