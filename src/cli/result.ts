import type { Clock } from '../clock.ts'
import type { PlimsollError } from '../errors.ts'
import type { TerminalStreams } from './screen/terminal-session.ts'

/** How a command ended: 0 all done, 1 something could not be read or done, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2

/** What a command returns. Only `main.ts` prints it. */
export interface Result {
  /** For stdout as it is; made safe for a terminal where it goes to one. */
  readonly text: string
  /** For stderr, one line each: errors, and messages as plain text. */
  readonly messages: readonly (PlimsollError | string)[]
  readonly exitCode: ExitCode
}

/** Takes what stderr is to have while a command goes on. */
export type Report = (message: Result['messages'][number]) => void

/** Where a command runs. */
export interface Context {
  /** Columns of the terminal that stdout is; `undefined` when it is none: a pipe or a file. */
  readonly columns: number | undefined
  /** Its lines; absent where they are not known. */
  readonly rows?: number | undefined
  /** Whether ANSI colours are wanted. */
  readonly color: boolean
  readonly clock: Clock
  /** Aborted when the user wants a command that goes on to end. */
  readonly signal: AbortSignal
  /** The terminal itself, for commands that take all of it; `undefined` where stdout is none that can be drawn on. */
  readonly openTerminal?: () => TerminalStreams | undefined
}

/** The result of a command that can fail in part: exit code 1 if there are errors. */
export function result(text: string, messages: readonly (PlimsollError | string)[] = []): Result {
  return { text, messages, exitCode: messages.some((message) => typeof message !== 'string') ? 1 : 0 }
}
