import { PlimsollError } from '../errors.ts'
import { version } from '../version.ts'
import { type Arguments, type KnownOptions, parseArguments, unknownArgument } from './arguments.ts'
import { clean, cleanHelp, cleanOptions } from './commands/clean.ts'
import { collect, collectHelp, collectOptions } from './commands/collect.ts'
import { compare, compareHelp, compareOptions } from './commands/compare.ts'
import { profile, profileHelp, profileOptions, stack, stackHelp, stackOptions } from './commands/inspect.ts'
import { ls, lsHelp, lsOptions } from './commands/ls.ts'
import { poll, pollHelp, pollOptions } from './commands/poll.ts'
import { reset, resetHelp, resetOptions } from './commands/reset.ts'
import { runCommand, runHelp, runOptions } from './commands/run.ts'
import { scrape, scrapeHelp, scrapeOptions } from './commands/scrape.ts'
import { show, showHelp, showOptions } from './commands/show.ts'
import type { Launch } from './launch.ts'
import { type Context, type Result, result } from './result.ts'

/** A command that takes this process over is returned as what to start. */
type CommandResult = Result | AsyncIterable<Result> | Launch

interface Command {
  readonly options: KnownOptions
  readonly help: string
  /** A command that keeps running yields several results. Throws a PlimsollError for wrong usage. */
  run(args: Arguments, context: Context): CommandResult
}

const commands: Readonly<Record<string, Command>> = {
  run: { options: runOptions, help: runHelp, run: runCommand },
  ls: { options: lsOptions, help: lsHelp, run: ls },
  show: { options: showOptions, help: showHelp, run: show },
  poll: { options: pollOptions, help: pollHelp, run: poll },
  compare: { options: compareOptions, help: compareHelp, run: compare },
  stack: { options: stackOptions, help: stackHelp, run: stack },
  profile: { options: profileOptions, help: profileHelp, run: profile },
  scrape: { options: scrapeOptions, help: scrapeHelp, run: scrape },
  collect: { options: collectOptions, help: collectHelp, run: collect },
  reset: { options: resetOptions, help: resetHelp, run: reset },
  clean: { options: cleanOptions, help: cleanHelp, run: clean },
}

const help = `plimsoll ${version}: reads the metrics of Node.js processes from outside

Usage: plimsoll <command> [options]

Examples:
  plimsoll run -- node server.js
  plimsoll ls
  plimsoll show shop
  plimsoll poll shop http.requests http.latency.p99

Commands:
  run      runs a command and publishes what its Node.js processes do
  ls       lists the processes and threads that publish
  show     prints their metrics as a table, JSON, Prometheus or OpenMetrics text
  poll     prints selected metrics, one line per interval
  compare  compares metrics of servers or processes: totals and outliers
  stack    prints the calls that a process is in, even when it is blocked
  profile  shows where a process spends its time, even when it is blocked
  scrape   serves the metrics of the apps on this machine to Prometheus
  collect  adds up metrics that apps send over ZeroMQ, and serves them
  reset    removes from the totals of an app what ended processes counted
  clean    removes the pages of processes that have ended

"plimsoll <command> --help" describes a command, "plimsoll --version" prints the
version.

Exit codes: 0 success, 1 something could not be read or done, 2 wrong usage
`

/** Runs a command line, without its first two arguments. Wrong usage becomes a message, not an exception. */
export function run(args: readonly string[], context: Context): CommandResult {
  try {
    const [name, ...rest] = args
    if (name === undefined) return { text: help, messages: ['missing command.'], exitCode: 2 }
    if (name === 'help') return helpOf(rest)
    const command = commandOf(name)
    if (command === undefined) return outsideCommands(args)
    const given = parseArguments(`plimsoll ${name}`, command.options, rest)
    return given.flags.has('help') ? result(command.help) : command.run(given, context)
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    return { text: '', messages: [error], exitCode: 2 }
  }
}

function helpOf([name]: readonly string[]): Result {
  if (name === undefined) return result(help)
  const command = commandOf(name)
  if (command === undefined) throw unknownArgument('plimsoll', name, Object.keys(commands))
  return result(command.help)
}

function outsideCommands(args: readonly string[]): Result {
  const { flags, words } = parseArguments('plimsoll', { version: 'flag' }, args)
  if (words[0] !== undefined) throw unknownArgument('plimsoll', words[0], [...Object.keys(commands), 'help'])
  return result(flags.has('version') ? `${version}\n` : help)
}

function commandOf(name: string): Command | undefined {
  return Object.hasOwn(commands, name) ? commands[name] : undefined
}
