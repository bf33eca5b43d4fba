import type { Arguments } from './arguments.ts'
import type { Launch } from './launch.ts'
import type { Completed, Options } from './option.ts'
import type { Context, Result } from './result.ts'

/** A command that takes this process over is returned as what to start. */
export type CommandResult = Result | AsyncIterable<Result> | Launch

/** A command, as data but for what it does. */
export interface Command {
  /** Forms of its arguments, after `plimsoll <name> `. */
  readonly usage: readonly string[]
  /** Whole command lines. */
  readonly examples: readonly string[]
  /** What else a user has to know, in lines of at most 80 columns. */
  readonly about?: string
  readonly options: Options
  /** The same after the options. */
  readonly notes?: string
  /** What a shell completes its arguments with. */
  readonly complete?: Completed
  /** A command that keeps running yields several results. Throws a PlimsollError for wrong usage. */
  run(args: Arguments, context: Context): CommandResult | Promise<Result>
}

/** A command with its name and what the list of commands says of it. */
export type NamedCommand = Command & { readonly name: string; readonly summary: string }
