import { PlimsollError } from '../errors.ts'
import { version } from '../version.ts'
import { aggregate, aggregateHelp, aggregateOptions } from './aggregate.ts'
import { type Arguments, type KnownOptions, parseArguments, unknownArgument } from './arguments.ts'
import { clean, cleanHelp, cleanOptions } from './clean.ts'
import { compare, compareHelp, compareOptions } from './compare.ts'
import { ls, lsHelp, lsOptions } from './ls.ts'
import { type Outcome, outcome, type Surroundings } from './outcome.ts'
import { poll, pollHelp, pollOptions } from './poll.ts'
import { scrape, scrapeHelp, scrapeOptions } from './scrape.ts'
import { show, showHelp, showOptions } from './show.ts'

interface Command {
  readonly options: KnownOptions
  readonly help: string
  /** A command that goes on gives one outcome after the other. Throws a PlimsollError for wrong usage. */
  run(args: Arguments, surroundings: Surroundings): Outcome | AsyncIterable<Outcome>
}

const commands: Readonly<Record<string, Command>> = {
  ls: { options: lsOptions, help: lsHelp, run: ls },
  show: { options: showOptions, help: showHelp, run: show },
  poll: { options: pollOptions, help: pollHelp, run: poll },
  compare: { options: compareOptions, help: compareHelp, run: compare },
  scrape: { options: scrapeOptions, help: scrapeHelp, run: scrape },
  aggregate: { options: aggregateOptions, help: aggregateHelp, run: aggregate },
  clean: { options: cleanOptions, help: cleanHelp, run: clean },
}

const help = `plimsoll ${version}: reads the metrics of Node processes from outside

Usage: plimsoll <command> [options]

Commands:
  ls         the processes and threads that publish
  show       their metrics: for people, or as JSON, Prometheus or OpenMetrics text
  poll       chosen metrics live, a line each second
  compare    sums, extremes and odd ones out over many servers or processes
  scrape     serves the metrics of all apps here to Prometheus
  aggregate  adds up what publishers on any host send over ZeroMQ, and serves it
  clean      removes the pages of processes that are gone

  plimsoll <command> --help tells more of each
  plimsoll --version        the version

Exit codes: 0 done, 1 something could not be read or done, 2 wrong usage
`

/** Runs a command line, without its first two words. Throws nothing for what a user may do. */
export function run(args: readonly string[], surroundings: Surroundings): Outcome | AsyncIterable<Outcome> {
  try {
    const [name, ...rest] = args
    if (name === undefined) return { text: help, remarks: ['a command is missing.'], exitCode: 2 }
    if (name === 'help') return helpOf(rest)
    const command = commandOf(name)
    if (command === undefined) return outsideCommands(args)
    const given = parseArguments(`plimsoll ${name}`, command.options, rest)
    return given.flags.has('help') ? outcome(command.help) : command.run(given, surroundings)
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error
    return { text: '', remarks: [error], exitCode: 2 }
  }
}

function helpOf([name]: readonly string[]): Outcome {
  if (name === undefined) return outcome(help)
  const command = commandOf(name)
  if (command === undefined) throw unknownArgument('plimsoll', name, Object.keys(commands))
  return outcome(command.help)
}

function outsideCommands(args: readonly string[]): Outcome {
  const { flags, words } = parseArguments('plimsoll', { version: 'flag' }, args)
  if (words[0] !== undefined) throw unknownArgument('plimsoll', words[0], [...Object.keys(commands), 'help'])
  return outcome(flags.has('version') ? `${version}\n` : help)
}

function commandOf(name: string): Command | undefined {
  return Object.hasOwn(commands, name) ? commands[name] : undefined
}
