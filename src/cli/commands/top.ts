import { PlimsollError } from '../../errors.ts'
import { beats } from '../../schedule.ts'
import { type Arguments, numberOption } from '../arguments.ts'
import type { Command } from '../command.ts'
import { dirOrMmstatsOption, type Options } from '../option.ts'
import { type Context, type Result, result } from '../result.ts'
import { TerminalSession, type TerminalStreams } from '../screen/terminal-session.ts'
import { selectionOf } from '../select/selection.ts'
import { LiveSource } from '../top/live-source.ts'
import type { TopSource } from '../top/moment.ts'
import { TopApp } from '../top/top-app.ts'

const topOptions: Options = {
  interval: { short: 'd', value: '<seconds>', help: '0.2 to 3600; default: 1' },
  filter: {
    short: 'f',
    value: '<text>',
    help: 'only processes whose app, pid or state contains this text, or with a series that this selector chooses',
  },
  once: { help: 'print one screen as text, after two reads; for pipes and files' },
  dir: dirOrMmstatsOption,
}

/** `plimsoll top`. */
export const topCommand: Command = {
  usage: ['[<pid>|<app>|<file>]... [options]'],
  examples: [
    'plimsoll top',
    'plimsoll top shop',
    "plimsoll top --filter 'http.server.request.duration.1m.p99 > 500ms'",
    'plimsoll top --once > processes.txt',
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

const widthInPipe = 160
const rowsInPipe = 1000

/** Runs `plimsoll top`. Throws PLIMSOLL_OPTION_INVALID, or PLIMSOLL_TERMINAL_REQUIRED where stdout is no terminal. */
export function top(args: Arguments, context: Context): AsyncIterable<Result> {
  const isOnce = args.flags.has('once')
  const fits = (value: number): boolean => value >= 0.2 && value <= 3600
  const seconds = numberOption(args, 'interval', fits, 'a number of seconds from 0.2 to 3600') ?? 1
  const terminal = isOnce ? undefined : context.openTerminal?.()
  if (!isOnce && terminal === undefined)
    throw new PlimsollError('PLIMSOLL_TERMINAL_REQUIRED', { command: args.command })
  const selection = selectionOf(args, args.words, context.clock)
  const source = new LiveSource(selection, context.clock)
  const options = {
    source,
    intervalMs: seconds * 1000,
    filter: args.values.get('filter')?.at(-1),
    empty: () => selection.nothingHere(),
  }
  return terminal === undefined ? printOnce(options, context) : runTop(options, terminal, context)
}

/** What is shown, and how often. */
interface TopRun {
  readonly source: TopSource
  readonly intervalMs: number
  readonly filter?: string | undefined
  readonly name?: string | undefined
  readonly empty: () => string
}

async function* printOnce({ source, intervalMs, filter, empty }: TopRun, context: Context): AsyncGenerator<Result> {
  const app = new TopApp(source, { filter, empty, takeStack: noStack, onQuit: nothing, onRedraw: nothing })
  app.advance()
  // Rates are of two reads.
  for await (const _ of beats({ intervalMs, clock: context.clock }, context.signal)) {
    app.advance()
    break
  }
  source.close()
  const columns = context.columns ?? widthInPipe
  const rows = Math.min(rowsInPipe, (app.history.frames.at(-1)?.rows.length ?? 0) + 5)
  const lines = app.screen(columns, rows).lines().slice(0, -1)
  yield result(`${lines.join('\n').trimEnd()}\n`)
}

/** Shows processes on the terminal until somebody quits. */
async function* runTop(
  { source, intervalMs, filter, name, empty }: TopRun,
  terminal: TerminalStreams,
  { clock, signal, color }: Context,
): AsyncGenerator<Result> {
  const stop = new AbortController()
  const stacks = new Set<Promise<unknown>>()
  const app = new TopApp(source, {
    filter,
    name,
    empty,
    takeStack: (moment, key) => {
      const taken = import('../top/blocked-stack.ts').then(({ blockedStack }) => blockedStack(moment, key))
      stacks.add(taken)
      return taken.finally(() => stacks.delete(taken))
    },
    onQuit: () => stop.abort(),
    onRedraw: (isFromScratch) => {
      if (isFromScratch) session.forget()
      show()
    },
  })
  const session = new TerminalSession(terminal, color, {
    onInput: (input) => {
      app.input(input)
      show()
    },
    onRedraw: show,
    onEnd: () => stop.abort(),
  })
  function show(): void {
    if (!stop.signal.aborted) session.draw(app.screen(session.columns, session.rows))
  }
  session.open()
  try {
    app.advance()
    show()
    for await (const _ of beats({ intervalMs, clock }, AbortSignal.any([signal, stop.signal]))) {
      if (source.range === undefined || app.state.isPlaying) app.advance()
      show()
    }
  } finally {
    session.close()
    source.close()
    // A process whose inspector is open is not left so.
    await Promise.allSettled(stacks)
  }
  yield result('')
}

function nothing(): void {}

function noStack(): Promise<string> {
  return Promise.reject(new Error('Not while it prints once.'))
}
