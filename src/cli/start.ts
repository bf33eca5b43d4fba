import { systemClock } from '../clock.ts'
import { PlimsollError } from '../errors.ts'
import { printable } from '../formats/table/printable.ts'
import type { Context, Result } from './result.ts'
import { run } from './run.ts'
import { filled } from './view/filled.ts'

/** Runs the command line of this process, prints what it gives, and sets the exit code. */
export async function start(): Promise<void> {
  // A reader that closes the pipe early (`| head -1`) is not a failure; a disk without room is, and what is in the file is not
  // all. On Linux writes to pipes are synchronous: nothing is cut off.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    process.stderr.write(`plimsoll: the output cannot be written: ${error.message}.\n`)
    process.exit(1)
  })
  process.stderr.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

  const stop = new AbortController()
  const terminal = process.stdout.isTTY === true
  const { stdout, env } = process
  const isCapable = terminal && env.TERM !== 'dumb'
  const context: Context = {
    columns: terminal ? stdout.columns || 80 : undefined,
    rows: terminal ? stdout.rows : undefined,
    color: isCapable && !env.NO_COLOR,
    clock: systemClock,
    signal: stop.signal,
    // Called only where it is needed: to open stdin takes time.
    openTerminal: () => {
      const { stdin } = process
      return isCapable ? { input: stdin.isTTY ? stdin : undefined, output: stdout, env } : undefined
    },
  }

  const result = await run(process.argv.slice(2), context)
  if ('file' in result) {
    const { launch } = await import('./launch.ts')
    launch(result, (message) => print({ text: '', messages: [message] }))
  } else if (Symbol.asyncIterator in result) {
    // Only here: a command that does not wait is ended by the signal itself.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort())
    let exitCode = 0
    for await (const piece of result) {
      print(piece)
      exitCode = Math.max(exitCode, piece.exitCode)
    }
    process.exitCode = stop.signal.aborted ? 0 : exitCode
  } else {
    print(result)
    process.exitCode = result.exitCode
  }
}

function print({ text, messages }: Pick<Result, 'text' | 'messages'>): void {
  if (text !== '') process.stdout.write(text)
  const { stderr } = process
  const columns = stderr.isTTY ? stderr.columns || 80 : undefined
  for (const message of messages) stderr.write(messageLine(message, columns))
}

/** A message as stderr gets it: one line, which a terminal of so many columns gets in lines that end between words. */
export function messageLine(message: Result['messages'][number], columns?: number): string {
  const line = message instanceof PlimsollError ? `${message.code} ${message.message}` : message
  const text = `plimsoll: ${printable(line)}`
  return `${columns === undefined ? text : filled(text.split(' '), columns).join('\n')}\n`
}
