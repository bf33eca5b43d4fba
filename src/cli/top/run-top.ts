import { beats } from '../../schedule.ts'
import { collectReadsSoon, optimizeLater } from '../repeated-reads.ts'
import { type Context, type Result, result } from '../result.ts'
import { Screen } from '../screen/screen.ts'
import { TerminalSession, type TerminalStreams } from '../screen/terminal-session.ts'
import type { TopSource } from './moment.ts'
import { TopApp } from './top-app.ts'

const widthInPipe = 160
const rowsInPipe = 1000

/** What is shown, and how often. */
export interface TopRun {
  readonly source: TopSource
  readonly intervalMs: number
  readonly filter?: string | undefined
  readonly name?: string | undefined
  readonly empty: () => string
  /** Shown above the last line. */
  readonly note?: () => string
  /** Of a recording: whether it goes on by itself. */
  readonly isPlaying?: boolean
}

/** Prints one screen as text, after two reads: rates are of two. */
export async function* printOnce(
  { source, intervalMs, filter, name, empty }: TopRun,
  context: Context,
): AsyncGenerator<Result> {
  const app = new TopApp(source, { filter, empty, name, takeStack: noStack, onQuit: nothing, onRedraw: nothing })
  app.start()
  // Rates are of two reads; a recording has those before.
  const isRecorded = source.range !== undefined
  for await (const _ of isRecorded ? [] : beats({ intervalMs, clock: context.clock }, context.signal)) {
    app.advance()
    break
  }
  source.close()
  const columns = context.columns ?? widthInPipe
  const { rows = [], notFound = [] } = app.history.frames.at(-1) ?? {}
  const height = Math.min(rowsInPipe, rows.length + 5)
  const lines = app.drawOn(new Screen(columns, height)).lines().slice(0, -1)
  const text = `${lines.join('\n').trimEnd()}\n`
  // What was asked for is not there: as for other commands, that is a failure.
  yield { ...result(text), exitCode: notFound.length > 0 ? 1 : 0 }
}

/** Shows processes on the terminal until somebody quits. */
export async function* runTop(
  { source, intervalMs, filter, name, empty, note, isPlaying = true }: TopRun,
  terminal: TerminalStreams,
  { clock, signal, color }: Context,
): AsyncGenerator<Result> {
  collectReadsSoon()
  optimizeLater()
  const stop = new AbortController()
  const stacks = new Set<Promise<unknown>>()
  const app = new TopApp(source, {
    filter,
    name,
    empty,
    note,
    takeStack: (moment, key) => {
      const taken = import('./blocked-stack.ts').then(({ blockedStack }) => blockedStack(moment, key))
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
    if (!stop.signal.aborted) session.draw(app.drawOn(session.blank()))
  }
  app.state.isPlaying = isPlaying
  session.open()
  try {
    app.start()
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
